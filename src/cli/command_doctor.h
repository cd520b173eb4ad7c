#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// `galileo doctor`: checks this machine and says what to do about what it finds.
class DoctorCommand final : public Command {
  public:
    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    enum class Form : std::uint8_t { kText, kJson };
    Form form_ = Form::kText;
    std::string redis_;
};

}  // namespace galileo::cli
