#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// What was typed after `galileo dev`.
struct DevFlags {
    std::uint64_t workers = 1;
    std::uint64_t threads = 1;  ///< loops of each worker
    std::uint16_t port = 0;     ///< TCP port of the private Redis on loopback; 0: a free one
    std::string
        directory;  ///< Redis' and the workers' files; empty: a temporary one, removed at the end
};

/// `galileo dev`: Redis and workers in one command, for one machine.
class DevCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const DevFlags& flags, Context& context);

    /// `function` does the work once the flags are read and checked.
    explicit DevCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

    [[nodiscard]] const DevFlags& flags() const noexcept { return flags_; }

  private:
    Function function_;
    DevFlags flags_;
};

}  // namespace galileo::cli
