#include "cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include <CLI/CLI.hpp>

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

/// Gives `text` to `take`; its refusal names the first long one of `names`.
void take_or_refuse(const TakeText& take, const std::string& names, std::string_view text) {
    if (const auto taken = take(text); !taken) {
        const std::string longs = names.substr(std::min(names.find("--"), names.size()));
        // tidy: CLI11 takes refusals as exceptions; run_program() makes them messages.
        throw CLI::ValidationError(longs.empty() ? names : longs.substr(0, longs.find(',')),
                                   taken.error().message());
    }
}

}  // namespace

Flag Flag::group(const std::string& title) const {
    option_->group(title);
    return *this;
}

Flag Flag::required() const {
    option_->required();
    return *this;
}

Flag Flag::takes_all_words() const {
    option_->allow_extra_args(true);
    return *this;
}

Flag add_text(CLI::App& app, const std::string& names, TakeText take, const FlagText& text) {
    auto* option = app.add_option_function<std::string>(
        names,
        [take = std::move(take), names](const std::string& given) {
            take_or_refuse(take, names, given);
        },
        text.help);
    option->type_name(text.type);
    option->default_str(text.fallback);
    return Flag(*option);
}

Flag add_texts(CLI::App& app, const std::string& names, TakeText take, const FlagText& text) {
    auto* option = app.add_option_function<std::vector<std::string>>(
        names,
        [take = std::move(take), names](const std::vector<std::string>& given) {
            for (const auto& one : given) {
                take_or_refuse(take, names, one);
            }
        },
        text.help);
    option->allow_extra_args(false)->type_name(text.type);
    return Flag(*option);
}

Flag add_switch(CLI::App& app,
                const std::string& names,
                std::function<void()> turn_on,
                const std::string& help) {
    return Flag(*app.add_flag_callback(names, std::move(turn_on), help));
}

CLI::App& add_action(CLI::App& app,
                     const std::string& names,
                     const std::string& help,
                     const std::string& usage,
                     std::function<void()> chosen) {
    const std::size_t comma = names.find(',');
    auto* action = app.add_subcommand(names.substr(0, comma), help);
    if (comma != std::string::npos) {
        action->alias(names.substr(comma + 1));
    }
    action->set_help_flag();  // the help of the command explains all of them
    action->footer(usage);
    action->fallthrough();  // flags may stand behind the action
    action->callback(std::move(chosen));
    return *action;
}

void require_action(CLI::App& app) {
    app.require_subcommand(1);
}

void when_parsed(CLI::App& app, std::function<void()> done) {
    app.final_callback(std::move(done));
}

std::vector<std::string> given_flags(const CLI::App& app, std::string_view group_ending) {
    std::vector<std::string> given;
    for (const auto* option : app.get_options()) {
        if (option->count() > 0 && option->get_group().ends_with(group_ending)) {
            given.push_back("--" + option->get_lnames().front());
        }
    }
    return given;
}

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
