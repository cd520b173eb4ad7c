#include "http/response_parser.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace galileo::http {

namespace {

constexpr int kMaxInterim = 16;

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// status-line = "HTTP/1." DIGIT SP 3DIGIT [ SP reason ] (RFC 9112, section 4); the space before an
// absent reason is often missing.
Scan scan_status_line(const char*& cursor, const char* end, int& minor, int& status) noexcept {
    constexpr std::string_view kPattern = "HTTP/1.d ddd";
    const auto size = std::min(kPattern.size(), static_cast<std::size_t>(end - cursor));
    for (std::size_t i = 0; i < size; ++i) {
        const char wanted = kPattern[i];
        if (wanted == 'd' ? !is_digit(cursor[i]) : cursor[i] != wanted) {
            return Scan::kMalformed;
        }
    }
    if (size < kPattern.size()) {
        return Scan::kIncomplete;
    }
    minor = cursor[7] - '0';
    status = (cursor[9] - '0') * 100 + (cursor[10] - '0') * 10 + (cursor[11] - '0');
    cursor += kPattern.size();
    if (status < 100) {
        return Scan::kMalformed;
    }
    if (cursor != end && *cursor != ' ' && *cursor != '\r' && *cursor != '\n') {
        return Scan::kMalformed;
    }
    std::string_view reason;
    return scan_line(cursor, end, reason);
}

}  // namespace

ResponseParser::ResponseParser(const Limits& limits)
    : limits_(limits),
      head_(limits.head_bytes),
      body_(limits.capture_bytes),
      chunks_(limits.head_bytes) {}

void ResponseParser::expect(AnswerTo answer_to) noexcept {
    answer_to_ = answer_to;
    state_ = State::kHead;
    failure_ = Failure::kNone;
    keeps_alive_ = false;
    status_ = -1;
    interim_ = 0;
    body_bytes_ = 0;
    head_.reset();
    body_.reset();
}

ResponseParser::Progress ResponseParser::fail(Failure failure) noexcept {
    state_ = State::kFailed;
    failure_ = failure;
    cut_head_.clear();
    return Progress::kFailed;
}

ResponseParser::Progress ResponseParser::done() noexcept {
    state_ = State::kDone;
    return Progress::kDone;
}

ResponseParser::Progress ResponseParser::need_more() {
    head_.settle();
    body_.settle();
    return Progress::kNeedMore;
}

ResponseParser::Progress ResponseParser::feed(std::string_view& bytes) {
    GALILEO_ASSERT(state_ != State::kDone && state_ != State::kFailed);
    while (state_ == State::kHead) {
        const Progress progress = take_head(bytes);
        if (progress != Progress::kNeedMore || bytes.empty()) {
            return progress == Progress::kNeedMore ? need_more() : progress;
        }
    }
    return take_body(bytes);
}

// kNeedMore with bytes left: a head was complete and something follows it.
ResponseParser::Progress ResponseParser::take_head(std::string_view& bytes) {
    std::size_t size = 0;
    if (cut_head_.empty()) {
        const Scan scan = scan_head(bytes.substr(0, limits_.head_bytes), size);
        if (scan == Scan::kMalformed) {
            return fail(Failure::kMalformed);
        }
        if (scan == Scan::kComplete) {
            head_.add(without_empty_line(bytes.substr(0, size)));
            bytes.remove_prefix(size);
            return begin_body(bytes);
        }
    }
    if (!cut_head_.take(bytes, limits_.head_bytes)) {
        return cut_head_.text().size() == limits_.head_bytes ? judge_cut_head(false)
                                                             : Progress::kNeedMore;
    }
    if (scan_head(cut_head_.text(), size) != Scan::kComplete) {
        return fail(Failure::kMalformed);
    }
    head_.add(without_empty_line(cut_head_.text()));
    head_.settle();
    cut_head_.clear();
    return begin_body(bytes);
}

// What arrived in one piece would have been found malformed before it was found too long or cut.
ResponseParser::Progress ResponseParser::judge_cut_head(bool ended) {
    std::size_t size = 0;
    if (scan_head(cut_head_.text(), size) == Scan::kMalformed) {
        return fail(Failure::kMalformed);
    }
    return fail(ended ? Failure::kClosed : Failure::kTooLarge);
}

Scan ResponseParser::scan_head(std::string_view head, std::size_t& size) noexcept {
    const char* cursor = head.data();
    const char* const end = cursor + head.size();
    fields_ = {};
    Scan scan = scan_status_line(cursor, end, minor_version_, status_);
    if (scan == Scan::kComplete) {
        scan = scan_fields(cursor, end, fields_);
    }
    size = static_cast<std::size_t>(cursor - head.data());
    return scan;
}

// RFC 9112, section 6.3.
ResponseParser::Progress ResponseParser::begin_body(std::string_view& bytes) {
    if (status_ < 200) {
        // Nothing of ours asks for another protocol (101).
        if (status_ == 101 || ++interim_ > kMaxInterim) {
            return fail(Failure::kMalformed);
        }
        head_.reset();
        return Progress::kNeedMore;
    }
    keeps_alive_ = !fields_.close && (minor_version_ >= 1 || fields_.keep_alive);
    if (answer_to_ == AnswerTo::kHead || status_ == 204 || status_ == 304) {
        return done();
    }
    if (fields_.has_transfer_encoding) {
        // Both fields, or the coding in HTTP/1.0, is suspect: a peer may see another end than we do
        // (sections 6.1 and 6.3, item 3).
        keeps_alive_ = keeps_alive_ && !fields_.has_content_length && minor_version_ >= 1;
        state_ = fields_.chunked ? State::kChunked : State::kUntilClose;
        keeps_alive_ = keeps_alive_ && fields_.chunked;
        chunks_.reset();
    } else if (fields_.has_content_length) {
        left_ = fields_.content_length;
        if (left_ > limits_.body_bytes) {
            return fail(Failure::kTooLarge);
        }
        state_ = State::kLength;
        if (left_ == 0) {
            return done();
        }
    } else {
        state_ = State::kUntilClose;
        keeps_alive_ = false;
    }
    return bytes.empty() ? need_more() : take_body(bytes);
}

ResponseParser::Progress ResponseParser::take_body(std::string_view& bytes) {
    if (state_ == State::kChunked) {
        return take_chunks(bytes);
    }
    std::string_view piece = bytes;
    if (state_ == State::kLength) {
        piece =
            bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
        left_ -= piece.size();
    }
    bytes.remove_prefix(piece.size());
    if (!count_body(piece)) {
        return fail(Failure::kTooLarge);
    }
    return state_ == State::kLength && left_ == 0 ? done() : need_more();
}

ResponseParser::Progress ResponseParser::take_chunks(std::string_view& bytes) {
    while (true) {
        std::string_view data;
        switch (chunks_.next(bytes, data)) {
            case ChunkedDecoder::Step::kData:
                if (!count_body(data)) {
                    return fail(Failure::kTooLarge);
                }
                break;
            case ChunkedDecoder::Step::kNeedMore:
                return need_more();
            case ChunkedDecoder::Step::kDone:
                return done();
            case ChunkedDecoder::Step::kMalformed:
                return fail(Failure::kMalformed);
            case ChunkedDecoder::Step::kTooLarge:
                return fail(Failure::kTooLarge);
        }
    }
}

bool ResponseParser::count_body(std::string_view bytes) {
    body_bytes_ += bytes.size();
    body_.add(bytes);
    return body_bytes_ <= limits_.body_bytes;
}

ResponseParser::Progress ResponseParser::end() {
    if (state_ == State::kUntilClose) {
        return done();
    }
    return judge_cut_head(true);
}

}  // namespace galileo::http
