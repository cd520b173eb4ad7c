#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"

namespace galileo::cli {

/// A titled list of terms with their explanations; a term may be empty for a plain paragraph.
struct HelpSection {
    std::string title;
    std::vector<HelpEntry> entries;
};

/// A page of help before it takes a form; every form is made from this one source.
struct HelpPage {
    std::string name;                ///< `galileo target`
    std::string summary;             ///< one line
    std::vector<std::string> usage;  ///< whole command lines
    std::vector<std::string> description;
    std::vector<HelpSection> sections;
    std::vector<HelpEntry> examples;
    std::vector<std::string> see_also;  ///< whole names: `galileo worker`
};

/// Gives `app` the flag --help and all that the command declares.
void declare_command(Command& command, CLI::App& app);

/// The page of one command, made from its manual and from what it declares.
HelpPage help_page(Command& command);
/// The page of `galileo` itself: all commands by group, variables, exit codes.
HelpPage overview_page(const std::vector<std::unique_ptr<Command>>& commands);

/// For a terminal: at most `width` columns where the words allow it.
std::string to_text(const HelpPage& page, std::size_t width = 80);
/// For docs/cli.
std::string to_markdown(const HelpPage& page);

/// Every page as Markdown, by file name: `galileo.md`, `target.md`, ...
std::vector<std::pair<std::string, std::string>> markdown_files(
    const std::vector<std::unique_ptr<Command>>& commands);
/// Writes them into `directory`, which is made when missing.
Result<void> write_markdown(const std::vector<std::unique_ptr<Command>>& commands,
                            const std::string& directory);

}  // namespace galileo::cli
