#include "target/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "http/fields.h"
#include "http/gzip.h"

namespace galileo::target {

namespace {

constexpr std::size_t kChunkBytes = 16UL * 1024;

std::string in_chunks(std::string_view body) {
    std::string framed;
    while (!body.empty()) {
        const std::string_view chunk = body.substr(0, kChunkBytes);
        framed += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
        body.remove_prefix(chunk.size());
    }
    return framed + "0\r\n\r\n";
}

bool redirects(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string render_head(const AnswerChoice& choice,
                        Framing framing,
                        std::string_view content_type,
                        std::size_t length) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\nServer: galileo-target\r\n", choice.status,
                                   reason_of(choice.status));
    const auto out = std::back_inserter(head);
    if (redirects(choice.status)) {
        fmt::format_to(out, "Location: /\r\n");
    }
    if (choice.status == 401) {
        fmt::format_to(out, "WWW-Authenticate: Basic realm=\"target\"\r\n");
    }
    if (has_body(choice.status)) {
        fmt::format_to(out, "Content-Type: {}\r\n", content_type);
        if (choice.coding == Coding::kGzip) {
            fmt::format_to(out, "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
        }
        if (framing == Framing::kChunked) {
            fmt::format_to(out, "Transfer-Encoding: chunked\r\n");
        } else {
            fmt::format_to(out, "Content-Length: {}\r\n", length);
        }
    }
    fmt::format_to(out, "Connection: {}\r\n\r\n",
                   choice.persistence == Persistence::kClose ? "close" : "keep-alive");
    return head;
}

}  // namespace

AnswerSheet::AnswerSheet(const Options& options) {
    const std::string text = sample_text(options.body_bytes);
    const std::string packed = options.coding == Coding::kGzip ? http::gzip(text) : std::string();
    const auto add = [&](Coding coding, const std::string& body) {
        for (const int status : options.statuses.statuses()) {
            for (const auto persistence : {Persistence::kKeepAlive, Persistence::kClose}) {
                const AnswerChoice choice{status, coding, persistence};
                heads_[choice] = render_head(choice, options.framing, "text/plain", body.size());
            }
        }
        return options.framing == Framing::kChunked ? in_chunks(body) : body;
    };
    identity_body_ = add(Coding::kIdentity, text);
    if (options.coding == Coding::kGzip) {
        gzip_body_ = add(Coding::kGzip, packed);
    }
}

Answer AnswerSheet::fixed(const AnswerChoice& choice) const {
    const auto found = heads_.find(choice);
    GALILEO_ASSERT(found != heads_.end());
    if (!has_body(choice.status)) {
        return {found->second, {}};
    }
    return {found->second, choice.coding == Coding::kGzip ? gzip_body_ : identity_body_};
}

OwnedAnswer render_answer(const AnswerChoice& choice,
                          Framing framing,
                          std::string_view content_type,
                          std::string body) {
    if (!has_body(choice.status)) {
        return {render_head(choice, framing, content_type, 0), {}};
    }
    if (choice.coding == Coding::kGzip) {
        body = http::gzip(body);
    }
    std::string head = render_head(choice, framing, content_type, body.size());
    return {std::move(head), framing == Framing::kChunked ? in_chunks(body) : std::move(body)};
}

std::string sample_text(std::uint64_t length) {
    constexpr std::string_view kLine = "The quick brown fox jumps over the lazy dog.\n";
    std::string text;
    text.reserve(length);
    while (text.size() < length) {
        text += kLine.substr(0, std::min<std::size_t>(kLine.size(), length - text.size()));
    }
    return text;
}

std::string_view reason_of(int status) {
    static const std::map<int, std::string_view> kReasons = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    const auto found = kReasons.find(status);
    return found == kReasons.end() ? "Status" : found->second;
}

bool has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

bool accepts_gzip(std::string_view accept_encoding) {
    bool by_wildcard = false;
    while (!accept_encoding.empty()) {
        const std::string_view item = accept_encoding.substr(0, accept_encoding.find(','));
        accept_encoding.remove_prefix(std::min(accept_encoding.size(), item.size() + 1));
        const auto semicolon = std::min(item.size(), item.find(';'));
        const std::string_view name = http::trim_field(item.substr(0, semicolon));
        // `;q=0`, `;q=0.000`: not acceptable; any other weight will do.
        const bool wanted = semicolon == item.size() ||
                            item.find_first_of("123456789", semicolon) != std::string_view::npos;
        if (http::equals_ignoring_case(name, "gzip")) {
            return wanted;
        }
        by_wildcard = by_wildcard || (name == "*" && wanted);
    }
    return by_wildcard;
}

std::string_view junk() {
    return "\x16\x03 this is not HTTP \x7f\r\nneither: is this\r\n";
}

}  // namespace galileo::target
