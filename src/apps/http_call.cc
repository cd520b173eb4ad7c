#include "apps/http_call.h"

#include <fmt/format.h>

#include <utility>

#include "base/base64.h"
#include "http/client.h"
#include "http/exchange.h"
#include "http/request.h"
#include "http/response.h"
#include "io/loop.h"
#include "io/resolver.h"

namespace galileo::apps {

namespace {

/// The exchange, kept beyond its end.
class KeptExchange final : public http::Exchange {
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
    HttpAnswer answer;
};

Result<http::RequestTemplate> template_of(const HttpCall& call, const std::string& target) {
    model::Json headers = {{"Accept-Encoding", "identity"}};
    if (!call.token.empty()) {
        headers["Authorization"] = "Bearer " + call.token;
    }
    model::Json arguments = {{"headers", std::move(headers)}};
    if (!call.body.empty()) {
        arguments["data"] = {{"__bytes__", base::to_base64(call.body)}};
    }
    return http::RequestTemplate::from_parameters(
        {{"method", call.method}, {"path", target}, {"kwargs", std::move(arguments)}});
}

}  // namespace

Result<HttpAnswer> call_http(const HttpCall& call, base::Clock& clock) {
    const http::Url where = TRY(http::parse_url(call.url));
    const auto request = TRY(template_of(call, where.target));
    const auto rendered = http::render_request(request, where.origin, "");
    io::Resolver resolver;
    const auto loop = TRY(io::Loop::create(clock));
    http::ClientOptions options;
    options.capture_body_bytes = call.answer_bytes_max;
    options.max_body_bytes = call.answer_bytes_max;
    http::Client client(*loop, resolver, options);
    KeptExchange exchange;
    exchange.request = &rendered;
    exchange.timeout = call.patience;
    client.start(exchange);
    while (!exchange.over) {
        loop->turn(call.patience);
    }
    if (exchange.why == http::Failure::kTooLarge || exchange.cut) {
        return Error(ErrorCode::kExhausted,
                     fmt::format("more than {} bytes; that is not allowed", call.answer_bytes_max));
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

}  // namespace galileo::apps
