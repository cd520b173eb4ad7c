#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace galileo::target {

/// Whether a request's body is kept, or only counted.
enum class BodyUse : std::uint8_t { kCount, kKeep };

struct ReaderLimits {
    std::size_t max_head_bytes = 64UL * 1024;
    std::uint64_t max_body_bytes = 0;
    BodyUse body = BodyUse::kCount;
};

/// Reads HTTP/1.x requests from the bytes of one connection, in pieces of any size (RFC 9112).
/// Thread-compatible. After warm-up it allocates only for heads and bodies that are longer than all
/// before.
class RequestReader {
  public:
    enum class State : std::uint8_t {
        kHead,       ///< wants more of request line and headers
        kBody,       ///< the head is complete; wants more of the body
        kComplete,   ///< a whole request is there, until next()
        kMalformed,  ///< not HTTP/1.x, or its length cannot be told
        kHeadTooLarge,
        kBodyTooLarge,
    };

    explicit RequestReader(const ReaderLimits& limits) : limits_(limits) {}
    RequestReader(const RequestReader&) = delete;  // has views of its own text
    RequestReader& operator=(const RequestReader&) = delete;
    ~RequestReader() = default;

    /// Takes from the front of `bytes` what belongs to the current request, and removes it there.
    /// Stops at the end of the request, or at a fault.
    State feed(std::string_view& bytes);

    /// Makes ready for the next request.
    void next();

    [[nodiscard]] State state() const noexcept { return state_; }
    /// Whether bytes of the current request have come.
    [[nodiscard]] bool begun() const noexcept { return state_ != State::kHead || !head_.empty(); }

    // Of the current request, once its head is complete; the views end with next().
    [[nodiscard]] std::string_view method() const noexcept { return method_; }
    [[nodiscard]] std::string_view target() const noexcept { return target_; }
    [[nodiscard]] std::string_view content_type() const noexcept { return content_type_; }
    [[nodiscard]] bool keeps_alive() const noexcept { return keeps_alive_; }
    [[nodiscard]] bool accepts_gzip() const noexcept { return accepts_gzip_; }
    [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
    [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }
    [[nodiscard]] const std::string& body() const noexcept {
        return body_;
    }  ///< with BodyUse::kKeep

  private:
    enum class Part : std::uint8_t { kLength, kChunkSize, kChunkData, kChunkEnd, kTrailer };

    State fail(State state) noexcept { return state_ = state; }
    void feed_head(std::string_view& bytes);
    void read_head();
    bool read_request_line(std::string_view line);
    bool read_field(std::string_view line);
    void begin_body();
    void feed_body(std::string_view& bytes);
    void take_body(std::string_view& bytes);
    bool take_line(std::string_view& bytes);
    void end_line();

    ReaderLimits limits_;
    State state_ = State::kHead;
    std::string head_;
    std::string_view method_;  ///< views into head_
    std::string_view target_;
    std::string_view content_type_;
    bool keeps_alive_ = true;
    bool accepts_gzip_ = false;
    bool expects_continue_ = false;
    bool has_length_ = false;
    bool chunked_ = false;
    Part part_ = Part::kLength;
    std::uint64_t remaining_ = 0;  ///< of the body, or of the chunk
    std::uint64_t body_bytes_ = 0;
    std::string body_;
    std::string line_;  ///< a chunk's size, or a trailer
};

}  // namespace galileo::target
