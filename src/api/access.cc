#include "api/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace galileo::api {

namespace {

constexpr std::size_t kShortestToken = 16;

/// Takes as long whatever the texts are, so that nobody can guess a token letter by letter.
bool equal_in_constant_time(std::string_view given, std::string_view secret) {
    unsigned difference = given.size() == secret.size() ? 0U : 1U;
    for (std::size_t i = 0; i < secret.size(); ++i) {
        const char other = given.empty() ? '\0' : given[i % given.size()];
        difference |= static_cast<unsigned char>(other) ^ static_cast<unsigned char>(secret[i]);
    }
    return difference == 0;
}

/// `host:port` without the port; IPv6 without its brackets.
std::string_view host_part(std::string_view authority) {
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
    }
    return authority.substr(0, authority.find(':'));
}

Result<Role> parse_role(std::string_view name) {
    for (const auto& [known, role] :
         {std::pair{"viewer", Role::kViewer}, std::pair{"operator", Role::kOperator},
          std::pair{"admin", Role::kAdmin}}) {
        if (name == known) {
            return role;
        }
    }
    return Error(ErrorCode::kInvalidInput, "the role is not one of viewer, operator, admin");
}

}  // namespace

Result<std::vector<Token>> parse_tokens(std::string_view text) {
    std::vector<Token> tokens;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        std::istringstream stream(line);
        std::vector<std::string> words;
        for (std::string word; stream >> word;) {
            words.push_back(std::move(word));
        }
        if (words.empty() || words[0].starts_with('#')) {
            continue;
        }
        const std::string where = fmt::format("line {}", number);
        if (words.size() > 2) {
            return Error(ErrorCode::kInvalidInput, where + ": want `TOKEN` or `ROLE TOKEN`");
        }
        Token token{words.back(), Role::kAdmin};
        if (words.size() == 2) {
            token.role = TRY_WITHIN(where, parse_role(words[0]));
        }
        if (token.text.size() < kShortestToken) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("{}: a token of {} characters; want {} or more, for example "
                                     "from `openssl rand -hex 24`",
                                     where, token.text.size(), kShortestToken));
        }
        tokens.push_back(std::move(token));
    }
    if (tokens.empty()) {
        return Error(ErrorCode::kInvalidInput, "there is no token in it");
    }
    return tokens;
}

bool is_loopback(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    if (same_word(host, "localhost") || host == "::1") {
        return true;
    }
    // A name like 127.evil.example is not an address.
    return host.starts_with("127.") &&
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool Access::knows_host(const Request& request) const {
    const std::string_view given = request.header("Host");
    if (options_.host_check == Options::HostCheck::kNone || given.empty()) {
        return true;  // HTTP/1.0 may lack it, browsers do not
    }
    const std::string_view host = host_part(given);
    return is_loopback(host) ||
           std::any_of(options_.hosts.begin(), options_.hosts.end(),
                       [host](const std::string& known) { return same_word(known, host); });
}

bool Access::trusts_origin(const Request& request) const {
    const std::string_view origin = request.header("Origin");
    if (origin.empty()) {
        return true;  // no browser, or a page of this server
    }
    const auto authority_at = origin.find("://");
    if (authority_at != std::string_view::npos) {
        const std::string_view authority = origin.substr(authority_at + 3);
        if (authority == request.header("Host") || is_loopback(host_part(authority))) {
            return true;
        }
    }
    return std::any_of(
        options_.origins.begin(), options_.origins.end(),
        [origin](const std::string& known) { return known == "*" || same_word(known, origin); });
}

Access::Verdict Access::check(const Request& request, Role needed) const {
    if (!knows_host(request)) {
        return Verdict::kForeignHost;
    }
    const std::string_view authorization = request.header("Authorization");
    constexpr std::string_view kBearer = "Bearer ";
    if (!options_.tokens.empty() && authorization.size() > kBearer.size() &&
        same_word(authorization.substr(0, kBearer.size()), kBearer)) {
        const std::string_view given = authorization.substr(kBearer.size());
        const Token* found = nullptr;
        for (const auto& token : options_.tokens) {
            if (equal_in_constant_time(given, token.text)) {
                found = &token;
            }
        }
        if (found == nullptr) {
            return Verdict::kWrongToken;
        }
        return found->role >= needed ? Verdict::kAllowed : Verdict::kForbidden;
    }
    if (options_.anonymous < needed) {
        return Verdict::kNoToken;
    }
    return needed <= Role::kViewer || trusts_origin(request) ? Verdict::kAllowed
                                                             : Verdict::kForeignOrigin;
}

}  // namespace galileo::api
