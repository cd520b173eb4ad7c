#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// What was typed after `galileo app`.
struct AppFlags {
    enum class Action : std::uint8_t { kList, kDeploy, kRemove };

    Action action = Action::kList;
    std::string path;  ///< of `deploy`: a directory or a zip archive
    std::string name;  ///< of `rm`
    std::string api;   ///< empty: from the environment or ~/.galileo-cli
};

/// `galileo app ACTION`: the client apps of a repository.
class AppCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const AppFlags& flags, Context& context);

    /// `function` does the work once the flags are read.
    explicit AppCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    Function function_;
    AppFlags flags_;
};

}  // namespace galileo::cli
