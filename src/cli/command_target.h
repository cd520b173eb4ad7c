#pragma once

#include "cli/command.h"
#include "target/options.h"

namespace galileo::cli {

/// `galileo target`: a sample service that answers as it is told.
class TargetCommand final : public Command {
  public:
    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    target::Options options_;
};

}  // namespace galileo::cli
