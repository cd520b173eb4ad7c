#include "http/response.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include <iconv.h>

#include "base/ascii.h"
#include "http/fields.h"
#include "model/utf8.h"

namespace galileo::http {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::string latin1_to_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xc0 | (byte >> 6));
            out += static_cast<char>(0x80 | (byte & 0x3f));
        }
    }
    return out;
}

std::string ascii_to_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x80) {
            out += c;
        } else {
            out += kReplacement;
        }
    }
    return out;
}

/// The charset parameter of a Content-Type, in lower case; empty: none.
std::string charset_of(std::string_view content_type) {
    while (true) {
        const std::size_t semicolon = content_type.find(';');
        if (semicolon == std::string_view::npos) {
            return {};
        }
        content_type.remove_prefix(semicolon + 1);
        const std::string_view parameter = content_type.substr(0, content_type.find(';'));
        const std::size_t equals = parameter.find('=');
        if (equals == std::string_view::npos ||
            !equals_ignoring_case(trim_field(parameter.substr(0, equals)), "charset")) {
            continue;
        }
        std::string_view value = trim_field(parameter.substr(equals + 1));
        constexpr std::string_view kQuotes = "'\"";
        while (!value.empty() && kQuotes.find(value.front()) != std::string_view::npos) {
            value.remove_prefix(1);
        }
        while (!value.empty() && kQuotes.find(value.back()) != std::string_view::npos) {
            value.remove_suffix(1);
        }
        return base::ascii_lower(value);
    }
}

/// Converts by the C library; nothing when it does not know the charset. What cannot be read
/// becomes U+FFFD.
std::optional<std::string> convert(std::string_view text, const std::string& charset) {
    // iconv takes more than names behind a slash.
    const bool is_name = std::all_of(charset.begin(), charset.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.' || c == ':';
    });
    iconv_t converter =
        is_name && !charset.empty() ? iconv_open("UTF-8", charset.c_str()) : nullptr;
    // NOLINTNEXTLINE: the C library's own value for "unknown"
    if (converter == nullptr || converter == reinterpret_cast<iconv_t>(-1)) {
        return std::nullopt;
    }
    std::string out;
    std::array<char, 4096> buffer{};
    auto* input = const_cast<char*>(text.data());
    std::size_t left = text.size();
    while (left > 0) {
        char* output = buffer.data();
        std::size_t room = buffer.size();
        const std::size_t result = iconv(converter, &input, &left, &output, &room);
        const int failure = errno;
        out.append(buffer.data(), buffer.size() - room);
        if (result == static_cast<std::size_t>(-1) && failure != E2BIG) {
            out += kReplacement;
            const std::size_t skipped = failure == EILSEQ ? 1 : left;
            input += skipped;
            left -= skipped;
        }
    }
    iconv_close(converter);
    return out;
}

/// The charset by Content-Type alone (contract 2.10); empty: it says nothing.
std::string charset_by(std::string_view content_type) {
    std::string charset = charset_of(content_type);
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    if (charset.empty() && type.find("text") != std::string_view::npos) {
        return "iso-8859-1";
    }
    if (charset.empty() && type.find("application/json") != std::string_view::npos) {
        return "utf-8";
    }
    return charset;
}

std::string to_utf8(std::string_view text, std::string_view content_type) {
    const std::string charset = charset_by(content_type);
    const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
        return std::find(names.begin(), names.end(), charset) != names.end();
    };
    if (charset.empty()) {
        return model::is_utf8(text) ? std::string(text) : latin1_to_utf8(text);
    }
    if (is_one_of({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "l1"})) {
        return latin1_to_utf8(text);
    }
    if (is_one_of({"ascii", "us-ascii"})) {
        return ascii_to_utf8(text);
    }
    const auto converted = is_one_of({"utf-8", "utf8"}) ? std::nullopt : convert(text, charset);
    return converted ? *converted : model::to_utf8(text);
}

bool is_white_space(char32_t point) {
    constexpr std::array<char32_t, 8> kSingle{0x20,   0x85,   0xa0,   0x1680,
                                              0x2028, 0x2029, 0x202f, 0x205f};
    return (point >= 0x09 && point <= 0x0d) || (point >= 0x1c && point <= 0x1f) ||
           (point >= 0x2000 && point <= 0x200a) || point == 0x3000 ||
           std::find(kSingle.begin(), kSingle.end(), point) != kSingle.end();
}

/// As Python's str.strip() does. `text` is valid UTF-8.
std::string_view strip(std::string_view text) {
    while (!text.empty()) {
        const model::CodePoint first = model::decode_utf8(text, 0);
        if (!is_white_space(first.value)) {
            break;
        }
        text.remove_prefix(first.length);
    }
    while (!text.empty()) {
        std::size_t at = text.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) {
            --at;
        }
        if (!is_white_space(model::decode_utf8(text, at).value)) {
            break;
        }
        text.remove_suffix(text.size() - at);
    }
    return text;
}

/// Inflates up to `limit` bytes; `window_bits` says the format (zlib.h). Nothing when `body` does
/// not begin as that format does.
std::optional<std::string> inflate_all(std::string_view body, int window_bits, std::size_t limit) {
    z_stream stream{};
    if (inflateInit2(&stream, window_bits) != Z_OK) {
        return std::nullopt;
    }
    std::string out;
    std::array<char, 16 * 1024> buffer{};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(body.size(), 1U << 30));
    int result = Z_OK;
    while (out.size() < limit) {
        stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream.avail_out = static_cast<uInt>(buffer.size());
        result = inflate(&stream, Z_NO_FLUSH);
        out.append(buffer.data(), buffer.size() - stream.avail_out);
        if (result == Z_STREAM_END && stream.avail_in > 0 && inflateReset(&stream) == Z_OK) {
            continue;  // gzip allows several members
        }
        if (result != Z_OK) {
            break;
        }
    }
    inflateEnd(&stream);
    if (result == Z_DATA_ERROR && out.empty()) {
        return std::nullopt;
    }
    out.resize(std::min(out.size(), limit));
    return out;
}

std::string undo_coding(std::string_view body, std::string_view coding, std::size_t limit) {
    std::optional<std::string> decoded;
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) {
        decoded = inflate_all(body, 15 + 16, limit);
    } else if (equals_ignoring_case(coding, "deflate")) {
        decoded = inflate_all(body, 15, limit);
        if (!decoded) {
            decoded =
                inflate_all(body, -15, limit);  // servers that send it without the zlib wrapper
        }
    }
    return decoded ? std::move(*decoded) : std::string(body.substr(0, limit));
}

}  // namespace

std::string_view find_header(std::string_view head, std::string_view name) {
    std::string_view found;
    bool seen = false;
    for_each_field(head, [&](std::string_view field, std::string_view value) {
        if (!seen && equals_ignoring_case(field, name)) {
            found = value;
            seen = true;
        }
    });
    return found;
}

std::string headers_to_json(std::string_view head) {
    struct Field {
        std::string_view name;
        std::string_view value;
        bool repeats = false;  ///< its value stands behind that of an earlier one
    };
    std::vector<Field> fields;
    fields.reserve(16);
    for_each_field(head, [&](std::string_view name, std::string_view value) {
        const bool repeats = std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
            return equals_ignoring_case(field.name, name);
        });
        fields.push_back({name, value, repeats});
    });
    std::string json = "{";
    json.reserve(head.size() + 6 * fields.size());
    for (auto field = fields.begin(); field != fields.end(); ++field) {
        if (field->repeats) {
            continue;
        }
        std::string value = latin1_to_utf8(unfold(field->value));
        for (auto later = std::next(field); later != fields.end(); ++later) {
            if (later->repeats && equals_ignoring_case(later->name, field->name)) {
                value += ", " + latin1_to_utf8(unfold(later->value));
            }
        }
        json += json.size() == 1 ? "" : ", ";
        model::append_python_json_string(json, field->name);
        json += ": ";
        model::append_python_json_string(json, value);
    }
    json += '}';
    return json;
}

std::string decode_body(std::string_view head, std::string_view body, std::size_t limit) {
    std::string decoded(body);
    std::string_view codings = find_header(head, "content-encoding");
    while (!codings.empty() && !decoded.empty()) {  // the last applied is undone first
        const std::size_t comma = codings.rfind(',');
        const std::string_view coding =
            trim_field(comma == std::string_view::npos ? codings : codings.substr(comma + 1));
        decoded = undo_coding(decoded, coding, limit);
        codings = comma == std::string_view::npos ? std::string_view() : codings.substr(0, comma);
    }
    decoded.resize(std::min(decoded.size(), limit));
    return std::string(strip(to_utf8(decoded, find_header(head, "content-type"))));
}

}  // namespace galileo::http
