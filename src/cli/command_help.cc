#include "cli/command_help.h"

#include "cli/flags.h"
#include "cli/help.h"

namespace galileo::cli {

Manual HelpCommand::manual() const {
    return {
        .name = "help",
        .group = "Help",
        .summary = "show the page of a command, or of galileo itself",
        .usage = "[COMMAND]",
        .description = {"With --markdown all pages are written as Markdown, one file each; the "
                        "project's docs/cli is made this way."},
        .examples = {{"galileo help run", "everything about run"},
                     {"galileo help --markdown docs/cli", "make the pages of docs/cli anew"}},
        .environment = {},
        .exit_codes = {},
        .see_also = {},
    };
}

void HelpCommand::declare(CLI::App& app) {
    add_value(app, "COMMAND", topic_, any_text, {"", "the command to explain; none: an overview"});
    add_value(app, "--markdown", markdown_directory_, any_text,
              {"DIR", "write all pages into this folder instead"});
}

Result<ExitCode> HelpCommand::run(Context& context) {
    const auto commands = all_commands();
    if (!markdown_directory_.empty()) {
        TRY(write_markdown(commands, markdown_directory_));
        return ExitCode::kSuccess;
    }
    if (topic_.empty()) {
        context.out << to_text(overview_page(commands));
        return ExitCode::kSuccess;
    }
    std::vector<std::string> known;
    for (const auto& command : commands) {
        known.push_back(command->manual().name);
        if (known.back() == topic_) {
            context.out << to_text(help_page(*command));
            return ExitCode::kSuccess;
        }
    }
    return not_one_of(topic_, known);
}

}  // namespace galileo::cli
