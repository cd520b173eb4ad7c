#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <limits>
#include <unordered_map>

#include "model/json.h"
#include "model/utf8.h"

namespace galileo::model {

namespace {

constexpr int kDepthMax = 200;
/// Objects with more members than this get an index: looking keys up one by one would make parsing
/// quadratic, and the text may come from anybody.
constexpr std::size_t kIndexFrom = 32;

void append_utf8(std::string& out, char32_t value) {
    const auto byte = [&out](char32_t bits) { out += static_cast<char>(bits); };
    if (value < 0x80) {
        byte(value);
    } else if (value < 0x800) {
        byte(0xC0U | (value >> 6U));
        byte(0x80U | (value & 0x3FU));
    } else if (value < 0x10000) {
        byte(0xE0U | (value >> 12U));
        byte(0x80U | ((value >> 6U) & 0x3FU));
        byte(0x80U | (value & 0x3FU));
    } else {
        byte(0xF0U | (value >> 18U));
        byte(0x80U | ((value >> 12U) & 0x3FU));
        byte(0x80U | ((value >> 6U) & 0x3FU));
        byte(0x80U | (value & 0x3FU));
    }
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Adds members in order; of a repeated key the last value wins at the place of the first.
class ObjectBuilder {
  public:
    void set(std::string key, Json value) {
        if (Json* const known = find(key)) {
            *known = std::move(value);
            return;
        }
        if (!index_.empty()) {
            index_.emplace(key, members_.size());
        }
        // The base class's emplace_back: the map's own emplace would search again.
        members_.emplace_back(std::move(key), std::move(value));
        if (index_.empty() && members_.size() > kIndexFrom) {
            for (const auto& member : members_) {
                index_.emplace(member.first, index_.size());
            }
        }
    }
    Json take() { return Json(std::move(members_)); }

  private:
    using Members = Json::object_t;

    Json* find(const std::string& key) {
        if (!index_.empty()) {
            const auto known = index_.find(key);
            return known == index_.end() ? nullptr : &as_vector()[known->second].second;
        }
        for (auto& member : members_) {
            if (member.first == key) {
                return &member.second;
            }
        }
        return nullptr;
    }
    /// The map hides its base class's access by position.
    Members::Container& as_vector() { return members_; }

    Members members_;
    std::unordered_map<std::string, std::size_t> index_;
};

/// Recursive descent over one text. The first error sticks in `error_`; every step returns false
/// from then on.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Json> run() {
        Json value;
        if (parse_value(value, 0)) {
            skip_space();
            if (at_ != text_.size()) {
                fail("unexpected text after the value");
            }
        }
        if (error_ != nullptr) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("not valid JSON at byte {}: {}", error_at_, error_));
        }
        return value;
    }

  private:
    bool fail(const char* why) {
        if (error_ == nullptr) {
            error_ = why;
            error_at_ = at_;
        }
        return false;
    }

    [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_space() noexcept {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r')) {
            ++at_;
        }
    }

    bool take(std::string_view token) noexcept {
        if (text_.substr(at_, token.size()) != token) {
            return false;
        }
        at_ += token.size();
        return true;
    }

    bool parse_value(Json& out, int depth) {
        skip_space();
        if (depth > kDepthMax) {
            return fail("nested too deeply (200 levels are allowed)");
        }
        switch (peek()) {
            case '{':
                return parse_object(out, depth);
            case '[':
                return parse_array(out, depth);
            case '"': {
                std::string text;
                if (!parse_string(text)) {
                    return false;
                }
                out = Json(std::move(text));
                return true;
            }
            default:
                return parse_scalar(out);
        }
    }

    bool parse_scalar(Json& out) {
        if (take("null")) {
            out = Json(nullptr);
        } else if (take("true")) {
            out = Json(true);
        } else if (take("false")) {
            out = Json(false);
        } else if (take("NaN")) {
            out = Json(std::numeric_limits<double>::quiet_NaN());
        } else if (take("Infinity")) {
            out = Json(std::numeric_limits<double>::infinity());
        } else if (take("-Infinity")) {
            out = Json(-std::numeric_limits<double>::infinity());
        } else if (peek() == '-' || is_digit(peek())) {
            return parse_number(out);
        } else {
            return fail("expected a value");
        }
        return true;
    }

    bool parse_object(Json& out, int depth) {
        ++at_;
        ObjectBuilder object;
        skip_space();
        while (peek() != '}') {
            std::string key;
            if (peek() != '"') {
                return fail("expected a key in double quotes");
            }
            if (!parse_string(key)) {
                return false;
            }
            skip_space();
            if (!take(":")) {
                return fail("expected ':'");
            }
            Json member;
            if (!parse_value(member, depth + 1)) {
                return false;
            }
            object.set(std::move(key), std::move(member));
            skip_space();
            if (take(",")) {
                skip_space();
                if (peek() == '}') {
                    return fail("expected a key after ','");
                }
            } else if (peek() != '}') {
                return fail("expected ',' or '}'");
            }
        }
        ++at_;
        out = object.take();
        return true;
    }

    bool parse_array(Json& out, int depth) {
        ++at_;
        Json::array_t elements;
        skip_space();
        while (peek() != ']') {
            Json element;
            if (!parse_value(element, depth + 1)) {
                return false;
            }
            elements.push_back(std::move(element));
            skip_space();
            if (take(",")) {
                skip_space();
                if (peek() == ']') {
                    return fail("expected a value after ','");
                }
            } else if (peek() != ']') {
                return fail("expected ',' or ']'");
            }
        }
        ++at_;
        out = Json(std::move(elements));
        return true;
    }

    /// How many bytes from here on are ASCII that stands for itself in a string.
    [[nodiscard]] std::size_t plain_run() const noexcept {
        std::size_t end = at_;
        while (end < text_.size() && text_[end] >= 0x20 && text_[end] != '"' &&
               text_[end] != '\\' && static_cast<unsigned char>(text_[end]) < 0x80) {
            ++end;
        }
        return end - at_;
    }

    bool parse_string(std::string& out) {
        ++at_;
        while (at_ < text_.size()) {
            if (const std::size_t run = plain_run(); run > 0) {
                out.append(text_, at_, run);
                at_ += run;
                continue;
            }
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return true;
            }
            if (c == '\\') {
                if (!parse_escape(out)) {
                    return false;
                }
                continue;
            }
            if (static_cast<unsigned char>(c) < 0x20) {
                return fail("control character in a string");
            }
            const CodePoint next = decode_utf8(text_, at_);
            if (!next.valid) {
                return fail("invalid UTF-8");
            }
            out.append(text_, at_, next.length);
            at_ += next.length;
        }
        return fail("unterminated string");
    }

    bool parse_escape(std::string& out) {
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        const char name = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (name == 'u') {
            return parse_unicode_escape(out);
        }
        const auto known = kNames.find(name);
        if (name == '\0' || known == std::string_view::npos) {
            return fail("unknown escape");
        }
        out += kMeanings[known];
        at_ += 2;
        return true;
    }

    /// Reads the `\uXXXX` at `at`; false when there is none.
    [[nodiscard]] bool read_unit(std::size_t at, char32_t& unit) const noexcept {
        const std::string_view escape = text_.substr(std::min(at, text_.size()), 6);
        if (escape.size() < 6 || escape[0] != '\\' || escape[1] != 'u') {
            return false;
        }
        unsigned value = 0;
        const char* const end = escape.data() + 6;
        const auto [stop, error] = std::from_chars(escape.data() + 2, end, value, 16);
        unit = value;
        return error == std::errc() && stop == end;
    }

    bool parse_unicode_escape(std::string& out) {
        char32_t unit = 0;
        if (!read_unit(at_, unit)) {
            return fail("\\u needs four hexadecimal digits");
        }
        at_ += 6;
        char32_t low = 0;
        if (unit >= 0xD800 && unit < 0xDC00 && read_unit(at_, low) && low >= 0xDC00 &&
            low < 0xE000) {
            at_ += 6;
            unit = 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00);
        } else if (unit >= 0xD800 && unit < 0xE000) {
            unit = 0xFFFD;
        }
        append_utf8(out, unit);
        return true;
    }

    void skip_digits() noexcept {
        while (is_digit(peek())) {
            ++at_;
        }
    }

    bool parse_number(Json& out) {
        const std::size_t begin = at_;
        take("-");
        if (!is_digit(peek())) {
            return fail("expected a digit");
        }
        if (!take("0")) {
            skip_digits();
        }
        bool whole = true;
        if (peek() == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
            whole = false;
            ++at_;
            skip_digits();
        }
        const std::size_t before_exponent = at_;
        if (take("e") || take("E")) {
            if (peek() == '+' || peek() == '-') {
                ++at_;
            }
            if (is_digit(peek())) {
                whole = false;
                skip_digits();
            } else {
                at_ = before_exponent;
            }
        }
        store_number(out, text_.substr(begin, at_ - begin), whole);
        return true;
    }

    static void store_number(Json& out, std::string_view token, bool whole) {
        const char* const begin = token.data();
        const char* const end = begin + token.size();
        std::int64_t integer = 0;
        std::uint64_t natural = 0;
        if (whole && std::from_chars(begin, end, integer).ec == std::errc()) {
            out = Json(integer);
        } else if (whole && token[0] != '-' &&
                   std::from_chars(begin, end, natural).ec == std::errc()) {
            out = Json(natural);
        } else {
            double real = 0;
            if (std::from_chars(begin, end, real).ec != std::errc()) {
                // Out of range, where from_chars does not say which way; strtod does, as Python:
                // infinity or zero.
                real = std::strtod(std::string(token).c_str(), nullptr);
            }
            out = Json(real);
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    const char* error_ = nullptr;
    std::size_t error_at_ = 0;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
    return Parser(text).run();
}

}  // namespace galileo::model
