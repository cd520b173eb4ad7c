#include "http/chunked.h"

#include <algorithm>

#include "base/ascii.h"
#include "http/fields.h"

namespace galileo::http {

namespace {

constexpr std::size_t kMaxSizeDigits = 15;  // so that sums of sizes cannot overflow
constexpr std::size_t kMaxExtensionBytes = 4096;

bool is_text(char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return byte == '\t' || (code >= 0x20 && code != 0x7f);
}

}  // namespace

void ChunkedDecoder::reset() noexcept {
    left_ = 0;
    counted_ = 0;
    state_ = State::kSize;
}

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view& input,
                                          std::string_view& data) noexcept {
    while (!input.empty()) {
        if (state_ == State::kData) {
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            data = input.substr(0, size);
            input.remove_prefix(size);
            left_ -= size;
            if (left_ == 0) {
                state_ = State::kDataEnd;
            }
            return Step::kData;
        }
        const Step step = take(input.front());
        input.remove_prefix(1);
        if (step != Step::kNeedMore) {
            return step;
        }
    }
    return state_ == State::kDone ? Step::kDone : Step::kNeedMore;
}

ChunkedDecoder::Step ChunkedDecoder::take(char byte) noexcept {
    switch (state_) {
        case State::kSize:
            return take_size(byte);
        case State::kExtension:
            if (byte == '\r') {
                return go(State::kSizeEnd);
            }
            return is_text(byte) && ++counted_ <= kMaxExtensionBytes ? Step::kNeedMore
                                                                     : Step::kMalformed;
        case State::kSizeEnd:
            counted_ = 0;
            return expect(byte, '\n', left_ == 0 ? State::kTrailerBegin : State::kData);
        case State::kDataEnd:
            return expect(byte, '\r', State::kDataLineFeed);
        case State::kDataLineFeed:
            return expect(byte, '\n', State::kSize);
        case State::kTrailerBegin:
        case State::kTrailerName:
        case State::kTrailerValue:
        case State::kTrailerLineFeed:
            return take_trailer(byte);
        case State::kLastLineFeed:
            state_ = State::kDone;
            return byte == '\n' ? Step::kDone : Step::kMalformed;
        case State::kData:
        case State::kDone:
            break;
    }
    return Step::kMalformed;
}

ChunkedDecoder::Step ChunkedDecoder::take_size(char byte) noexcept {
    const int digit = base::hexadecimal_digit(byte);
    if (digit >= 0) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return ++counted_ <= kMaxSizeDigits ? Step::kNeedMore : Step::kMalformed;
    }
    if (counted_ == 0) {
        return Step::kMalformed;
    }
    counted_ = 0;
    if (byte == '\r') {
        return go(State::kSizeEnd);
    }
    // "Bad" white space before the extension's semicolon (RFC 9112, section 7.1.1).
    return byte == ';' || byte == ' ' || byte == '\t' ? go(State::kExtension) : Step::kMalformed;
}

ChunkedDecoder::Step ChunkedDecoder::take_trailer(char byte) noexcept {
    if (++counted_ > max_trailer_bytes_) {
        return Step::kTooLarge;
    }
    switch (state_) {
        case State::kTrailerBegin:
            if (byte == '\r') {
                return go(State::kLastLineFeed);
            }
            return is_token_character(byte) ? go(State::kTrailerName) : Step::kMalformed;
        case State::kTrailerName:
            if (byte == ':') {
                return go(State::kTrailerValue);
            }
            return is_token_character(byte) ? Step::kNeedMore : Step::kMalformed;
        case State::kTrailerValue:
            if (byte == '\r') {
                return go(State::kTrailerLineFeed);
            }
            return is_text(byte) ? Step::kNeedMore : Step::kMalformed;
        default:
            return expect(byte, '\n', State::kTrailerBegin);
    }
}

}  // namespace galileo::http
