#pragma once

#include <optional>
#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// What was typed after `galileo telemd`.
struct TelemdFlags {
    std::string name;                   ///< of the node; empty: telemd_nodename, or the host's
    std::string redis;                  ///< as --redis takes it; empty: from the environment
    std::optional<std::string> config;  ///< ini file; absent: /etc/telemd/config.ini if there
};

/// `galileo telemd`: publishes this host's telemetry until it is told to stop.
class TelemdCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const TelemdFlags& flags, Context& context);

    /// `function` does the work once the flags are read and checked.
    explicit TelemdCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

    [[nodiscard]] const TelemdFlags& flags() const noexcept { return flags_; }

  private:
    Function function_;
    TelemdFlags flags_;
};

}  // namespace galileo::cli
