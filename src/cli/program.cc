#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "cli/flags.h"
#include "cli/help.h"

namespace galileo::cli {

namespace {

ExitCode fail(Context& context, const std::string& message, const std::string& hint) {
    context.err << "galileo: " << message << '\n';
    if (!hint.empty()) {
        context.err << hint << '\n';
    }
    context.err.flush();
    return ExitCode::kUsage;
}

/// The deepest action that was named: flags that were not understood belong to it.
const CLI::App& parsed_app(const CLI::App& app) {
    const auto actions = app.get_subcommands();
    return actions.empty() ? app : parsed_app(*actions.front());
}

std::string describe(const CLI::ParseError& error, const CLI::App& app) {
    const CLI::App& deepest = parsed_app(app);
    const auto left_over = app.remaining(true);
    std::vector<std::string> actions;
    for (const auto* action : deepest.get_subcommands({})) {
        actions.push_back(action->get_name());
    }
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && left_over.empty() &&
        !actions.empty()) {
        return fmt::format("an action is required: {}", fmt::join(actions, ", "));
    }
    const bool about_words = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                             dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (!about_words || left_over.empty()) {
        return error.what();
    }
    const std::string& given = left_over.front();
    if (!given.starts_with('-') && !actions.empty()) {
        return "action " + not_one_of(given, actions).message();
    }
    std::vector<std::string> known;
    if (given.starts_with('-')) {
        for (const auto* level = &deepest; level != nullptr; level = level->get_parent()) {
            for (const auto* option : level->get_options()) {
                for (const auto& name : option->get_lnames()) {
                    known.push_back("--" + name);
                }
            }
        }
    }
    const std::string name = given.substr(0, given.find('='));
    const std::string near = nearest(name, known);
    return fmt::format("{} '{}'{}", given.starts_with('-') ? "unknown flag" : "unexpected argument",
                       name, near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

/// The level in the environment is the default of every command; a flag overrides it later.
Result<void> apply_log_level(const base::Environment& environment) {
    const auto name = environment.find("galileo_logging_level");
    if (!name || name->empty()) {
        return {};
    }
    const auto level = base::parse_log_level(*name);
    if (!level) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("galileo_logging_level: '{}' is not one of DEBUG, INFO, WARN, ERROR, OFF",
                        *name));
    }
    base::set_log_level(*level);
    return {};
}

ExitCode run_command(Command& command,
                     const std::vector<std::string>& arguments,
                     Context& context) {
    const std::string name = command.manual().name;
    const std::string hint = fmt::format("Try 'galileo {} --help'.", name);
    CLI::App app;
    declare_command(command, app);
    std::vector<std::string> reversed(arguments.rbegin(),
                                      arguments.rend());  // CLI11 takes them from the back
    try {
        app.parse(reversed);
    } catch (const CLI::CallForHelp&) {
        context.out << to_text(help_page(command));
        return ExitCode::kSuccess;
    } catch (const CLI::ParseError& error) {
        return fail(context, fmt::format("{}: {}", name, describe(error, app)), hint);
    }
    auto result = command.run(context);
    if (!result) {
        const ExitCode code = exit_code_of(result.error());
        fail(context, fmt::format("{}: {}", name, result.error().message()),
             code == ExitCode::kUsage ? hint : "");
        return code;
    }
    return *result;
}

ExitCode show_help(const std::vector<std::unique_ptr<Command>>& commands, Context& context) {
    context.out << to_text(overview_page(commands));
    return ExitCode::kSuccess;
}

}  // namespace

ExitCode run_program(const std::vector<std::unique_ptr<Command>>& commands,
                     const std::vector<std::string>& arguments,
                     Context& context) {
    if (auto applied = apply_log_level(context.environment); !applied) {
        return fail(context, applied.error().message(), "");
    }
    if (arguments.empty()) {
        context.err << to_text(overview_page(commands));
        return ExitCode::kUsage;
    }
    const std::string& name = arguments.front();
    if (name == "--debug" || name == "--no-debug") {  // of the original, before the command
        if (name == "--debug") {
            base::set_log_level(base::LogLevel::kDebug);
            context.out << "Debug mode is on\n";
        }
        return run_program(commands, {arguments.begin() + 1, arguments.end()}, context);
    }
    if (name == "-h" || name == "--help") {
        return show_help(commands, context);
    }
    if (name == "-V" || name == "--version") {
        context.out << "galileo " << GALILEO_VERSION << '\n';
        return ExitCode::kSuccess;
    }
    std::vector<std::string> known;
    for (const auto& command : commands) {
        known.push_back(command->manual().name);
        if (known.back() == name) {
            return run_command(*command, {arguments.begin() + 1, arguments.end()}, context);
        }
    }
    const std::string near = nearest(name, known);
    return fail(context,
                fmt::format("unknown {} '{}'{}", name.starts_with('-') ? "flag" : "command", name,
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)),
                "Try 'galileo --help'.");
}

}  // namespace galileo::cli
