#pragma once

#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// What was typed after `galileo experimentd`.
struct ExperimentdFlags {
    std::string name;   ///< empty: the host's
    std::string redis;  ///< as --redis takes it; empty: from the environment
};

/// `galileo experimentd`: runs queued experiments until it is told to stop.
class ExperimentdCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const ExperimentdFlags& flags, Context& context);

    /// `function` does the work once the flags are read and checked.
    explicit ExperimentdCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

    [[nodiscard]] const ExperimentdFlags& flags() const noexcept { return flags_; }

  private:
    Function function_;
    ExperimentdFlags flags_;
};

}  // namespace galileo::cli
