#include "worker/trace_text.h"

#include <charconv>
#include <functional>

#include "base/clock.h"
#include "http/response.h"

namespace galileo::worker {

namespace {

constexpr base::WallTime kNever{};
constexpr std::size_t kRememberedBytes = 4'096;  // of a head and of a body

}  // namespace

const model::TraceRow& TraceTranscriber::row(const engine::TraceView& view,
                                             std::size_t body_limit) {
    std::array<char, 20> number{};
    const auto end = std::to_chars(number.data(), number.data() + number.size(), view.number).ptr;
    request_id_.assign(view.request_prefix);
    request_id_ += ':';
    request_id_.append(number.data(), end);
    row_ = {.request_id = request_id_,
            .client = view.client,
            .service = view.service,
            .created = base::to_epoch_seconds(view.created),
            .sent = view.sent == kNever ? -1.0 : base::to_epoch_seconds(view.sent),
            .done = base::to_epoch_seconds(view.done),
            .status = view.status,
            .server = std::nullopt,
            .exp_id = std::nullopt,
            .headers = std::nullopt,
            .response = std::nullopt};
    if (!view.run_id.empty()) {
        row_.exp_id = view.run_id;
    }
    if (view.status >= 0) {
        const Answer& texts = answer(view, body_limit);
        row_.server = view.server;
        row_.headers = texts.headers;
        if (body_limit > 0) {
            row_.response = texts.response;
        }
    }
    return row_;
}

TraceTranscriber::Answer& TraceTranscriber::answer(const engine::TraceView& view,
                                                   std::size_t body_limit) {
    const bool small = view.head.size() <= kRememberedBytes && view.body.size() <= kRememberedBytes;
    Answer& answer = small ? answers_[std::hash<std::string_view>()(view.head) % kAnswers] : large_;
    if (answer.head != view.head) {
        answer.head.assign(view.head);
        answer.headers = http::headers_to_json(view.head);
        answer.has_response = false;
    }
    if (body_limit > 0 &&
        !(answer.has_response && answer.body_limit == body_limit && answer.body == view.body)) {
        answer.body.assign(view.body);
        answer.body_limit = body_limit;
        answer.response = http::decode_body(view.head, view.body, body_limit);
        answer.has_response = true;
    }
    return answer;
}

}  // namespace galileo::worker
