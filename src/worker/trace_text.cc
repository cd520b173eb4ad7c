#include "worker/trace_text.h"

#include <fmt/format.h>

#include <iterator>

#include "base/clock.h"
#include "http/response.h"

namespace galileo::worker {

namespace {

constexpr base::WallTime kNever{};

void assign(std::optional<std::string>& field, std::string_view text) {
    if (!field) {
        field.emplace();
    }
    field->assign(text);
}

}  // namespace

void to_trace(const engine::TraceView& view, std::size_t body_limit, model::Trace& trace) {
    trace.request_id.assign(view.request_prefix);
    fmt::format_to(std::back_inserter(trace.request_id), ":{}", view.number);
    trace.client.assign(view.client);
    trace.service.assign(view.service);
    trace.created = base::to_epoch_seconds(view.created);
    trace.sent = view.sent == kNever ? -1.0 : base::to_epoch_seconds(view.sent);
    trace.done = base::to_epoch_seconds(view.done);
    trace.status = view.status;
    if (view.run_id.empty()) {
        trace.exp_id.reset();
    } else {
        assign(trace.exp_id, view.run_id);
    }
    if (view.status < 0) {
        trace.server.reset();
        trace.headers.reset();
        trace.response.reset();
        return;
    }
    assign(trace.server, view.server);
    trace.headers = http::headers_to_json(view.head);
    if (body_limit == 0) {
        trace.response.reset();
    } else {
        trace.response = http::decode_body(view.head, view.body, body_limit);
    }
}

}  // namespace galileo::worker
