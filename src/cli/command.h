#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "cli/exit_code.h"

namespace CLI {
class App;
}

namespace galileo::cli {

/// What a command reads and writes besides its arguments. Borrowed: outlives the command.
struct Context {
    const base::Environment& environment;
    std::ostream& out;  ///< results
    std::ostream& err;  ///< progress, warnings, errors
};

/// A line of help: a command or a name, and what it does or means.
struct HelpEntry {
    std::string term;
    std::string text;
};

/// What the help says about a command besides its options, which it takes from declare().
struct Manual {
    std::string name;                      ///< as typed after `galileo`
    std::string group;                     ///< heading in the overview
    std::string summary;                   ///< one line, lower case, no full stop
    std::string usage;                     ///< what follows the name: `[OPTIONS] SPEC`
    std::vector<std::string> description;  ///< paragraphs
    std::vector<HelpEntry> examples;       ///< command line, and what it does
    std::vector<HelpEntry> environment;    ///< variables it reads
    std::vector<HelpEntry> exit_codes;     ///< besides 0, 1 and 2
    std::vector<std::string> see_also;     ///< names of other commands; unknown ones are left out
};

/// A sub-command: says what it takes, then runs once. Thread-compatible.
class Command {
  public:
    virtual ~Command() = default;

    [[nodiscard]] virtual Manual manual() const = 0;

    /// Adds its options and positionals to `app`; their values land in this object, which outlives
    /// `app`.
    virtual void declare(CLI::App& app) = 0;

    /// Does the work, once `app` has been parsed. An error is printed by the caller and ends with
    /// exit_code_of().
    virtual Result<ExitCode> run(Context& context) = 0;
};

/// All commands, in the order of the overview.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace galileo::cli
