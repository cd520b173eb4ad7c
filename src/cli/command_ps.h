#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// `galileo ps`: the workers that are registered and the runs that go on.
class PsCommand final : public Command {
  public:
    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    enum class Form : std::uint8_t { kText, kJson };
    Form form_ = Form::kText;
    std::string redis_;
    std::chrono::nanoseconds sample_ = std::chrono::milliseconds(2200);
};

}  // namespace galileo::cli
