#include "cli/command_api.h"

#include <utility>

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

Manual ApiCommand::manual() const {
    Manual manual{
        .name = "api",
        .group = "Run load",
        .summary = "serve the REST API: experiments, workers, services, apps",
        .usage = "[OPTIONS]",
        .description =
            {"Answers the routes of the original under /api: lists workers and services, queues "
             "experiments for galileo experimentd, shows, stops and deletes them, and is the "
             "repository that workers download client apps from. docs/api.md has every route.",
             "Whoever reaches it can make load and, by deploying apps, run code on the workers. "
             "Therefore it listens on 127.0.0.1 only. Any other address needs --token-file, "
             "whose tokens clients send as `Authorization: Bearer TOKEN`, or --insecure.",
             "A token file has a line for each token, `TOKEN` or `ROLE TOKEN`, of 16 characters "
             "or more. Roles: viewer reads; operator also queues and deletes experiments; admin, "
             "which is meant without a role, also deploys and removes apps.",
             "It runs until SIGTERM or SIGINT, and lets answers in progress end."},
        .examples = {{"galileo api", "on http://127.0.0.1:5001/api, for programs of this machine"},
                     {"galileo api --bind 0.0.0.0:5001 --token-file tokens",
                      "for a network, guarded by tokens"},
                     {"galileo api --bind 127.0.0.1:0", "on a free port, which it names"}},
        .environment = {{"galileo_api_bind_addr", "where --bind is not given"},
                        {"galileo_api_token_file", "where --token-file is not given"},
                        {"galileo_apps_repo_dir",
                         "where --apps-repo is not given (default ./apps-repo)"}},
        .exit_codes = {{"0", "stopped by SIGTERM or SIGINT"},
                       {"1", "Redis, the database or the address cannot be used"},
                       {"2", "wrong use, or an address that needs --token-file or --insecure"}},
        .see_also = {"app", "experimentd", "worker"},
    };
    for (auto& entry : redis_environment()) {
        manual.environment.push_back(std::move(entry));
    }
    for (auto& entry : database_environment()) {
        manual.environment.push_back(std::move(entry));
    }
    return manual;
}

void ApiCommand::declare(CLI::App& app) {
    add_value(app, "-b,--bind", flags_.bind, any_text,
              {"HOST:PORT", "where to listen", "127.0.0.1:5001"});
    add_value(app, "--apps-repo", flags_.apps_repository, any_text,
              {"DIR", "where deployed apps are kept", "./apps-repo"});
    add_value(app, "--token-file", flags_.token_file, any_text,
              {"FILE", "tokens that clients must send; see above"})
        .group("Access");
    add_switch(app, "--open-reads", flags_.reads, ApiFlags::Reads::kOpen,
               "with --token-file: reading needs no token (workers of the original have none)")
        .group("Access");
    add_switch(app, "--insecure", flags_.insecure, ApiFlags::Insecure::kAllow,
               "listen on any address without tokens: whoever reaches it can do everything")
        .group("Access");
    add_values(
        app, "--allow-host", flags_.hosts, any_text,
        {"NAME", "on a loopback address: a further name by which clients may call it (a proxy's)"})
        .group("Access");
    add_values(app, "--cors-origin", flags_.origins, any_text,
               {"ORIGIN",
                "pages of this origin (http://host:port) may change things without a token; "
                "*: all pages"})
        .group("Access");
    declare_redis(app, flags_.redis);
    declare_log_level(app);
}

Result<ExitCode> ApiCommand::run(Context& context) {
    return function_(flags_, context);
}

}  // namespace galileo::cli
