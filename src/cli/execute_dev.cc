#include <fmt/format.h>

#include "base/signals.h"
#include "cli/common_flags.h"
#include "cli/execute.h"
#include "experiment/local_cluster.h"

namespace galileo::cli {

namespace {

constexpr std::chrono::seconds kCheckEvery{1};

}  // namespace

Result<ExitCode> execute_dev(const DevFlags& flags, Context& context) {
    raise_open_file_limit();
    auto inbox = TRY(base::SignalInbox::open());
    experiment::LocalClusterOptions options;
    options.directory = flags.directory;
    options.listen = redis::PrivateServerOptions::Listen::kSocketAndLoopback;
    options.port = flags.port;
    auto cluster = TRY(experiment::LocalCluster::start(options));
    experiment::WorkerSpec worker;
    worker.threads = static_cast<unsigned>(flags.threads);
    std::string names;
    for (std::uint64_t index = 0; index < flags.workers; ++index) {
        names += (names.empty() ? "" : " ") + TRY(cluster->add_worker(worker));
    }
    const auto address = cluster->tcp_options();
    const std::string redis = fmt::format("{}:{}", address.host, address.port);
    context.out << fmt::format(
        "redis    {0}\nworkers  {1}\n\nSee them with  galileo ps --redis {0}\nUse them with  "
        "galileo run SPEC.yml --redis {0}\nStop with Ctrl-C.\n",
        redis, names);
    context.out.flush();
    while (!inbox.wait(kCheckEvery)) {
        TRY(cluster->check());
    }
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
