#include "cli/command_recorder.h"

#include <fmt/format.h>

#include <utility>

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

namespace {

Result<model::Json> metadata_object(std::string_view text) {
    auto metadata = TRY(model::parse_json(text));
    if (!metadata.is_object()) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("expected a JSON object, such as {{\"variant\": \"a\"}}, got {}",
                                 metadata.type_name()));
    }
    return metadata;
}

}  // namespace

Manual RecorderCommand::manual() const {
    Manual manual{
        .name = "recorder",
        .group = "Run load",
        .summary = "record what workers and hosts publish, as an experiment",
        .usage = "[OPTIONS]",
        .description =
            {"Adds an experiment to the database and stores under its id the traces, events and "
             "telemetry that are published from then on, and what the hosts "
             "say about themselves. It runs until SIGTERM or SIGINT, then stores the rest and "
             "marks the experiment as finished. Traces come from workers with "
             "--trace-logging redis.",
             "The first line on stdout is the experiment's id, printed once everything that is "
             "published is recorded; the last is a JSON object with the numbers of "
             "rows stored, of messages refused because they could not be read, and of rows lost "
             "because the database failed."},
        .examples = {{"galileo recorder --name night --metadata '{\"variant\": \"a\"}'",
                      "record until Ctrl-C"}},
        .environment = redis_environment(),
        .exit_codes = {{"0", "stopped by SIGTERM or SIGINT; what came is stored"},
                       {"1", "Redis or the database cannot be used"}},
        .see_also = {"worker", "telemd", "run"},
    };
    for (auto& entry : database_environment()) {
        manual.environment.push_back(std::move(entry));
    }
    return manual;
}

void RecorderCommand::declare(CLI::App& app) {
    add_value(app, "--name", flags_.name, any_text, {"NAME", "name of the experiment", "its id"});
    add_value(app, "--creator", flags_.creator, any_text,
              {"NAME", "who made it", "galileodb-recorder-PID"});
    add_value(app, "--metadata", flags_.metadata, metadata_object,
              {"JSON", "object to store with it; exp_id is added"});
    declare_redis(app, flags_.redis);
    declare_log_level(app);
}

Result<ExitCode> RecorderCommand::run(Context& context) {
    return function_(flags_, context);
}

}  // namespace galileo::cli
