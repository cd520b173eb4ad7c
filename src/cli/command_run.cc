#include "cli/command_run.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "base/units.h"
#include "cli/flags.h"
#include "model/json.h"

namespace galileo::cli {

namespace {

constexpr std::int64_t kMany = 1'000'000'000;

/// The text itself, or the contents of FILE for `@FILE`, at most 64 MiB.
Result<std::string> text_or_file(std::string_view text) {
    if (!text.starts_with('@')) {
        return std::string(text);
    }
    const std::string path(text.substr(1));
    std::ifstream file(path, std::ios::binary);
    std::string contents;
    constexpr std::streamsize kLongest = std::streamsize{64} << 20U;
    if (file) {
        contents.resize(static_cast<std::size_t>(kLongest) + 1);
        file.read(contents.data(), kLongest + 1);
        contents.resize(static_cast<std::size_t>(file.gcount()));
    }
    if (!file.eof() || contents.size() > static_cast<std::size_t>(kLongest)) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("cannot read '{}', or it is longer than 64 MiB", path));
    }
    return contents;
}

Result<std::string> json_text(std::string_view text) {
    const std::string contents = TRY(text_or_file(text));
    TRY(model::parse_json(contents));
    return contents;
}

void declare_load(CLI::App& app, RunFlags& flags) {
    const std::string group = "Load (instead of SPEC)";
    add_value(app, "-u,--url", flags.url, any_text, {"URL", "http://host:port/path or https://..."})
        .group(group);
    add_value(app, "-r,--rate", flags.rate, parse_rate,
              {"RATE", "requests per second in all: 500, 500/s, 30/m"})
        .group(group);
    add_switch(
        app, "--max", flags.model, LoadModel::kClosed,
        "as fast as the answers come, instead of a rate: each client sends its next request when "
        "the last is answered")
        .group(group);
    add_number(app, "-c,--clients", flags.clients, {1, 1'000'000},
               {"N", "emulated clients, which share the rate"})
        .group(group);
    add_switch(app, "--poisson", flags.arrival, Arrival::kPoisson,
               "send at random moments, as many independent users do, instead of evenly")
        .group(group);
    add_number(app, "-n,--count", flags.count, {1, kMany}, {"N", "end after so many requests"})
        .group(group);
}

void declare_request(CLI::App& app, RunFlags& flags) {
    const std::string group = "Request (instead of SPEC)";
    add_value(app, "-X,--method", flags.method, any_text,
              {"METHOD", "method", "GET, with a body POST"})
        .group(group);
    add_values(app, "-H,--header", flags.headers, parse_header, {"'NAME: VALUE'", "header to send"})
        .group(group);
    add_value(app, "-d,--data", flags.data, text_or_file, {"TEXT|@FILE", "body, sent as it is"})
        .group(group);
    add_value(app, "--json-body", flags.json_body, json_text,
              {"JSON|@FILE", "body, sent as application/json"})
        .group(group);
    add_value(app, "--timeout", flags.timeout, base::parse_duration,
              {"DURATION", "a request without complete answer fails then; 0: never", "30s"})
        .group(group);
    add_switch(app, "--no-keepalive", flags.keep_alive, false, "open a connection for each request")
        .group(group);
    add_switch(app, "--insecure", flags.verify_tls, false, "accept any TLS certificate")
        .group(group);
}

void declare_experiment(CLI::App& app, RunFlags& flags) {
    const std::string group = "Experiment (over what SPEC says)";
    add_value(app, "-t,--duration", flags.duration, base::parse_duration,
              {"DURATION", "no request starts later: 10s, 1m30s", "as SPEC says, else 10s"})
        .group(group);
    add_number(app, "--connections", flags.connections, {1, kMany},
               {"N", "at most N connections in all", "no limit"})
        .group(group);
    add_number(app, "--seed", flags.seed, {0, std::numeric_limits<std::int64_t>::max()},
               {"N", "the same seed gives the same timetable", "drawn, and printed"})
        .group(group);
    add_value(app, "--name", flags.name, any_text, {"TEXT", "name of the experiment"}).group(group);
    add_value(app, "--creator", flags.creator, any_text, {"TEXT", "who runs it"}).group(group);
    add_value(app, "--db", flags.database, any_text,
              {"FILE", "SQLite database for the traces; made when missing",
               "the database that galileo_expdb_* name, else galileodb.sqlite"})
        .group(group);
}

void declare_workers(CLI::App& app, RunFlags& flags) {
    const std::string group = "Workers";
    add_value(app, "--redis", flags.redis, any_text,
              {"ADDRESS",
               "use the workers registered there; host:port, redis://:password@host:port/db, "
               "rediss://... or the "
               "path of a unix socket",
               "a private Redis and own workers"})
        .group(group);
    add_number(app, "--processes", flags.processes, {1, kMany},
               {"N", "worker processes to start", "as SPEC says, else 1"})
        .group(group);
    add_number(app, "--threads", flags.threads, {1, kMany},
               {"N", "event loops of each of them", "as SPEC says, else 1"})
        .group(group);
}

void declare_output(CLI::App& app, RunFlags& flags) {
    add_choice(
        app, "--summary", flags.summary,
        {{"text", SummaryForm::kText}, {"json", SummaryForm::kJson}, {"none", SummaryForm::kNone}},
        {"", "what is printed at the end, on stdout"})
        .group("Output");
    add_choice(app, "--progress", flags.progress,
               {{"auto", ProgressForm::kAuto},
                {"plain", ProgressForm::kPlain},
                {"json", ProgressForm::kJson},
                {"none", ProgressForm::kNone}},
               {"", "what is shown meanwhile; auto: a live table on a terminal, else plain lines"})
        .group("Output");
    add_switch(app, "-q,--quiet", flags.quiet, true, "print the verdict only").group("Output");
    declare_colour(app, flags.colour);
    declare_log_level(app);
}

}  // namespace

Result<double> parse_rate(std::string_view text) {
    double rate = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    double seconds = 0;
    if (unit.empty() || unit == "/s") {
        seconds = 1;
    } else if (unit == "/m" || unit == "/min") {
        seconds = 60;
    } else if (unit == "/h") {
        seconds = 3600;
    }
    if (error != std::errc() || seconds == 0 || !std::isfinite(rate) || rate <= 0 ||
        rate / seconds > 1e9) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("'{}' is not a rate above 0; write for example 500, 0.5/s or 30/m", text));
    }
    return rate / seconds;
}

Result<std::pair<std::string, std::string>> parse_header(std::string_view text) {
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() ||
        text.find_first_of("\r\n") != std::string_view::npos ||
        name.find(' ') != std::string_view::npos) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is not a header; write 'Name: value'", text));
    }
    std::string_view value = text.substr(colon + 1);
    const auto begin = value.find_first_not_of(" \t");
    value = begin == std::string_view::npos ? std::string_view() : value.substr(begin);
    return std::pair(std::string(name), std::string(value));
}

Manual RunCommand::manual() const {
    return {
        .name = "run",
        .group = "Run load",
        .summary = "run one experiment, from a file or from flags",
        .usage = "[OPTIONS] SPEC.yml | --url URL (--rate RATE | --max)",
        .description = {"Runs the experiment in SPEC (YAML or JSON; docs/spec-file.md explains "
                        "it), or the one that the flags describe: shows what happens "
                        "while it runs, stores a trace of every request, and ends with a summary "
                        "and an exit code.",
                        "Requests start when the timetable says, whether or not earlier ones have "
                        "been answered; latency counts from that moment. Without "
                        "--redis the run starts a private redis-server and its own workers, and "
                        "stops them at its end, also on Ctrl-C. The first Ctrl-C ends "
                        "the run with its summary, the second one stops at once."},
        .examples = {{"galileo run --url http://127.0.0.1:8080/ --rate 500 --duration 10s",
                      "500 requests per second for ten seconds"},
                     {"galileo run --url http://127.0.0.1:8080/ --max --clients 16 --summary json",
                      "as fast as 16 clients can, summary as JSON"},
                     {"galileo run examples/quickstart.yml --db traces.sqlite",
                      "an experiment from a file"},
                     {"galileo run shop.yml --redis 10.0.0.5:6379 --name peak-17",
                      "with the workers of a cluster"}},
        .environment =
            {{"NO_COLOR", "when set and not empty: no colour"},
             {"galileo_redis_password", "password of --redis, where the address has none"},
             {"galileo_expdb_driver",
              "mysql: without --db, the database of the galileo_expdb_mysql_* variables, "
              "see galileo help recorder"}},
        .exit_codes = {{"0", "passed"},
                       {"99", "kept for thresholds, which this version does not have yet"},
                       {"104", "SPEC is wrong; nothing was started"},
                       {"105", "stopped by the user"},
                       {"110", "the result cannot be trusted: generator saturated, worker lost"}},
        .see_also = {"worker", "target", "rtbl"},
    };
}

void RunCommand::declare(CLI::App& app) {
    add_value(app, "SPEC", flags_.spec_path, any_text, {"", "experiment file, YAML or JSON"});
    declare_load(app, flags_);
    declare_request(app, flags_);
    declare_experiment(app, flags_);
    declare_workers(app, flags_);
    declare_output(app, flags_);
    when_parsed(app, [this, &app] { short_form_given_ = given_flags(app, "(instead of SPEC)"); });
}

Result<ExitCode> RunCommand::run(Context& context) {
    const auto wrong = [](std::string message) {
        return Error(ErrorCode::kInvalidInput, std::move(message));
    };
    if (!flags_.spec_path.empty() && !short_form_given_.empty()) {
        return wrong(
            fmt::format("{} cannot be combined with SPEC ({}); change the file, or leave it out",
                        short_form_given_.front(), flags_.spec_path));
    }
    if (flags_.spec_path.empty()) {
        if (flags_.url.empty()) {
            return wrong("give an experiment file, or --url with --rate or --max");
        }
        if (flags_.rate.has_value() == (flags_.model == LoadModel::kClosed)) {
            return wrong(
                "give either --rate (a rate, whatever the answers do) or --max (as fast as they "
                "come)");
        }
        if (flags_.data && flags_.json_body) {
            return wrong("give --data or --json-body, not both");
        }
    }
    if (!flags_.redis.empty() && (flags_.processes || flags_.threads)) {
        return wrong(
            "--processes and --threads are for workers that the run starts itself, not with "
            "--redis");
    }
    if (flags_.duration && flags_.duration->count() == 0) {
        return wrong("--duration must be above 0");
    }
    raise_open_file_limit();
    return function_(flags_, context);
}

}  // namespace galileo::cli
