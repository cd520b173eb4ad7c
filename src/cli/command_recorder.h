#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "model/json.h"

namespace galileo::cli {

/// What was typed after `galileo recorder`.
struct RecorderFlags {
    std::optional<std::string> name;     ///< absent: the experiment's id
    std::optional<std::string> creator;  ///< absent: `galileodb-recorder-<pid>`
    model::Json metadata;                ///< an object; null when not given
    std::string redis;                   ///< as --redis takes it; empty: from the environment
};

/// `galileo recorder`: records what is published until it is told to stop.
class RecorderCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const RecorderFlags& flags, Context& context);

    /// `function` does the work once the flags are read and checked.
    explicit RecorderCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

    [[nodiscard]] const RecorderFlags& flags() const noexcept { return flags_; }

  private:
    Function function_;
    RecorderFlags flags_;
};

}  // namespace galileo::cli
