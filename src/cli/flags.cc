#include "cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace galileo::cli {

namespace {

/// Levenshtein distance: insertions, deletions and replacements between two texts.
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view given, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t best_distance = 3;  // two slips are a typing error, more are another word
    for (const auto& candidate : candidates) {
        const std::size_t distance = edit_distance(given, candidate);
        if (distance < best_distance && distance < candidate.size()) {
            best_distance = distance;
            best = candidate;
        }
    }
    if (best.empty() && given.size() >= 3) {
        const auto begun = std::find_if(
            candidates.begin(), candidates.end(),
            [given](const std::string& candidate) { return candidate.starts_with(given); });
        return begun == candidates.end() ? std::string() : *begun;
    }
    return best;
}

Error not_one_of(std::string_view given, const std::vector<std::string>& allowed) {
    const std::string near = nearest(given, allowed);
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("'{}' is not one of {}{}", given, fmt::join(allowed, ", "),
                             near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

Result<std::int64_t> WholeNumber::operator()(std::string_view text) const {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < lowest ||
        number > highest) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("'{}' is not a whole number from {} to {}", text, lowest, highest));
    }
    return number;
}

}  // namespace galileo::cli
