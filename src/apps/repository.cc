#include "apps/repository.h"

#include <fmt/format.h>

#include <utility>

#include "http/client.h"
#include "http/exchange.h"
#include "http/request.h"
#include "http/response.h"
#include "io/loop.h"
#include "io/resolver.h"

namespace galileo::apps {

namespace {

constexpr std::size_t kInfoBytes = 4'194'304;

struct Answer {
    int status = -1;
    std::string body;
};

/// One GET, kept beyond the exchange.
class Get final : public http::Exchange {
  public:
    void on_done() override {
        over = true;
        answer.status = status;
        answer.body = std::string(body);
        encoded = !http::find_header(head, "Content-Encoding").empty();
        cut = body_bytes > body.size();
        why = failure;
    }

    bool over = false;
    bool encoded = false;
    bool cut = false;
    http::Failure why = http::Failure::kNone;
    Answer answer;
};

struct Limits {
    std::size_t bytes = 0;
    std::chrono::nanoseconds patience{};
};

Result<Answer> get(const std::string& url, const Limits& limits, base::Clock& clock) {
    const http::Url where = TRY(http::parse_url(url));
    const auto request = TRY(http::RequestTemplate::from_parameters(
        {{"path", where.target}, {"kwargs", {{"headers", {{"Accept-Encoding", "identity"}}}}}}));
    const auto rendered = http::render_request(request, where.origin, "");
    io::Resolver resolver;
    const auto loop = TRY(io::Loop::create(clock));
    http::ClientOptions options;
    options.capture_body_bytes = limits.bytes;
    options.max_body_bytes = limits.bytes;
    http::Client client(*loop, resolver, options);
    Get exchange;
    exchange.request = &rendered;
    exchange.timeout = limits.patience;
    client.start(exchange);
    while (!exchange.over) {
        loop->turn(limits.patience);
    }
    if (exchange.why == http::Failure::kTooLarge || exchange.cut) {
        return Error(ErrorCode::kExhausted,
                     fmt::format("more than {} bytes; that is not allowed", limits.bytes));
    }
    if (exchange.why != http::Failure::kNone) {
        return Error(ErrorCode::kUnavailable,
                     fmt::format("no answer ({})", http::to_string(exchange.why)));
    }
    if (exchange.encoded) {
        return Error(ErrorCode::kProtocol, "a content encoding that was not asked for");
    }
    return std::move(exchange.answer);
}

std::string url_of(const std::string& base, const std::string& name) {
    std::string url = base;
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url + "/api/apps/" + name;
}

Result<std::string> body_of(const std::string& url,
                            const std::string& name,
                            const Limits& limits,
                            base::Clock& clock) {
    const std::string context = "app repository " + url;
    Answer answer = TRY_WITHIN(context, get(url, limits, clock));
    if (answer.status == 404) {
        return Error(ErrorCode::kNotFound, fmt::format("No app with name {} found", name));
    }
    if (answer.status != 200) {
        return Error(ErrorCode::kProtocol, fmt::format("{}: status {}", context, answer.status));
    }
    return std::move(answer.body);
}

}  // namespace

Result<model::Json> Repository::info(const std::string& name) const {
    const std::string url = url_of(url_, name);
    const std::string body = TRY(body_of(url, name, {kInfoBytes, kInfoPatience}, clock_));
    auto info = TRY_WITHIN("app repository " + url, model::parse_json(body));
    if (!info.is_object() || !info.contains("name") || info["name"] != name) {
        return Error(
            ErrorCode::kProtocol,
            fmt::format("app repository {}: the answer is not about an app of this name", url));
    }
    return info;
}

Result<std::string> Repository::download(const std::string& name, std::size_t most) const {
    return body_of(url_of(url_, name) + "/download", name, {most, kDownloadPatience}, clock_);
}

}  // namespace galileo::apps
