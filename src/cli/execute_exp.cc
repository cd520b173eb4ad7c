#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "base/ascii.h"
#include "base/signals.h"
#include "base/units.h"
#include "cli/execute.h"
#include "cli/experiment_ids.h"
#include "cli/output.h"
#include "cli/output_file.h"
#include "cli/stop_experiments.h"
#include "report/experiment_view.h"
#include "store/open_store.h"

namespace galileo::cli {

namespace {

using store::ExperimentStore;

report::TerminalTraits traits_of_output(const Context& context) {
    return report::detect_traits(STDOUT_FILENO, context.environment, report::ColourChoice::kAuto);
}

Result<model::Experiment> find_experiment(ExperimentStore& store, const std::string& id) {
    auto found = TRY(store.find(id));
    if (!found) {
        return no_experiment(id, TRY(store.list()));
    }
    return std::move(*found);
}

Result<ExitCode> list(ExperimentStore& store, const ExpFlags& flags, Context& context) {
    auto experiments = TRY(store.list());
    const bool is_empty = experiments.empty();
    if (!flags.status.empty()) {
        const std::string wanted = base::ascii_lower(flags.status);
        std::erase_if(experiments, [&wanted](const model::Experiment& experiment) {
            return base::ascii_lower(experiment.status) != wanted;
        });
    }
    if (flags.form == ExpFlags::Form::kJson) {
        context.out << pretty_json(report::experiments_json(experiments));
    } else if (is_empty) {
        context.out << " the database has no experiments\n";
    } else if (experiments.empty()) {
        context.out << fmt::format(" no experiment is {}\n", flags.status);
    } else {
        context.out << report::experiments_text(experiments, traits_of_output(context));
    }
    return ExitCode::kSuccess;
}

Result<ExitCode> show(ExperimentStore& store, const ExpFlags& flags, Context& context) {
    const auto experiment = TRY(find_experiment(store, flags.id));
    const auto details = TRY(report::read_details(store, experiment));
    if (flags.form == ExpFlags::Form::kJson) {
        context.out << pretty_json(report::details_json(details));
    } else {
        context.out << report::details_text(details, traits_of_output(context));
    }
    return ExitCode::kSuccess;
}

/// One that goes to the database, with what makes the user think twice.
struct Doomed {
    model::Experiment experiment;
    std::optional<std::uint64_t> traces{};  ///< absent: its store cannot tell

    [[nodiscard]] std::string text() const {
        const std::string count = traces ? fmt::format(", {} trace{}", base::format_count(*traces),
                                                       *traces == 1 ? "" : "s")
                                         : "";
        return fmt::format("{} ({}, {}{})", experiment.id, experiment.name.value_or("no name"),
                           experiment.status, count);
    }
};

bool agrees(const std::vector<Doomed>& all, Context& context) {
    for (const auto& one : all) {
        context.err << ' ' << one.text() << '\n';
    }
    context.err << "remove " << (all.size() == 1 ? "it" : "them")
                << " and all that was recorded? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    answer = base::ascii_lower(answer);
    return answer == "y" || answer == "yes";
}

Result<ExitCode> remove(const ExpFlags& flags, Context& context) {
    if (flags.consent == ExpFlags::Consent::kAsk &&
        (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0)) {
        return Error(ErrorCode::kInvalidInput,
                     "rm asks before it removes, and there is no terminal; give --yes");
    }
    const auto store = TRY(store::open_store(context.environment, store::Access::kExisting));
    std::vector<Doomed> all;
    for (const auto& id : flags.ids) {
        const bool is_repeated = std::any_of(all.begin(), all.end(), [&id](const Doomed& other) {
            return other.experiment.id == id;
        });
        if (!is_repeated) {
            auto experiment = TRY(find_experiment(*store, id));
            all.push_back({.experiment = std::move(experiment)});
            if (store->reads_back()) {
                all.back().traces = TRY(store->count_traces(id));
            }
        }
    }
    if (flags.consent == ExpFlags::Consent::kAsk && !agrees(all, context)) {
        return Error(ErrorCode::kCancelled, "nothing was removed");
    }
    for (const auto& one : all) {
        TRY_WITHIN(one.experiment.id, store->remove(one.experiment.id));
        context.out << " removed " << one.text() << '\n' << std::flush;
    }
    return ExitCode::kSuccess;
}

Result<ExitCode> export_to(ExperimentStore& store, const ExpFlags& flags, Context& context) {
    report::RowExport what;
    what.table = flags.table;
    what.format = flags.format;
    what.rows_max = flags.rows_max.value_or(what.rows_max);
    for (const auto& condition : flags.conditions) {
        what.conditions.push_back(
            TRY_WITHIN("--where", report::parse_condition(flags.table, condition)));
    }
    TRY(find_experiment(store, flags.id));  // before a file is emptied for nothing
    base::ignore_broken_pipes();
    context.out.flush();
    OutputFile output = flags.output.empty() ? OutputFile::standard_output()
                                             : TRY(OutputFile::create(flags.output));
    const auto take = [&output](std::string_view text) -> Result<store::Visit> {
        return TRY(output.write(text)) == OutputFile::Reader::kGone ? store::Visit::kStop
                                                                    : store::Visit::kContinue;
    };
    TRY(report::export_rows(store, flags.id, what, take));
    TRY(output.close());
    return ExitCode::kSuccess;
}

}  // namespace

Result<ExitCode> execute_exp(const ExpFlags& flags, Context& context) {
    if (flags.action == ExpFlags::Action::kRemove) {
        return remove(flags, context);
    }
    if (flags.action == ExpFlags::Action::kStop) {
        return stop_experiments(flags, context);
    }
    const auto store = TRY(store::open_store(context.environment, store::Access::kReadOnly));
    switch (flags.action) {
        case ExpFlags::Action::kList:
        case ExpFlags::Action::kRemove:
        case ExpFlags::Action::kStop:
            return list(*store, flags, context);
        case ExpFlags::Action::kShow:
            return show(*store, flags, context);
        case ExpFlags::Action::kExport:
            break;
    }
    return export_to(*store, flags, context);
}

}  // namespace galileo::cli
