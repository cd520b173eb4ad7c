#pragma once

#include <cstdint>
#include <string_view>

#include "http/body_capture.h"
#include "http/chunked.h"
#include "http/fields.h"
#include "http/head_collector.h"

namespace galileo::http {

/// Parses HTTP/1.x requests as they arrive, for servers (RFC 9112). Strict where requests could be
/// smuggled: Content-Length together with Transfer-Encoding, a final coding that is not chunked, or
/// not exactly one Host field in HTTP/1.1 are errors. One parser reads the requests of a connection
/// one after the other. No allocation for a request that arrives in one piece. Thread-compatible.
class RequestParser {
  public:
    struct Limits {
        std::size_t head_bytes = 64 * 1024;  ///< also for trailer fields
        std::uint64_t body_bytes = 64ULL * 1024 * 1024;
    };
    enum class Progress : std::uint8_t { kNeedMore, kDone, kFailed };

    explicit RequestParser(const Limits& limits);

    /// Begins the next request. Views handed out before stay valid until the next feed().
    void reset() noexcept;

    /// Takes bytes from the front of `bytes`; what is left after kDone belongs to the next request.
    /// Must not be called again after kDone without reset(), nor at all after kFailed.
    Progress feed(std::string_view& bytes);

    /// Whether the head is there but not the whole body, and the client waits for `100 Continue`
    /// before it sends it. Tells it once.
    bool takes_expectation() noexcept;
    /// Whether a request has begun and is not done: closing now would cut it.
    [[nodiscard]] bool begun() const noexcept;

    // After kDone. The views point into the last input of feed() or into the parser.
    [[nodiscard]] std::string_view method() const noexcept { return method_; }
    [[nodiscard]] std::string_view target() const noexcept { return target_; }
    /// Request line and fields with their line ends, without the empty line; for find_header()
    /// (response.h).
    [[nodiscard]] std::string_view head() const noexcept { return head_.view(); }
    [[nodiscard]] std::string_view body() const noexcept { return body_.view(); }
    [[nodiscard]] int minor_version() const noexcept { return minor_version_; }
    /// Whether the client allows another request on the connection (RFC 9112, section 9.3).
    [[nodiscard]] bool keeps_alive() const noexcept {
        return !fields_.close && (minor_version_ >= 1 || fields_.keep_alive);
    }

    /// After kFailed: the status to answer with before closing: 400, 413, 414, 431, 501 or 505.
    [[nodiscard]] int error_status() const noexcept { return error_status_; }

  private:
    enum class State : std::uint8_t { kHead, kLength, kChunked, kDone, kFailed };

    Progress fail(int status) noexcept;
    Progress done() noexcept;
    Progress need_more();
    /// Lets method and target follow the head, which began at `before`.
    void head_moved(const char* before) noexcept;
    Progress take_head(std::string_view& bytes);
    Scan scan_head(std::string_view head, std::size_t& size) noexcept;
    Scan scan_request_line(const char*& cursor, const char* end) noexcept;
    int judge_fields() const noexcept;
    Progress begin_body(std::string_view& bytes);
    Progress take_body(std::string_view& bytes);
    Progress take_chunks(std::string_view& bytes);

    Limits limits_;
    State state_ = State::kHead;
    bool expectation_pending_ = false;
    int error_status_ = 0;
    int scan_error_ = 400;  ///< what a malformed head is answered with
    int minor_version_ = 1;
    std::string_view method_;
    std::string_view target_;
    FieldSummary fields_;
    std::uint64_t left_ = 0;
    std::uint64_t body_bytes_ = 0;
    HeadCollector cut_head_;
    BodyCapture head_;
    BodyCapture body_;
    ChunkedDecoder chunks_;
};

}  // namespace galileo::http
