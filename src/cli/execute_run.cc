#include <unistd.h>

#include "base/signals.h"
#include "cli/common_flags.h"
#include "cli/execute.h"
#include "cli/run_spec.h"
#include "coord/redis_address.h"
#include "experiment/runner.h"
#include "report/summary_json.h"
#include "report/summary_text.h"
#include "report/terminal.h"
#include "report/views.h"
#include "store/open_store.h"

namespace galileo::cli {

namespace {

report::ProgressStyle style_of(const RunFlags& flags) {
    if (flags.quiet) {
        return report::ProgressStyle::kNone;
    }
    switch (flags.progress) {
        case ProgressForm::kAuto:
            return report::ProgressStyle::kAuto;
        case ProgressForm::kPlain:
            return report::ProgressStyle::kPlain;
        case ProgressForm::kJson:
            return report::ProgressStyle::kJson;
        case ProgressForm::kNone:
            return report::ProgressStyle::kNone;
    }
    return report::ProgressStyle::kNone;
}

report::ColourChoice choice_of(Colour colour) {
    switch (colour) {
        case Colour::kAuto:
            return report::ColourChoice::kAuto;
        case Colour::kAlways:
            return report::ColourChoice::kAlways;
        case Colour::kNever:
            return report::ColourChoice::kNever;
    }
    return report::ColourChoice::kAuto;
}

/// The first signal asks for the summary, every further one gives up what is in flight.
class SignalWish {
  public:
    explicit SignalWish(base::SignalInbox& inbox) : inbox_(inbox) {}

    experiment::StopWish operator()(std::chrono::milliseconds patience) {
        if (!inbox_.wait(patience)) {
            return experiment::StopWish::kNone;
        }
        return ++signals_ == 1 ? experiment::StopWish::kGraceful : experiment::StopWish::kAbort;
    }

  private:
    base::SignalInbox& inbox_;
    int signals_ = 0;
};

void print_summary(const RunFlags& flags, const experiment::RunSummary& summary, Context& context) {
    switch (flags.summary) {
        case SummaryForm::kNone:
            return;
        case SummaryForm::kJson:
            context.out << report::summary_json_text(summary) << '\n';
            break;
        case SummaryForm::kText: {
            const auto traits =
                report::detect_traits(STDOUT_FILENO, context.environment, choice_of(flags.colour));
            context.out << (flags.quiet ? report::verdict_text(summary, traits)
                                        : report::summary_text(summary, traits));
            break;
        }
    }
    context.out.flush();
}

}  // namespace

Result<ExitCode> execute_run(const RunFlags& flags, Context& context) {
    const auto spec = spec_of(flags);
    if (!spec) {
        context.err << "galileo: " << spec.error().message() << '\n';
        return ExitCode::kInvalidSpec;
    }
    experiment::RunnerOptions options;
    if (!flags.redis.empty()) {
        options.redis = TRY(coord::running_redis(flags.redis, context.environment));
    }
    if (const auto checked = experiment::check_routes(*spec, options); !checked) {
        context.err << "galileo: " << checked.error().message() << '\n';
        return ExitCode::kInvalidSpec;
    }
    raise_open_file_limit();
    auto inbox = TRY(base::SignalInbox::open());
    options.wait = SignalWish(inbox);
    const std::string driver = context.environment.get("galileo_expdb_driver", "sqlite");
    if (driver != "sqlite") {
        options.open_store = [&context] { return store::open_store(context.environment); };
        options.store_name = driver + " (galileo_expdb_*)";
    }
    options.spec_file = flags.spec_path;
    options.user = context.environment.get("USER", "galileo");
    report::FdTerminal terminal(STDERR_FILENO, context.environment, choice_of(flags.colour));
    auto view = report::make_progress_view(style_of(flags), terminal);
    auto summary = experiment::run_experiment(*spec, options, *view, base::system_clock());
    view.reset();
    if (!summary) {
        // Flags and file were right: what is wrong now is what they met.
        const bool cancelled = summary.error().code() == ErrorCode::kCancelled;
        context.err << "galileo: " << summary.error().message() << '\n';
        return cancelled ? ExitCode::kAborted : ExitCode::kFailure;
    }
    print_summary(flags, *summary, context);
    return static_cast<ExitCode>(summary->exit_code);
}

}  // namespace galileo::cli
