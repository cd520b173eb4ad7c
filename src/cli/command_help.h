#pragma once

#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// `galileo help [COMMAND]`: shows a page, or writes all of them as Markdown.
class HelpCommand final : public Command {
  public:
    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    std::string topic_;
    std::string markdown_directory_;
};

}  // namespace galileo::cli
