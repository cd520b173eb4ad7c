#include "cli/command_dev.h"

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

Manual DevCommand::manual() const {
    return {
        .name = "dev",
        .group = "Run load",
        .summary = "start Redis and workers on this machine, for trying things out",
        .usage = "[OPTIONS]",
        .description = {"Starts a private redis-server on loopback and workers that use it, prints "
                        "how other commands reach them, and runs until "
                        "Ctrl-C; then everything is stopped and removed. For runs one after the "
                        "other, without starting workers each time."},
        .examples = {{"galileo dev --workers 2", "Redis and two workers"},
                     {"galileo run shop.yml --redis 127.0.0.1:PORT",
                      "in another terminal, with the port that dev printed"}},
        .environment = {{"galileo_*", "labels of all the workers, such as galileo_zone=A"}},
        .exit_codes = {{"0", "stopped by SIGTERM or SIGINT"},
                       {"1", "a program could not be started, or ended"}},
        .see_also = {"run", "worker", "ps"},
    };
}

void DevCommand::declare(CLI::App& app) {
    add_number(app, "-w,--workers", flags_.workers, {1, 256}, {"N", "worker processes"});
    add_number(app, "--threads", flags_.threads, {1, 256}, {"N", "event loops of each of them"});
    add_number(app, "-p,--port", flags_.port, {0, 65535},
               {"PORT", "port of Redis; 0 takes a free one, which is printed"});
    add_value(app, "--directory", flags_.directory, any_text,
              {"DIR", "where Redis and the workers keep their files",
               "a temporary one, removed at the end"});
    declare_log_level(app);
}

Result<ExitCode> DevCommand::run(Context& context) {
    raise_open_file_limit();
    return function_(flags_, context);
}

}  // namespace galileo::cli
