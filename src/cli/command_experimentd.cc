#include "cli/command_experimentd.h"

#include <utility>

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

Manual ExperimentdCommand::manual() const {
    Manual manual{
        .name = "experimentd",
        .group = "Run load",
        .summary = "run queued experiments, one after the other",
        .usage = "[OPTIONS]",
        .description =
            {"Takes experiments from the queues in Redis, makes their load with the workers that "
             "are there, and records traces, telemetry and events of each into the database. "
             "Every request of its clients is accounted for in the metadata; workers need no flag. "
             "(The original's workers need galileo_trace_logging=redis.)",
             "No experiment is lost: an item stays in galileo:experiments:processing:NAME until "
             "its row says FINISHED or FAILED. What a daemon that was killed has begun is closed "
             "as FAILED by the next one, with the reason in the metadata; what it had not begun "
             "is run. Items that cannot be read go to the list galileo:experiments:dead.",
             "It runs until SIGTERM or SIGINT, or an item \"__POISON__\"; an experiment in "
             "progress ends as FAILED then, and its clients are closed."},
        .examples = {{"galileo experimentd", "run what is queued, until Ctrl-C"},
                     {"galileo experimentd --name second --log-level INFO",
                      "another one beside it, which shows what it does"}},
        .environment = redis_environment(),
        .exit_codes = {{"0", "stopped by SIGTERM, SIGINT or __POISON__"},
                       {"1",
                        "Redis or the database cannot be used, or another daemon has the "
                        "name"}},
        .see_also = {"worker", "recorder", "run"},
    };
    for (auto& entry : database_environment()) {
        manual.environment.push_back(std::move(entry));
    }
    return manual;
}

void ExperimentdCommand::declare(CLI::App& app) {
    add_value(app, "--name", flags_.name, any_text,
              {"NAME", "name of this daemon; no two share one", "the host name"});
    declare_redis(app, flags_.redis);
    declare_log_level(app);
}

Result<ExitCode> ExperimentdCommand::run(Context& context) {
    return function_(flags_, context);
}

}  // namespace galileo::cli
