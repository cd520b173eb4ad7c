#pragma once

#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// `galileo shell`: becomes a Python that runs package galileo's shell.
class ShellCommand final : public Command {
  public:
    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    std::string source_;  ///< a file to run; empty: interactive
    std::string redis_;
    std::string python_;  ///< empty: that of the virtual environment, else the system's
};

}  // namespace galileo::cli
