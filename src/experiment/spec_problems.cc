#include "experiment/spec_problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "experiment/spec_keys.h"

namespace galileo::experiment {

namespace {

constexpr std::size_t kMostKept = 1000;  // then the rest is only counted

bool holds(std::string_view outer, std::string_view inner) {
    return inner.size() > outer.size() && inner.starts_with(outer) &&
           (inner[outer.size()] == '.' || inner[outer.size()] == '[');
}

/// The key of what holds `key`: without its last part.
std::string parent_of(const std::string& key) {
    const std::size_t end = key.find_last_of(".[");
    return end == std::string::npos ? std::string() : key.substr(0, end);
}

}  // namespace

void SpecProblems::place(const std::string& key, const SpecNode& node) {
    places_.insert_or_assign(key, Place{node.line, node.column});
}

void SpecProblems::unreadable(const SpecNode& node, const std::string& key, std::string message) {
    silence(key);
    add(Place{node.line, node.column}, key, std::move(message));
}

void SpecProblems::broken(const std::string& key, std::string message) {
    if (!is_silenced(key)) {
        add(nearest_place(key), key, std::move(message));
    }
}

void SpecProblems::add(Place place, const std::string& key, std::string message) {
    if (problems_.size() >= kMostKept) {
        ++left_out_;
        return;
    }
    problems_.push_back({place.line, place.column, key, std::move(message)});
}

bool SpecProblems::is_silenced(const std::string& key) const {
    for (auto inner = unreadable_.lower_bound(key);
         inner != unreadable_.end() && inner->starts_with(key); ++inner) {
        if (*inner == key || holds(key, *inner)) {
            return true;
        }
    }
    for (std::string outer = parent_of(key); !outer.empty(); outer = parent_of(outer)) {
        if (unreadable_.contains(outer)) {
            return true;
        }
    }
    return false;
}

SpecProblems::Place SpecProblems::nearest_place(std::string key) const {
    while (true) {
        const auto found = places_.find(key);
        if (found != places_.end()) {
            return found->second;
        }
        if (key.empty()) {
            return {};
        }
        key = parent_of(key);
    }
}

SpecDiagnostics SpecProblems::finish(std::string_view file) && {
    std::sort(problems_.begin(), problems_.end(), [](const auto& left, const auto& right) {
        return std::tie(left.line, left.column, left.key, left.message) <
               std::tie(right.line, right.column, right.key, right.message);
    });
    SpecDiagnostics result;
    result.file = file;
    result.left_out = left_out_;
    if (problems_.size() > SpecDiagnostics::kLimit) {
        result.left_out += problems_.size() - SpecDiagnostics::kLimit;
        problems_.resize(SpecDiagnostics::kLimit);
    }
    result.problems = std::move(problems_);
    return result;
}

std::string SpecDiagnostics::to_text() const {
    std::string text;
    for (const auto& problem : problems) {
        text += file;
        if (problem.line > 0) {
            text += fmt::format("{}{}:{}", file.empty() ? "" : ":", problem.line, problem.column);
        }
        if (!text.empty() && text.back() != '\n') {
            text += ": ";
        }
        text += problem.key.empty() ? problem.message + "\n"
                                    : fmt::format("{}: {}\n", problem.key, problem.message);
    }
    if (left_out > 0) {
        text += fmt::format("… and {} more\n", left_out);
    }
    if (!text.empty()) {
        text.pop_back();
    }
    return text;
}

std::string allowed_values(std::string_view section, std::string_view key) {
    const auto& keys = spec_section(section).keys;
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const auto& each) { return each.name == key; });
    GALILEO_ASSERT(found != keys.end());
    std::string plain;
    std::string_view rest = found->value;
    while (!rest.empty()) {
        const char front = rest.front();
        if (rest.starts_with("](")) {  // a link: keep its words
            const std::size_t end = rest.find(')');
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            continue;
        }
        // `[` opens a link, unless it stands in code.
        const bool in_code = std::count(plain.begin(), plain.end(), '\'') % 2 == 1;
        if (front == '`') {
            plain += '\'';
        } else if (front != '[' || in_code) {
            plain += front;
        }
        rest.remove_prefix(1);
    }
    return plain;
}

}  // namespace galileo::experiment
