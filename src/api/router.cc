#include "api/router.h"

#include <utility>

#include "base/ascii.h"

namespace galileo::api {

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const auto end = path.find('/');
        segments.push_back(path.substr(0, end));
        path.remove_prefix(end == std::string_view::npos ? path.size() : end);
    }
    return segments;
}

std::optional<std::string> decode_segment(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (i + 2 >= text.size()) {
            return std::nullopt;
        }
        const int high = base::hexadecimal_digit(text[i + 1]);
        const int low = base::hexadecimal_digit(text[i + 2]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

}  // namespace

void Router::add(std::string_view pattern, Endpoints endpoints) {
    Route route;
    for (const auto segment : segments_of(pattern)) {
        route.segments.emplace_back(segment);
    }
    route.endpoints = std::move(endpoints);
    routes_.push_back(std::move(route));
}

std::optional<Router::Match> Router::find(std::string_view path) const {
    if (!path.starts_with('/')) {
        return std::nullopt;
    }
    std::vector<std::string> segments;
    for (const auto segment : segments_of(path)) {
        auto decoded = decode_segment(segment);
        if (!decoded) {
            return std::nullopt;
        }
        segments.push_back(*std::move(decoded));
    }
    std::optional<Match> best;
    for (const auto& route : routes_) {
        if (route.segments.size() != segments.size()) {
            continue;
        }
        Match match{&route.endpoints, {}};
        bool fits = true;
        for (std::size_t i = 0; i < segments.size() && fits; ++i) {
            if (is_parameter(route.segments[i])) {
                fits = !segments[i].empty();
                match.parameters.push_back(segments[i]);
            } else {
                fits = route.segments[i] == segments[i];
            }
        }
        if (fits && (!best || match.parameters.size() < best->parameters.size())) {
            best = std::move(match);
        }
    }
    return best;
}

std::string methods_of(const Router::Endpoints& endpoints, WithOptions with_options) {
    std::string methods;
    for (const auto& [method, endpoint] : endpoints) {
        methods += (methods.empty() ? "" : ", ") + method;
    }
    return with_options == WithOptions::kYes ? methods + ", OPTIONS" : methods;
}

}  // namespace galileo::api
