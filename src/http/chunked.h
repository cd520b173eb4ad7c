#pragma once

#include <cstdint>
#include <string_view>

namespace galileo::http {

/// Undoes the chunked transfer coding as bytes arrive (RFC 9112, section 7.1). Strict about CRLF;
/// chunk extensions are skipped, 4 KiB each at the most; trailer fields are checked for form and
/// skipped. A value; thread-compatible.
class ChunkedDecoder {
  public:
    enum class Step : std::uint8_t {
        kNeedMore,  ///< the input is used up
        kData,      ///< `data` holds bytes of the body
        kDone,      ///< the body is over; what is left of the input does not belong to it
        kMalformed,
        kTooLarge,  ///< trailer fields above the limit
    };

    explicit ChunkedDecoder(std::size_t max_trailer_bytes) noexcept
        : max_trailer_bytes_(max_trailer_bytes) {}

    /// Starts a new body.
    void reset() noexcept;

    /// Takes bytes from the front of `input` until there is something to tell.
    Step next(std::string_view& input, std::string_view& data) noexcept;

  private:
    enum class State : std::uint8_t {
        kSize,
        kExtension,
        kSizeEnd,
        kData,
        kDataEnd,
        kDataLineFeed,
        kTrailerBegin,
        kTrailerName,
        kTrailerValue,
        kTrailerLineFeed,
        kLastLineFeed,
        kDone,
    };

    Step take(char byte) noexcept;
    Step take_size(char byte) noexcept;
    Step take_trailer(char byte) noexcept;
    Step go(State state) noexcept {
        state_ = state;
        return Step::kNeedMore;
    }
    Step expect(char byte, char wanted, State state) noexcept {
        return byte == wanted ? go(state) : Step::kMalformed;
    }

    std::size_t max_trailer_bytes_;
    std::uint64_t left_ = 0;  ///< of the chunk's data
    std::size_t counted_ =
        0;  ///< digits of the size, bytes of the extension, or bytes of all trailers
    State state_ = State::kSize;
};

}  // namespace galileo::http
