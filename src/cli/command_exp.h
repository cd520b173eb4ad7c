#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "report/row_export.h"

namespace galileo::cli {

/// What was typed after `galileo exp`.
struct ExpFlags {
    enum class Action : std::uint8_t { kList, kShow, kRemove, kExport, kStop };
    enum class Form : std::uint8_t { kText, kJson };
    enum class Consent : std::uint8_t { kAsk, kGiven };

    Action action = Action::kList;
    Form form = Form::kText;
    Consent consent = Consent::kAsk;  ///< to removing
    std::string status;               ///< of `ls`: only these; empty: all
    std::string id;                   ///< of `show` and `export`
    std::vector<std::string> ids;     ///< of `rm` and `stop`
    std::string redis;  ///< of `stop`, as --redis takes it; empty: from the environment
    report::RowTable table = report::RowTable::kTraces;
    report::RowFormat format = report::RowFormat::kCsv;
    std::vector<std::string> conditions;  ///< as typed: the columns depend on the table
    std::optional<std::uint64_t> rows_max;
    std::string output;  ///< a path; empty: stdout
};

/// `galileo exp ACTION`: looks into the experiment database.
class ExpCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const ExpFlags& flags, Context& context);

    /// `function` does the work once the flags are read.
    explicit ExpCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    void declare_export(CLI::App& app);

    Function function_;
    ExpFlags flags_;
};

}  // namespace galileo::cli
