#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// How commands declare what they take. CLI11 parses it; only flags.cc, program.cc and
/// help_page.cc see CLI11 itself, which is slow to compile.
namespace galileo::cli {

/// What the help says about a flag.
struct FlagText {
    std::string type;           ///< name of the value: `DURATION`
    std::string help;           ///< sentence without full stop
    std::string fallback = {};  ///< the default, as the user would type it; empty: none is shown
};

/// A flag or an argument that was declared. A handle: valid as long as the app it was added to.
class Flag {
  public:
    explicit Flag(CLI::Option& option) : option_(&option) {}

    /// Puts it under this heading of the help.
    Flag group(const std::string& title) const;
    /// Ends the parsing with an error when it is not given.
    Flag required() const;
    /// Whether one mention takes all the words up to the next flag; else it takes one.
    Flag takes_all_words() const;

  private:
    CLI::Option* option_;
};

/// Stores the text of a flag, or refuses it: the message, behind the flag's name, ends the parsing.
using TakeText = std::function<Result<void>(std::string_view)>;

/// Adds a flag, or, when `names` has no dash, an argument, that takes one text.
Flag add_text(CLI::App& app, const std::string& names, TakeText take, const FlagText& text);
/// The same for one that may be repeated: `take` is called for each text.
Flag add_texts(CLI::App& app, const std::string& names, TakeText take, const FlagText& text);
/// Adds a switch without value.
Flag add_switch(CLI::App& app,
                const std::string& names,
                std::function<void()> turn_on,
                const std::string& help);

/// Adds an action: a word that stands first and has arguments of its own. `usage` is what follows
/// the word; `chosen` is called when it was given. The action belongs to `app`.
CLI::App& add_action(CLI::App& app,
                     const std::string& names,
                     const std::string& help,
                     const std::string& usage,
                     std::function<void()> chosen);
/// Demands one of the actions that were added.
void require_action(CLI::App& app);

/// Calls `done` once all flags have been taken.
void when_parsed(CLI::App& app, std::function<void()> done);
/// The first long name, with dashes, of every flag that was given and whose group ends like this.
std::vector<std::string> given_flags(const CLI::App& app, std::string_view group_ending);

/// Adds a flag whose text `parse` turns into a T (any callable from std::string_view to Result<T>).
/// `into` must outlive `app`.
template <typename T, typename Parse>
Flag add_value(
    CLI::App& app, const std::string& names, T& into, Parse parse, const FlagText& text) {
    return add_text(
        app, names,
        [&into, parse](std::string_view given) -> Result<void> {
            into = TRY(parse(given));
            return {};
        },
        text);
}

/// The same for a flag that may be repeated: each value is appended.
template <typename T, typename Parse>
Flag add_values(CLI::App& app,
                const std::string& names,
                std::vector<T>& into,
                Parse parse,
                const FlagText& text) {
    return add_texts(
        app, names,
        [&into, parse](std::string_view given) -> Result<void> {
            into.push_back(TRY(parse(given)));
            return {};
        },
        text);
}

/// Adds a switch that stores `on` in `into` when it is given.
template <typename T>
Flag add_switch(CLI::App& app, const std::string& names, T& into, T on, const std::string& help) {
    return add_switch(app, names, [&into, on] { into = on; }, help);
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
Flag add_choice(
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

/// A parser for numbers of type T within `range`, which T holds.
template <std::integral T>
auto number_within(WholeNumber range) {
    return
        [range](std::string_view given) -> Result<T> { return static_cast<T>(TRY(range(given))); };
}

/// Adds a flag that takes a whole number within [range.lowest, range.highest] and stores it in an
/// integer of any type that holds the range.
template <std::integral T>
Flag add_number(
    CLI::App& app, const std::string& names, T& into, WholeNumber range, FlagText text) {
    if (text.fallback.empty()) {
        text.fallback = std::to_string(into);
    }
    return add_value(app, names, into, number_within<T>(range), text);
}

/// The same for one that may be absent.
template <std::integral T>
Flag add_number(CLI::App& app,
                const std::string& names,
                std::optional<T>& into,
                WholeNumber range,
                const FlagText& text) {
    return add_value(app, names, into, number_within<T>(range), text);
}

/// Any text, as a parser for add_value().
inline Result<std::string> any_text(std::string_view text) {
    return std::string(text);
}

}  // namespace galileo::cli
