#include "cli/command_exp.h"

#include <limits>

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

namespace {

std::vector<HelpEntry> exp_environment() {
    auto entries = database_environment();
    entries.push_back({"galileo_redis_*", "host, port, password, url: for stop"});
    entries.push_back({"TZ", "time zone of the times that are shown"});
    return entries;
}

}  // namespace

Manual ExpCommand::manual() const {
    return {
        .name = "exp",
        .group = "Results",
        .summary = "list, show, export, remove and stop experiments",
        .usage = "ACTION",
        .description =
            {"Reads the experiment database that the environment names; Redis is not needed, but "
             "for `stop`. A database that does not exist is an error, it is not made.",
             "`stop` takes queued experiments out of the queue and ends running ones (of galileo "
             "experimentd); their rows, where there are some, say FAILED then, and the metadata "
             "why.",
             "`export` writes the rows of one table in the order in which they were stored, "
             "however many there are. The columns have the names that they have in the database. "
             "In CSV, a field that is absent is nothing, an empty text \"\"; in JSON Lines, "
             "absent is null. When whoever reads the output has enough (`| head`), it ends well."},
        .examples = {{"galileo exp ls --status FINISHED", "what was recorded"},
                     {"galileo exp show 202611240231-133d --json", "one experiment, as JSON"},
                     {"galileo exp export 202611240231-133d -o traces.csv", "all its traces"},
                     {"galileo exp export 202611240231-133d --where STATUS=503 --limit 10",
                      "ten that failed"},
                     {"galileo exp stop 202611240231-133d", "no more of it"},
                     {"galileo exp rm --yes 202611240231-133d",
                      "forget it, with all that was recorded"}},
        .environment = exp_environment(),
        .exit_codes = {{"1",
                        "there is no such experiment or database, or the output cannot be "
                        "written"},
                       {"2", "wrong use, or rm without --yes where nobody can be asked"},
                       {"105", "rm: the answer was no; nothing was removed"}},
        .see_also = {"run", "recorder", "experimentd"},
    };
}

void ExpCommand::declare(CLI::App& app) {
    using Action = ExpFlags::Action;
    const auto chosen = [this](Action action) {
        return [this, action] { flags_.action = action; };
    };
    const auto add_json = [this](CLI::App& action) {
        add_switch(action, "--json", flags_.form, ExpFlags::Form::kJson, "print one JSON object");
    };
    require_action(app);
    auto& list = add_action(app, "ls", "list the experiments, the one added last at the end",
                            "[--status STATUS] [--json]", chosen(Action::kList));
    add_value(list, "--status", flags_.status, any_text,
              {"STATUS", "only those that are QUEUED, IN_PROGRESS, RUNNING, FINISHED or FAILED"});
    add_json(list);

    auto& show = add_action(app, "show", "show an experiment, and how much was recorded of what",
                            "ID [--json]", chosen(Action::kShow));
    add_value(show, "ID", flags_.id, any_text, {"", "the experiment"}).required();
    add_json(show);

    auto& remove = add_action(app, "rm", "remove experiments and all that was recorded about them",
                              "[--yes] ID...", chosen(Action::kRemove));
    add_values(remove, "ID", flags_.ids, any_text, {"", "the experiments"})
        .required()
        .takes_all_words();
    add_switch(remove, "-y,--yes", flags_.consent, ExpFlags::Consent::kGiven,
               "do not ask; needed where there is no terminal");
    declare_export(app);
    auto& stop = add_action(app, "stop", "stop running experiments, and take queued ones out",
                            "ID...", chosen(Action::kStop));
    add_values(stop, "ID", flags_.ids, any_text, {"", "the experiments"})
        .required()
        .takes_all_words();
    declare_redis(stop, flags_.redis);
    declare_log_level(app);
}

void ExpCommand::declare_export(CLI::App& app) {
    using report::RowFormat;
    using report::RowTable;
    auto& action = add_action(app, "export", "write the rows of an experiment", "ID [OPTIONS]",
                              [this] { flags_.action = ExpFlags::Action::kExport; });
    add_value(action, "ID", flags_.id, any_text, {"", "the experiment"}).required();
    add_choice(action, "--table", flags_.table,
               {{"traces", RowTable::kTraces},
                {"telemetry", RowTable::kTelemetry},
                {"events", RowTable::kEvents},
                {"nodeinfo", RowTable::kNodeInfo}},
               {"", "which rows"});
    add_choice(action, "--format", flags_.format,
               {{"csv", RowFormat::kCsv}, {"jsonl", RowFormat::kJsonLines}},
               {"", "CSV with a header, or JSON Lines"});
    add_values(
        action, "--where", flags_.conditions, any_text,
        {"COLUMN=VALUE", "only rows whose column, as exported, is this text; all must hold"});
    add_number(action, "--limit", flags_.rows_max, {0, std::numeric_limits<std::int64_t>::max()},
               {"N", "write this many rows at the most"});
    add_value(action, "-o,--output", flags_.output, any_text,
              {"FILE", "where to; a file that exists is replaced", "stdout"});
}

Result<ExitCode> ExpCommand::run(Context& context) {
    return function_(flags_, context);
}

}  // namespace galileo::cli
