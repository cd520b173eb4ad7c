#pragma once

#include <cstdint>
#include <string_view>

#include "http/body_capture.h"
#include "http/chunked.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/head_collector.h"

namespace galileo::http {

/// What the answer answers; the answer to HEAD has no body whatever its fields say (RFC 9112,
/// section 6.3, item 1).
enum class AnswerTo : std::uint8_t { kHead, kOther };

/// Parses HTTP/1.x answers as they arrive (RFC 9112). Interim answers (1xx) are skipped. No
/// allocation for an answer that arrives in one piece; otherwise into buffers that are kept for the
/// next one. The result does not depend on how the bytes are cut. Thread-compatible.
class ResponseParser {
  public:
    struct Limits {
        std::size_t head_bytes = 64 * 1024;  ///< also for trailer fields
        std::uint64_t body_bytes = 64ULL * 1024 * 1024;
        std::size_t capture_bytes = 64 * 1024;  ///< of the body; the rest is counted only
    };
    enum class Progress : std::uint8_t { kNeedMore, kDone, kFailed };

    explicit ResponseParser(const Limits& limits);

    /// Begins an answer. Views handed out before stay valid until the next feed().
    void expect(AnswerTo answer_to) noexcept;

    /// Takes bytes from the front of `bytes`; what is left after kDone does not belong to the
    /// answer. Must not be called again after kDone or kFailed.
    Progress feed(std::string_view& bytes);

    /// The peer has ended sending: completes a body that lasts until then, and fails otherwise.
    Progress end();

    // After kDone. The views point into the last input of feed() or into the parser.
    [[nodiscard]] int status() const noexcept { return status_; }
    /// Status line and fields with their line ends, without the empty line.
    [[nodiscard]] std::string_view head() const noexcept { return head_.view(); }
    [[nodiscard]] std::string_view body() const noexcept { return body_.view(); }
    [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }
    /// Whether another request may follow on the connection (RFC 9112, section 9.3).
    [[nodiscard]] bool keeps_alive() const noexcept { return keeps_alive_; }

    /// After kFailed: kMalformed, kTooLarge or kClosed.
    [[nodiscard]] Failure failure() const noexcept { return failure_; }

  private:
    enum class State : std::uint8_t { kHead, kLength, kChunked, kUntilClose, kDone, kFailed };

    Progress fail(Failure failure) noexcept;
    Progress done() noexcept;
    Progress need_more();
    Progress take_head(std::string_view& bytes);
    Progress judge_cut_head(bool ended);
    Scan scan_head(std::string_view head, std::size_t& size) noexcept;
    Progress begin_body(std::string_view& bytes);
    Progress take_body(std::string_view& bytes);
    Progress take_chunks(std::string_view& bytes);
    bool count_body(std::string_view bytes);

    Limits limits_;
    AnswerTo answer_to_ = AnswerTo::kOther;
    State state_ = State::kHead;
    Failure failure_ = Failure::kNone;
    bool keeps_alive_ = false;
    int status_ = -1;
    int minor_version_ = 1;
    int interim_ = 0;  ///< 1xx answers skipped
    FieldSummary fields_;
    std::uint64_t left_ = 0;  ///< of a body with a length
    std::uint64_t body_bytes_ = 0;
    HeadCollector cut_head_;
    BodyCapture head_;
    BodyCapture body_;
    ChunkedDecoder chunks_;
};

}  // namespace galileo::http
