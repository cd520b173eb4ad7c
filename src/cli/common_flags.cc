#include "cli/common_flags.h"

#include <sys/resource.h>
#include <unistd.h>

#include "cli/flags.h"

namespace galileo::cli {

namespace {

Result<void> apply_log_level(std::string_view name) {
    const auto level = base::parse_log_level(name);
    if (!level) {
        return not_one_of(name, {"DEBUG", "INFO", "WARN", "ERROR", "OFF"});
    }
    base::set_log_level(*level);
    return {};
}

}  // namespace

void declare_log_level(CLI::App& app) {
    add_text(app, "--log-level,--logging", apply_log_level,
             {"LEVEL", "what is logged to stderr: DEBUG, INFO, WARN, ERROR or OFF",
              "galileo_logging_level, else WARN"})
        .group("Output");
}

void declare_colour(CLI::App& app, Colour& colour) {
    add_choice(app, "--color", colour,
               {{"auto", Colour::kAuto}, {"always", Colour::kAlways}, {"never", Colour::kNever}},
               {"", "colour the output; auto: on a terminal, unless NO_COLOR is set"})
        .group("Output");
}

bool wants_colour(Colour colour, const base::Environment& environment, int fd) {
    if (colour != Colour::kAuto) {
        return colour == Colour::kAlways;
    }
    return ::isatty(fd) == 1 && environment.get("NO_COLOR", "").empty() &&
           environment.get("TERM", "") != "dumb";
}

void declare_redis(CLI::App& app, std::string& address) {
    add_value(app, "--redis", address, any_text,
              {"ADDRESS",
               "host:port, redis://:password@host:port/db, rediss://... for TLS, or the path of a "
               "unix socket",
               "from the environment"})
        .group("Redis");
}

void raise_open_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

std::vector<HelpEntry> redis_environment() {
    return {
        {"galileo_redis_host", "host of Redis (default localhost)"},
        {"galileo_redis_port", "its port (default 6379)"},
        {"galileo_redis_password", "password for AUTH; never shown, logged or made a label"},
        {"galileo_redis_url", "host, port, password and TLS in one, as --redis takes it"},
    };
}

std::vector<HelpEntry> database_environment() {
    return {
        {"galileo_expdb_driver", "sqlite (default), mysql or mixed"},
        {"galileo_expdb_sqlite_path", "with sqlite: its file (default ./galileodb.sqlite)"},
        {"galileo_expdb_mysql_*",
         "with mysql and mixed: host, port, socket, user, password, db, timeout"},
        {"galileo_expdb_influxdb_*",
         "with mixed: url, token, timeout, org, org_id; see docs/database.md"},
    };
}

}  // namespace galileo::cli
