#include "cli/command_worker.h"

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

namespace {

/// A worker's name is part of keys and of client ids, which stand in comma-separated trace lines.
Result<std::string> worker_name(std::string_view text) {
    if (text.empty() || text.size() > 200 ||
        text.find_first_of(",: \t\r\n") != std::string_view::npos) {
        return Error(ErrorCode::kInvalidInput,
                     "a worker's name has 1 to 200 characters, no comma, colon or white space");
    }
    return std::string(text);
}

}  // namespace

Manual WorkerCommand::manual() const {
    return {
        .name = "worker",
        .group = "Run load",
        .summary = "host emulated clients and send their requests",
        .usage = "[OPTIONS]",
        .description = {"The load generator. It registers in Redis under its name, then creates "
                        "clients, sends their requests and reports what it measures, as it "
                        "is told by `galileo run`, the shell or the API. It runs until SIGTERM or "
                        "SIGINT, then closes its clients, hands over the traces that "
                        "it still holds, and leaves no key behind.",
                        "Every variable of the environment that begins with galileo_ becomes a "
                        "label, by which experiments choose workers; names with "
                        "password, token, secret or key in them never do."},
        .examples = {{"galileo_zone=A galileo worker --redis 10.0.0.5:6379", "a worker in zone A"},
                     {"galileo worker --name edge-1 --threads 4", "named, with four event loops"}},
        .environment =
            {{"galileo_worker_name", "name, where --name is not given (default the host name)"},
             {"galileo_redis_host", "host of Redis (default localhost)"},
             {"galileo_redis_port", "its port (default 6379)"},
             {"galileo_redis_password", "password for AUTH"},
             {"galileo_redis_url", "host, port, password and TLS in one, as --redis takes it"},
             {"galileo_trace_logging", "file, redis or sql, where --trace-logging is not given"},
             {"galileo_journal_dir",
              "directory for waiting traces, where --journal-dir is not given"},
             {"galileo_journal_limit_mib",
              "disk that waiting traces may take, in MiB (default 16384)"},
             {"galileo_apps_dir", "directory of client apps (default ./apps)"},
             {"galileo_apps_repository",
              "where apps come from that are not there (default "
              "http://localhost:5001)"},
             {"galileo_api_token_file", "file with the token that this repository wants, if any"},
             {"galileo_python",
              "Python for client apps (default /usr/bin/python3, else the first "
              "python3 on PATH)"},
             {"galileo_app_processes",
              "Python processes at the most (default one for each event "
              "loop)"},
             {"galileo_*", "labels, such as galileo_zone=A"}},
        .exit_codes = {{"0", "stopped by SIGTERM or SIGINT"},
                       {"1", "Redis cannot be reached at start"}},
        .see_also = {"run", "ps"},
    };
}

void WorkerCommand::declare(CLI::App& app) {
    add_value(app, "--name", flags_.name, worker_name,
              {"NAME", "name in the registry", "galileo_worker_name, else the host name"});
    add_number(app, "--threads", flags_.threads, {1, 256},
               {"N", "event loops, each on a thread of its own", "one for each processor"});
    add_number(app, "--connections", flags_.connections, {1, 1'000'000},
               {"N", "at most N connections in all", "no limit"});
    add_value(app, "--trace-logging", flags_.trace_logging,
              [](std::string_view text) -> Result<std::string> {
                  for (const auto* known : {"file", "redis", "sql", "none"}) {
                      if (text == known) {
                          return std::string(text);
                      }
                  }
                  return not_one_of(text, {"file", "redis", "sql", "none"});
              },
              {"file|redis|sql|none", "where traces of clients outside of runs go",
               "galileo_trace_logging, else none"});
    add_value(app, "--journal-dir", flags_.journal_directory,
              [](std::string_view text) -> Result<std::string> {
                  if (text.empty()) {
                      return Error(ErrorCode::kInvalidInput, "name a directory");
                  }
                  return std::string(text);
              },
              {"DIR", "where traces wait on disk while their sink is slow or away",
               "galileo_journal_dir, else /var/tmp"});
    declare_redis(app, flags_.redis);
    declare_log_level(app);
}

Result<ExitCode> WorkerCommand::run(Context& context) {
    raise_open_file_limit();
    return function_(flags_, context);
}

}  // namespace galileo::cli
