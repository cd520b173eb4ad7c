#include "worker/app_protocol.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace galileo::worker {

namespace {

/// Cuts off the next word.
std::string_view word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return first;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<AppMessage::Kind> kind_of(std::string_view verb) {
    using Kind = AppMessage::Kind;
    constexpr std::array<std::pair<std::string_view, Kind>, 4> kVerbs{{{"opened", Kind::kOpened},
                                                                       {"refused", Kind::kRefused},
                                                                       {"failed", Kind::kFailed},
                                                                       {"ended", Kind::kEnded}}};
    for (const auto& [name, kind] : kVerbs) {
        if (verb == name) {
            return kind;
        }
    }
    return std::nullopt;
}

}  // namespace

Result<void> AppReader::read(std::string_view bytes,
                             const std::function<void(const AppMessage&)>& handle) {
    while (true) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            rest_ += bytes;
            if (rest_.size() > kLongestLine) {
                return Error(ErrorCode::kProtocol,
                             fmt::format("a line of more than {} bytes", kLongestLine));
            }
            return {};
        }
        if (rest_.empty()) {
            TRY(line(bytes.substr(0, end), handle));
        } else {
            rest_ += bytes.substr(0, end);
            TRY(line(rest_, handle));
            rest_.clear();
        }
        bytes.remove_prefix(end + 1);
    }
}

Result<void> AppReader::line(std::string_view text,
                             const std::function<void(const AppMessage&)>& handle) {
    if (requests_ > 0) {
        --requests_;
        handle({AppMessage::Kind::kRequest, client_, text});
        return {};
    }
    std::string_view rest = text;
    const std::string_view verb = word(rest);
    const auto client = number(word(rest));
    if (client && verb == "requests") {
        if (const auto count = number(rest)) {
            client_ = *client;
            requests_ = *count;
            return {};
        }
    } else if (const auto kind = kind_of(verb); client && kind) {
        handle({*kind, *client, rest});
        return {};
    }
    return Error(ErrorCode::kProtocol, fmt::format("unexpected line '{}'", text.substr(0, 200)));
}

Result<http::RequestTemplate> request_of_app_line(std::string_view line,
                                                  const http::TemplateOptions& options) {
    auto request = TRY(model::parse_json(line));
    if (!request.is_array() || request.size() != 3) {
        return Error(ErrorCode::kInvalidInput, "not a list [method, path, kwargs]");
    }
    model::Json parameters = model::Json::object();
    parameters["method"] = std::move(request[0]);
    parameters["path"] = std::move(request[1]);
    parameters["kwargs"] = std::move(request[2]);
    return http::RequestTemplate::from_parameters(parameters, options);
}

std::string app_error_text(std::string_view json) {
    const auto parsed = model::parse_json(json);
    if (!parsed || !parsed->is_object() || !parsed->contains("error") ||
        !(*parsed)["error"].is_string()) {
        return "unknown";
    }
    std::string text = (*parsed)["error"].get<std::string>();
    const auto traceback = parsed->find("traceback");
    if (traceback != parsed->end() && traceback->is_string()) {
        text += "\n" + traceback->get<std::string>();
    }
    return text;
}

}  // namespace galileo::worker
