#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/common_flags.h"
#include "cli/help.h"

namespace galileo::cli {

namespace {

constexpr const char* kHelpGroup = "Help";

/// `-q, --quiet`, `--latency DELAY`, or the name of a positional.
std::string term_of(const CLI::Option& option) {
    if (option.get_positional() && option.get_lnames().empty()) {
        return option.get_single_name();
    }
    std::string term;
    for (const auto& name : option.get_snames()) {
        term += (term.empty() ? "-" : ", -") + name;
    }
    for (const auto& name : option.get_lnames()) {
        term += (term.empty() ? "--" : ", --") + name;
    }
    if (option.get_expected_max() > 0 && option.get_type_size() > 0) {
        term += " " + option.get_type_name();
    }
    return term;
}

std::string text_of(const CLI::Option& option) {
    std::string text = option.get_description();
    if (!option.get_default_str().empty()) {
        text += " (default " + option.get_default_str() + ")";
    }
    if (!option.get_positional() && option.get_expected_max() > 1) {
        text += "; may be repeated";
    }
    return text;
}

std::vector<HelpEntry> entries_of(const CLI::App& app, const std::string& group) {
    std::vector<HelpEntry> entries;
    for (const auto* option : app.get_options()) {
        if (option->get_group() == group) {
            entries.push_back({term_of(*option), text_of(*option)});
        }
    }
    return entries;
}

/// The actions of a command that has some: `rtbl set SERVICE HOST=WEIGHT...`.
void add_actions(const CLI::App& app, HelpPage& page) {
    for (const auto* action : app.get_subcommands({})) {
        const std::string what = action->get_footer();
        page.usage.push_back(page.name + " " + action->get_name() +
                             (what.empty() ? "" : " " + what));
        HelpSection section{action->get_name(), {{"", action->get_description()}}};
        for (const auto& group : action->get_groups()) {
            const auto entries = entries_of(*action, group);
            section.entries.insert(section.entries.end(), entries.begin(), entries.end());
        }
        page.sections.push_back(std::move(section));
    }
}

std::vector<HelpEntry> exit_code_entries(const std::vector<HelpEntry>& own) {
    std::vector<HelpEntry> entries = {
        {"0", "success"}, {"1", "failure"}, {"2", "wrong use: unknown flag or value"}};
    for (const auto& entry : own) {
        const auto known =
            std::find_if(entries.begin(), entries.end(),
                         [&entry](const HelpEntry& other) { return other.term == entry.term; });
        if (known == entries.end()) {
            entries.push_back(entry);
        } else {
            known->text = entry.text;
        }
    }
    return entries;
}

std::vector<HelpEntry> shared_environment() {
    auto entries = redis_environment();
    entries.push_back({"galileo_logging_level", "DEBUG, INFO, WARN, ERROR or OFF (default WARN)"});
    entries.push_back({"NO_COLOR", "when set and not empty: no colour"});
    return entries;
}

}  // namespace

void declare_command(Command& command, CLI::App& app) {
    app.set_help_flag("-h,--help", "show this page")->group(kHelpGroup);
    command.declare(app);
}

HelpPage help_page(Command& command) {
    const Manual manual = command.manual();
    CLI::App app;
    declare_command(command, app);

    HelpPage page;
    page.name = "galileo " + manual.name;
    page.summary = manual.summary;
    page.description = manual.description;
    if (app.get_subcommands({}).empty()) {
        page.usage.push_back(page.name + (manual.usage.empty() ? "" : " " + manual.usage));
    }
    add_actions(app, page);
    auto groups = app.get_groups();
    std::stable_partition(groups.begin(), groups.end(),
                          [](const std::string& group) { return group != kHelpGroup; });
    for (const auto& group : groups) {
        auto entries = entries_of(app, group);
        if (!group.empty() && !entries.empty()) {
            page.sections.push_back({group, std::move(entries)});
        }
    }
    if (!manual.environment.empty()) {
        page.sections.push_back({"Environment", manual.environment});
    }
    page.sections.push_back({"Exit codes", exit_code_entries(manual.exit_codes)});
    page.examples = manual.examples;
    for (const auto& other : all_commands()) {
        const std::string name = other->manual().name;
        if (std::find(manual.see_also.begin(), manual.see_also.end(), name) !=
            manual.see_also.end()) {
            page.see_also.push_back("galileo " + name);
        }
    }
    return page;
}

HelpPage overview_page(const std::vector<std::unique_ptr<Command>>& commands) {
    HelpPage page;
    page.name = "galileo";
    page.summary = "define, run and steer distributed load-testing experiments";
    page.usage = {"galileo COMMAND [OPTIONS]", "galileo help COMMAND", "galileo --version"};
    page.description = {
        "Galileo sends requests to web services from any number of worker processes, on any number "
        "of machines, by a timetable that does not "
        "wait for slow answers, and measures every one of them. Workers, runs and the routing "
        "table meet in Redis; the traces of all requests "
        "go to a database."};
    for (const auto& command : commands) {
        const Manual manual = command->manual();
        const auto known = std::find_if(
            page.sections.begin(), page.sections.end(),
            [&manual](const HelpSection& section) { return section.title == manual.group; });
        auto& section = known == page.sections.end()
                            ? page.sections.emplace_back(HelpSection{manual.group, {}})
                            : *known;
        section.entries.push_back({manual.name, manual.summary});
        if (!manual.examples.empty()) {
            page.examples.push_back(manual.examples.front());
        }
    }
    page.sections.push_back(
        {"Options", {{"-h, --help", "show this page"}, {"-V, --version", "show the version"}}});
    page.sections.push_back({"Environment", shared_environment()});
    page.sections.push_back(
        {"Exit codes",
         exit_code_entries(
             {{"2", "wrong use: unknown command, flag or value"},
              {"104", "run: the experiment file is wrong; nothing was started"},
              {"105", "stopped by the user"},
              {"110", "run: the result cannot be trusted (generator saturated, worker lost)"}})});
    return page;
}

}  // namespace galileo::cli
