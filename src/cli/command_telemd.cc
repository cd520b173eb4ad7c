#include "cli/command_telemd.h"

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

Manual TelemdCommand::manual() const {
    Manual manual{
        .name = "telemd",
        .group = "Run load",
        .summary = "publish this host's telemetry: CPU, memory, disks, network",
        .usage = "[OPTIONS]",
        .description =
            {"Measures this host and publishes the samples to Redis, where recorders find them, "
             "under the names and with the settings of the original's telemd. What the host does "
             "not have is not measured; docs/telemetry.md lists the instruments, docs/metrics.md "
             "what each sample means.",
             "It listens on the channel telemcmd/NAME for pause, unpause and info, by which the "
             "shell's telemd.stop_telemd() and telemd.start_telemd() steer it. While Redis is "
             "away, samples are dropped and counted. It runs until SIGTERM or SIGINT, then "
             "removes the key telemd.info:NAME and says how many samples it published."},
        .examples = {{"galileo telemd --redis redis.lab:6379", "measure this host, until Ctrl-C"},
                     {"telemd_instruments_enable=\"cpu ram\" telemd_period_cpu=100ms galileo "
                      "telemd --name node1",
                      "two instruments only, the CPU ten times a second"}},
        .environment =
            {{"telemd_nodename", "as --name"},
             {"telemd_redis_url, telemd_redis_host, telemd_redis_port",
              "where Redis is; before galileo_redis_*"},
             {"telemd_instruments_enable, telemd_instruments_disable",
              "names of the instruments to use, or not to use (default: all)"},
             {"telemd_period_INSTRUMENT", "time between its samples: 500ms, 2s"},
             {"telemd_net_devices, telemd_disk_devices",
              "the devices to measure (default: all but lo and veth*, loop*, ram* and sr*)"},
             {"telemd_proc_mount, telemd_sys_mount",
              "where procfs and sysfs are (default /proc and /sys)"},
             {"telemd_redis_Retry_backoff", "pause between attempts to reach Redis (default 2s)"}},
        .exit_codes = {{"0", "stopped by SIGTERM or SIGINT"},
                       {"1", "Redis refuses the connection's password or its commands"}},
        .see_also = {"recorder", "shell", "worker"},
    };
    for (auto& entry : redis_environment()) {
        manual.environment.push_back(std::move(entry));
    }
    return manual;
}

void TelemdCommand::declare(CLI::App& app) {
    add_value(app, "--name", flags_.name, any_text,
              {"NAME", "name of this node", "telemd_nodename, else the host name"});
    add_value(app, "--config", flags_.config, any_text,
              {"FILE", "ini file whose section [NAME] has settings, which variables override",
               "/etc/telemd/config.ini if it is there"});
    declare_redis(app, flags_.redis);
    declare_log_level(app);
}

Result<ExitCode> TelemdCommand::run(Context& context) {
    return function_(flags_, context);
}

}  // namespace galileo::cli
