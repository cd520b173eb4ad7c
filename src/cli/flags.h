#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace galileo::cli {

/// What the help says about a flag.
struct FlagText {
    std::string type;           ///< name of the value: `DURATION`
    std::string help;           ///< sentence without full stop
    std::string fallback = {};  ///< the default, as the user would type it; empty: none is shown
};

/// Adds a flag whose text `parse` turns into a T (any callable from std::string_view to Result<T>).
/// A text that it refuses ends the parsing with its message, put behind the flag's name. `into`
/// must outlive `app`.
template <typename T, typename Parse>
CLI::Option* add_value(
    CLI::App& app, const std::string& names, T& into, Parse parse, FlagText text) {
    const std::string shown = names.substr(names.rfind(',') + 1);
    auto* option = app.add_option_function<std::string>(
        names,
        [&into, parse, shown](const std::string& given) {
            auto value = parse(std::string_view(given));
            if (!value) {
                // tidy: CLI11 takes refusals as exceptions; run_program() makes them messages.
                throw CLI::ValidationError(shown, value.error().message());
            }
            into = std::move(*value);
        },
        text.help);
    option->type_name(text.type);
    option->default_str(text.fallback);
    return option;
}

/// The same for a flag that may be repeated: each value is appended.
template <typename T, typename Parse>
CLI::Option* add_values(
    CLI::App& app, const std::string& names, std::vector<T>& into, Parse parse, FlagText text) {
    const std::string shown = names.substr(names.rfind(',') + 1);
    auto* option = app.add_option_function<std::vector<std::string>>(
        names,
        [&into, parse, shown](const std::vector<std::string>& given) {
            for (const auto& one : given) {
                auto value = parse(std::string_view(one));
                if (!value) {
                    // tidy: CLI11 takes refusals as exceptions; run_program() makes them messages.
                    throw CLI::ValidationError(shown, value.error().message());
                }
                into.push_back(std::move(*value));
            }
        },
        text.help);
    option->allow_extra_args(false)->type_name(text.type);
    return option;
}

/// Adds a switch without value that stores `on` in `into` when it is given.
template <typename T>
CLI::Option* add_switch(
    CLI::App& app, const std::string& names, T& into, T on, const std::string& help) {
    return app.add_flag_callback(names, [&into, on] { into = on; }, help);
}

/// The choices of a flag: what is typed, and what it means.
template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

/// The nearest of `candidates` to `given`, when one is near enough to be a typing error; else
/// empty.
std::string nearest(std::string_view given, const std::vector<std::string>& candidates);

/// kInvalidInput: `'xlm' is not one of text, json; did you mean ...?`
Error not_one_of(std::string_view given, const std::vector<std::string>& allowed);

/// Adds a flag that takes one of `choices`.
template <typename T>
CLI::Option* add_choice(
    CLI::App& app, const std::string& names, T& into, const Choices<T>& choices, FlagText text) {
    for (const auto& [name, value] : choices) {
        text.type += (text.type.empty() ? "" : "|") + name;
        if (value == into) {
            text.fallback = name;
        }
    }
    const auto parse = [choices](std::string_view given) -> Result<T> {
        std::vector<std::string> names_of_choices;
        for (const auto& [name, value] : choices) {
            if (name == given) {
                return value;
            }
            names_of_choices.push_back(name);
        }
        return not_one_of(given, names_of_choices);
    };
    return add_value(app, names, into, parse, std::move(text));
}

/// A whole number within [lowest, highest], as a parser for add_value().
struct WholeNumber {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    Result<std::int64_t> operator()(std::string_view text) const;
};

/// Adds a flag that takes a whole number within [range.lowest, range.highest] and stores it in an
/// integer of any type that holds the range.
template <typename T>
CLI::Option* add_number(
    CLI::App& app, const std::string& names, T& into, WholeNumber range, FlagText text) {
    if (text.fallback.empty()) {
        text.fallback = std::to_string(into);
    }
    return add_value(
        app, names, into,
        [range](std::string_view given) -> Result<T> { return static_cast<T>(TRY(range(given))); },
        std::move(text));
}

/// Any text, as a parser for add_value().
inline Result<std::string> any_text(std::string_view text) {
    return std::string(text);
}

}  // namespace galileo::cli
