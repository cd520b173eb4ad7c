#include "apps/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "apps/library.h"

namespace galileo::apps {

namespace {

constexpr std::size_t kInfoBytes = 4'194'304;
constexpr std::size_t kListBytes = 64ULL * 1024 * 1024;
constexpr std::size_t kTokenFileBytes = 65'536;

std::string apps_url(std::string_view api) {
    while (api.ends_with('/')) {
        api.remove_suffix(1);
    }
    return fmt::format("{}/apps", api);
}

Error bad_status(int status) {
    return {ErrorCode::kProtocol, fmt::format("status {}", status)};
}

/// `: what it says`, when it says something.
std::string description_in(const std::string& body) {
    const auto json = model::parse_json(body);
    const bool says = json && json->is_object() && json->contains("description") &&
                      json->at("description").is_string();
    return says ? ": " + json->at("description").get<std::string>() : std::string();
}

Error no_such_app(const std::string& name) {
    return {ErrorCode::kNotFound, fmt::format("No app with name {} found", name)};
}

}  // namespace

Repository::Repository(std::string_view api, std::string token, base::Clock& clock)
    : url_(apps_url(api)), token_(std::move(token)), clock_(clock) {}

Result<HttpAnswer> Repository::call(HttpCall call) const {
    call.token = token_;
    auto answer = TRY(call_http(call, clock_));
    if (answer.status == 401 || answer.status == 403) {
        return Error(ErrorCode::kDenied,
                     fmt::format("status {}{}{}", answer.status, description_in(answer.body),
                                 answer.status == 401 && token_.empty()
                                     ? "; galileo_api_token_file names a file with the token"
                                     : ""));
    }
    return answer;
}

Result<model::Json> Repository::info(const std::string& name) const {
    const std::string url = url_ + '/' + name;
    const std::string context = "app repository " + url;
    const auto answer = TRY_WITHIN(context, call({.url = url,
                                                  .token = {},
                                                  .body = {},
                                                  .answer_bytes_max = kInfoBytes,
                                                  .patience = kInfoPatience}));
    if (answer.status == 404) {
        return no_such_app(name);
    }
    if (answer.status != 200) {
        return bad_status(answer.status).within(context);
    }
    auto info = TRY_WITHIN(context, model::parse_json(answer.body));
    if (!info.is_object() || !info.contains("name") || info["name"] != name) {
        return Error(ErrorCode::kProtocol,
                     context + ": the answer is not about an app of this name");
    }
    return info;
}

Result<std::string> Repository::download(const std::string& name, std::size_t most) const {
    const std::string url = fmt::format("{}/{}/download", url_, name);
    const std::string context = "app repository " + url;
    auto answer = TRY_WITHIN(context, call({.url = url,
                                            .token = {},
                                            .body = {},
                                            .answer_bytes_max = most,
                                            .patience = kTransferPatience}));
    if (answer.status == 404) {
        return no_such_app(name);
    }
    if (answer.status != 200) {
        return bad_status(answer.status).within(context);
    }
    return std::move(answer.body);
}

Result<model::Json> Repository::list() const {
    const auto answer = TRY_WITHIN(url_, call({.url = url_,
                                               .token = {},
                                               .body = {},
                                               .answer_bytes_max = kListBytes,
                                               .patience = kInfoPatience}));
    if (answer.status != 200) {
        return bad_status(answer.status).within(url_);
    }
    auto apps = model::parse_json(answer.body);
    if (!apps || !apps->is_array()) {
        return Error(ErrorCode::kProtocol, url_ + ": the answer is no list of apps");
    }
    return apps;
}

Result<Repository::Verdict> Repository::deploy(std::string archive) const {
    const auto answer = TRY_WITHIN(url_, call({.method = "POST",
                                               .url = url_,
                                               .token = {},
                                               .body = std::move(archive),
                                               .answer_bytes_max = kInfoBytes,
                                               .patience = kTransferPatience}));
    auto said = model::parse_json(answer.body);
    if (!said) {
        return Error(ErrorCode::kProtocol,
                     fmt::format("{}: status {}, and the answer is not JSON", url_, answer.status));
    }
    const bool taken = answer.status >= 200 && answer.status < 300;
    return Verdict{taken ? Verdict::Outcome::kTaken : Verdict::Outcome::kRefused, *std::move(said)};
}

Result<bool> Repository::remove(const std::string& name) const {
    const std::string url = url_ + '/' + name;
    const auto answer = TRY_WITHIN(url, call({.method = "DELETE",
                                              .url = url,
                                              .token = {},
                                              .body = {},
                                              .answer_bytes_max = kInfoBytes,
                                              .patience = kInfoPatience}));
    if (answer.status == 404) {
        return false;
    }
    if (answer.status != 200) {
        return bad_status(answer.status).within(url);
    }
    const auto said = model::parse_json(answer.body);
    return said && *said == true;
}

Result<std::string> find_api_token(const base::Environment& environment) {
    const std::string path = environment.get("galileo_api_token_file", "");
    if (path.empty()) {
        return std::string();
    }
    const std::string context = "galileo_api_token_file: " + path;
    std::istringstream lines(
        TRY_WITHIN("galileo_api_token_file", read_app_file(path, kTokenFileBytes)));
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string word;
        std::string last;
        while (words >> word && !word.starts_with('#')) {
            last = word;
        }
        if (!last.empty()) {
            return last;
        }
    }
    return Error(ErrorCode::kInvalidInput, context + " has no token");
}

}  // namespace galileo::apps
