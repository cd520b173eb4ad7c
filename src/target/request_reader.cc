#include "target/request_reader.h"

#include <algorithm>
#include <charconv>

namespace galileo::target {

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kLongestLine = 4096;  ///< of a chunk's size or a trailer

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_word(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Whether a comma-separated list names `word`; parameters behind `;` are ignored, but for q=0.
bool lists(std::string_view value, std::string_view word) {
    while (!value.empty()) {
        const std::string_view item = value.substr(0, value.find(','));
        value.remove_prefix(std::min(value.size(), item.size() + 1));
        const auto semicolon = item.find(';');
        if (same_word(trimmed(item.substr(0, semicolon)), word)) {
            return semicolon == std::string_view::npos ||
                   trimmed(item.substr(semicolon + 1)).find_first_not_of("qQ=0.") !=
                       std::string_view::npos;
        }
    }
    return false;
}

template <int Base>
bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, Base);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

RequestReader::State RequestReader::feed(std::string_view& bytes) {
    if (state_ == State::kHead) {
        feed_head(bytes);
    }
    if (state_ == State::kBody) {
        feed_body(bytes);
    }
    return state_;
}

void RequestReader::next() {
    head_.clear();
    body_.clear();
    method_ = target_ = content_type_ = {};
    keeps_alive_ = true;
    accepts_gzip_ = expects_continue_ = has_length_ = chunked_ = false;
    remaining_ = body_bytes_ = 0;
    state_ = State::kHead;
}

void RequestReader::feed_head(std::string_view& bytes) {
    if (head_.empty()) {
        // RFC 9112 section 2.2: empty lines before a request are to be ignored.
        bytes.remove_prefix(std::min(bytes.size(), bytes.find_first_not_of("\r\n")));
    }
    const std::size_t known = head_.size();
    const std::size_t room = limits_.max_head_bytes - std::min(known, limits_.max_head_bytes);
    // Mostly all of the head is there: then what follows it, perhaps a large body, is not copied.
    const auto whole = known == 0 ? bytes.find(kHeadEnd) : std::string_view::npos;
    head_ += bytes.substr(
        0, whole == std::string_view::npos ? room : std::min(room, whole + kHeadEnd.size()));
    const auto end = head_.find(kHeadEnd, known - std::min(known, kHeadEnd.size() - 1));
    if (end == std::string::npos) {
        bytes.remove_prefix(head_.size() - known);
        if (head_.size() >= limits_.max_head_bytes) {
            state_ = State::kHeadTooLarge;
        }
        return;
    }
    head_.resize(end + kHeadEnd.size());
    bytes.remove_prefix(head_.size() - known);
    read_head();
}

void RequestReader::read_head() {
    std::string_view rest = head_;
    rest.remove_suffix(2);
    bool first = true;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(line.size() + 2);
        if (!(first ? read_request_line(line) : read_field(line))) {
            state_ = State::kMalformed;
            return;
        }
        first = false;
    }
    // RFC 9112 section 6.3: both together may be an attempt at request smuggling.
    if (has_length_ && chunked_) {
        state_ = State::kMalformed;
        return;
    }
    begin_body();
}

bool RequestReader::read_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last <= first + 1) {
        return false;
    }
    method_ = line.substr(0, first);
    target_ = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return false;
    }
    keeps_alive_ = version == "HTTP/1.1";
    const auto no_word = [](char letter) { return letter <= ' ' || letter == '\x7f'; };
    return std::none_of(method_.begin(), method_.end(), no_word) &&
           std::none_of(target_.begin(), target_.end(), no_word);
}

bool RequestReader::read_field(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 ||
        line.substr(0, colon).find_first_of(" \t") != std::string_view::npos) {
        return false;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (same_word(name, "content-length")) {
        std::uint64_t length = 0;
        if (!read_number<10>(value, length) || (has_length_ && length != remaining_)) {
            return false;
        }
        has_length_ = true;
        remaining_ = length;
    } else if (same_word(name, "transfer-encoding")) {
        chunked_ = true;
        return same_word(value, "chunked");
    } else if (same_word(name, "connection")) {
        keeps_alive_ = !lists(value, "close") && (keeps_alive_ || lists(value, "keep-alive"));
    } else if (same_word(name, "accept-encoding")) {
        accepts_gzip_ = lists(value, "gzip") || lists(value, "*");
    } else if (same_word(name, "content-type")) {
        content_type_ = value;
    } else if (same_word(name, "expect")) {
        expects_continue_ = same_word(value, "100-continue");
    }
    return true;
}

void RequestReader::begin_body() {
    if (remaining_ > limits_.max_body_bytes) {
        state_ = State::kBodyTooLarge;
    } else if (chunked_) {
        part_ = Part::kChunkSize;
        line_.clear();
        state_ = State::kBody;
    } else {
        part_ = Part::kLength;
        state_ = remaining_ == 0 ? State::kComplete : State::kBody;
    }
}

void RequestReader::feed_body(std::string_view& bytes) {
    while (state_ == State::kBody && !bytes.empty()) {
        if (part_ == Part::kLength || part_ == Part::kChunkData) {
            take_body(bytes);
        } else if (take_line(bytes)) {
            end_line();
        }
    }
}

void RequestReader::take_body(std::string_view& bytes) {
    const auto count = std::min<std::uint64_t>(remaining_, bytes.size());
    if (limits_.body == BodyUse::kKeep) {
        body_ += bytes.substr(0, count);
    }
    bytes.remove_prefix(count);
    body_bytes_ += count;
    remaining_ -= count;
    if (remaining_ > 0) {
        return;
    }
    if (part_ == Part::kLength) {
        state_ = State::kComplete;
    } else {
        part_ = Part::kChunkEnd;
    }
}

bool RequestReader::take_line(std::string_view& bytes) {
    const auto newline = bytes.find('\n');
    const auto count =
        std::min(bytes.size(), newline == std::string_view::npos ? newline : newline + 1);
    line_ += bytes.substr(0, count);
    bytes.remove_prefix(count);
    if (line_.size() > kLongestLine) {
        state_ = State::kMalformed;
        return false;
    }
    return newline != std::string_view::npos;
}

void RequestReader::end_line() {
    const bool ended = line_.ends_with("\r\n");
    std::string_view line = line_;
    line.remove_suffix(ended ? 2 : 1);
    if (!ended || (part_ == Part::kChunkEnd && !line.empty())) {
        state_ = State::kMalformed;
    } else if (part_ == Part::kChunkEnd) {
        part_ = Part::kChunkSize;
    } else if (part_ == Part::kTrailer) {
        state_ = line.empty() ? State::kComplete : State::kBody;
    } else if (!read_number<16>(trimmed(line.substr(0, line.find(';'))), remaining_)) {
        state_ = State::kMalformed;
    } else if (remaining_ > limits_.max_body_bytes - body_bytes_) {
        state_ = State::kBodyTooLarge;
    } else {
        part_ = remaining_ == 0 ? Part::kTrailer : Part::kChunkData;
    }
    line_.clear();
}

}  // namespace galileo::target
