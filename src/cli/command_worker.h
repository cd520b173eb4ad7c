#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/command.h"

namespace galileo::cli {

/// What was typed after `galileo worker`. Labels are not flags: they are the galileo_* variables of
/// the environment.
struct WorkerFlags {
    std::string name;                      ///< empty: galileo_worker_name, else the host name
    std::string redis;                     ///< as --redis takes it; empty: from the environment
    std::optional<std::uint64_t> threads;  ///< loops; absent: one for each processor
    std::string trace_logging;  ///< `file`, `redis`, `sql`, `none`; empty: galileo_trace_logging
    std::string journal_directory;  ///< empty: galileo_journal_dir
    std::optional<std::uint64_t>
        connections;  ///< open at once; absent: as many as descriptors allow
};

/// `galileo worker`: the load generator daemon.
class WorkerCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const WorkerFlags& flags, Context& context);

    /// `function` does the work once the flags are read and checked.
    explicit WorkerCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

    [[nodiscard]] const WorkerFlags& flags() const noexcept { return flags_; }

  private:
    Function function_;
    WorkerFlags flags_;
};

}  // namespace galileo::cli
