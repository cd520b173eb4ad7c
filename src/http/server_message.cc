#include "http/server_message.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace galileo::http {

namespace {

bool is_target_character(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte > 0x20 && byte != 0x7f;
}

// "HTTP/" DIGIT "." DIGIT
bool is_version(std::string_view text) {
    return text.size() == 8 && text.starts_with("HTTP/") && text[5] >= '0' && text[5] <= '9' &&
           text[6] == '.' && text[7] >= '0' && text[7] <= '9';
}

}  // namespace

RequestParser::RequestParser(const Limits& limits)
    : limits_(limits),
      head_(limits.head_bytes),
      body_(static_cast<std::size_t>(limits.body_bytes)),
      chunks_(limits.head_bytes) {}

void RequestParser::reset() noexcept {
    state_ = State::kHead;
    expectation_pending_ = false;
    error_status_ = 0;
    body_bytes_ = 0;
    head_.reset();
    body_.reset();
}

RequestParser::Progress RequestParser::fail(int status) noexcept {
    state_ = State::kFailed;
    error_status_ = status;
    return Progress::kFailed;
}

RequestParser::Progress RequestParser::done() noexcept {
    state_ = State::kDone;
    expectation_pending_ = false;
    return Progress::kDone;
}

RequestParser::Progress RequestParser::need_more() {
    const char* const before = head_.view().data();
    head_.settle();
    body_.settle();
    head_moved(before);
    return Progress::kNeedMore;
}

void RequestParser::head_moved(const char* before) noexcept {
    const char* const after = head_.view().data();
    if (after != before) {
        method_ = {after + (method_.data() - before), method_.size()};
        target_ = {after + (target_.data() - before), target_.size()};
    }
}

bool RequestParser::takes_expectation() noexcept {
    return std::exchange(expectation_pending_, false);
}

bool RequestParser::begun() const noexcept {
    return state_ == State::kHead ? !cut_head_.empty()
                                  : state_ == State::kLength || state_ == State::kChunked;
}

RequestParser::Progress RequestParser::feed(std::string_view& bytes) {
    GALILEO_ASSERT(state_ != State::kDone && state_ != State::kFailed);
    return state_ == State::kHead ? take_head(bytes) : take_body(bytes);
}

RequestParser::Progress RequestParser::take_head(std::string_view& bytes) {
    std::size_t size = 0;
    if (cut_head_.empty()) {
        // A client may send an empty line too many after a body (RFC 9112, section 2.2).
        while (bytes.starts_with('\n') || bytes.starts_with('\r')) {
            bytes.remove_prefix(1);
        }
        if (bytes.empty()) {
            return Progress::kNeedMore;
        }
        const Scan scan = scan_head(bytes.substr(0, limits_.head_bytes), size);
        if (scan == Scan::kMalformed) {
            return fail(scan_error_);
        }
        if (scan == Scan::kComplete) {
            head_.add(without_empty_line(bytes.substr(0, size)));
            bytes.remove_prefix(size);
            return begin_body(bytes);
        }
    }
    if (!cut_head_.take(bytes, limits_.head_bytes)) {
        if (cut_head_.text().size() < limits_.head_bytes) {
            return Progress::kNeedMore;
        }
        if (scan_head(cut_head_.text(), size) == Scan::kMalformed) {
            return fail(scan_error_);
        }
        return fail(cut_head_.text().find('\n') == std::string_view::npos ? 414 : 431);
    }
    if (scan_head(cut_head_.text(), size) != Scan::kComplete) {
        return fail(scan_error_);
    }
    const char* const before = cut_head_.text().data();
    head_.add(without_empty_line(cut_head_.text()));
    head_.settle();
    head_moved(before);
    cut_head_.clear();
    return begin_body(bytes);
}

// request-line = method SP request-target SP HTTP-version (RFC 9112, section 3)
Scan RequestParser::scan_request_line(const char*& cursor, const char* end) noexcept {
    scan_error_ = 400;
    const char* begin = cursor;
    std::string_view line;
    const Scan scan = scan_line(cursor, end, line);
    if (scan == Scan::kMalformed) {
        return scan;
    }
    if (scan == Scan::kIncomplete) {
        line = {begin, static_cast<std::size_t>(end - begin)};
    }
    const std::size_t space = line.find(' ');
    method_ = line.substr(0, space);
    if (!is_token(method_)) {
        return Scan::kMalformed;
    }
    if (scan == Scan::kIncomplete) {
        return scan;
    }
    const std::size_t last = line.rfind(' ');
    if (space == std::string_view::npos || last <= space + 1) {
        return Scan::kMalformed;
    }
    target_ = line.substr(space + 1, last - space - 1);
    const std::string_view version = line.substr(last + 1);
    if (!std::all_of(target_.begin(), target_.end(), is_target_character) || !is_version(version)) {
        return Scan::kMalformed;
    }
    if (version[5] != '1') {
        scan_error_ = 505;
        return Scan::kMalformed;
    }
    minor_version_ = version[7] - '0';
    return Scan::kComplete;
}

Scan RequestParser::scan_head(std::string_view head, std::size_t& size) noexcept {
    const char* cursor = head.data();
    const char* const end = cursor + head.size();
    fields_ = {};
    Scan scan = scan_request_line(cursor, end);
    if (scan == Scan::kComplete) {
        scan = scan_fields(cursor, end, fields_);
    }
    size = static_cast<std::size_t>(cursor - head.data());
    return scan;
}

int RequestParser::judge_fields() const noexcept {
    if (minor_version_ >= 1 ? fields_.hosts != 1 : fields_.hosts > 1) {
        return 400;  // RFC 9112, section 3.2
    }
    if (fields_.has_transfer_encoding) {
        // Section 6.1 and section 6.3, items 3 and 4.
        if (fields_.has_content_length || minor_version_ < 1 || !fields_.chunked) {
            return 400;
        }
        return fields_.other_coding ? 501 : 0;
    }
    return fields_.has_content_length && fields_.content_length > limits_.body_bytes ? 413 : 0;
}

RequestParser::Progress RequestParser::begin_body(std::string_view& bytes) {
    if (const int error = judge_fields(); error != 0) {
        return fail(error);
    }
    left_ = fields_.content_length;
    if (!fields_.chunked && left_ == 0) {
        return done();
    }
    state_ = fields_.chunked ? State::kChunked : State::kLength;
    chunks_.reset();
    expectation_pending_ = fields_.expects_continue && minor_version_ >= 1;
    return bytes.empty() ? need_more() : take_body(bytes);
}

RequestParser::Progress RequestParser::take_body(std::string_view& bytes) {
    if (state_ == State::kChunked) {
        return take_chunks(bytes);
    }
    const std::string_view piece =
        bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    bytes.remove_prefix(piece.size());
    left_ -= piece.size();
    body_.add(piece);
    return left_ == 0 ? done() : need_more();
}

RequestParser::Progress RequestParser::take_chunks(std::string_view& bytes) {
    while (true) {
        std::string_view data;
        switch (chunks_.next(bytes, data)) {
            case ChunkedDecoder::Step::kData:
                body_bytes_ += data.size();
                if (body_bytes_ > limits_.body_bytes) {
                    return fail(413);
                }
                body_.add(data);
                break;
            case ChunkedDecoder::Step::kNeedMore:
                return need_more();
            case ChunkedDecoder::Step::kDone:
                return done();
            case ChunkedDecoder::Step::kMalformed:
                return fail(400);
            case ChunkedDecoder::Step::kTooLarge:
                return fail(431);
        }
    }
}

}  // namespace galileo::http
