#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "hostmon/families.h"
#include "hostmon/kernel_text.h"
#include "hostmon/net_counters.h"

namespace galileo::hostmon {

namespace {

/// A container's processes share a network namespace, whose devices any of them shows.
class ContainerTraffic final : public Instrument {
  public:
    ContainerTraffic(Host& host, Runtime runtime)
        : host_(host),
          runtime_(runtime),
          metric_(runtime == Runtime::kDocker ? "docker_cgrp_net" : "kubernetes_cgrp_net") {}

    Result<void> sample(const Emit& emit) override {
        const auto hierarchy = TRY(find_hierarchy(host_.options().sys, Controller::kCpu));
        auto& tree = host_.containers(runtime_, hierarchy.root);
        const auto containers = TRY(tree.look(host_.clock().monotonic()));
        if (generation_ != tree.generation()) {
            watched_.clear();
            for (const auto& container : containers) {
                watched_.emplace_back(container);
            }
            generation_ = tree.generation();
        }
        for (auto& watched : watched_) {
            auto sampled = sample_one(watched, emit);
            if (!sampled && sampled.error().code() != ErrorCode::kNotFound) {
                return sampled;
            }
        }
        return {};
    }

  private:
    struct Watched {
        explicit Watched(const Container& container)
            : id(container.id), path(container.path), processes(path + "/cgroup.procs") {}

        std::string id;
        std::string path;
        KernelFile processes;
        std::uint64_t process = 0;
        KernelFile devices{std::string()};
    };

    /// A process in the container; one in a group below when it keeps its own groups, as systemd
    /// does. 0, which is what processes of other pid namespaces look like, is none.
    Result<std::uint64_t> process_of(Watched& watched) {
        auto text = TRY(watched.processes.read(host_.buffer()));
        if (const auto process = to_count(take_word(text)); process.value_or(0) != 0) {
            return *process;
        }
        std::error_code error;
        for (std::filesystem::directory_iterator entry(watched.path, error), end;
             !error && entry != end; entry.increment(error)) {
            std::error_code gone;
            if (!entry->is_directory(gone)) {
                continue;
            }
            KernelFile below(entry->path().string() + "/cgroup.procs");
            auto found = below.read(host_.buffer());
            if (!found) {
                continue;  // gone meanwhile
            }
            if (const auto process = to_count(take_word(*found)); process.value_or(0) != 0) {
                return *process;
            }
        }
        return Error(ErrorCode::kNotFound,
                     fmt::format("{}: no process to be seen", watched.processes.path()));
    }

    Result<void> sample_one(Watched& watched, const Emit& emit) {
        const auto process = TRY(process_of(watched));
        // An open file keeps the namespace of the process it was opened for. As long as that one is
        // in the container, it is the container's.
        if (process != watched.process) {
            watched.devices =
                KernelFile(fmt::format("{}/{}/net/dev", host_.options().proc, process));
            watched.process = process;
        }
        auto text = TRY(watched.devices.read(host_.buffer()));
        std::uint64_t all = 0;
        while (!text.empty()) {
            const auto counters = parse_net_counters(take_line(text));
            if (!counters || counters->device == "lo") {
                continue;
            }
            const auto sum = counters->received_bytes + counters->sent_bytes;
            all += sum;
            emit_count(emit, fmt::format("{}/{}", watched.id, counters->device), sum);
            emit_count(emit, fmt::format("{}/{}/rx", watched.id, counters->device),
                       counters->received_bytes);
            emit_count(emit, fmt::format("{}/{}/tx", watched.id, counters->device),
                       counters->sent_bytes);
        }
        emit_count(emit, watched.id, all);
        return {};
    }

    void emit_count(const Emit& emit, std::string_view subsystem, std::uint64_t count) const {
        emit({metric_, subsystem, static_cast<double>(count)});
    }

    Host& host_;
    const Runtime runtime_;
    const std::string_view metric_;
    std::vector<Watched> watched_;
    std::uint64_t generation_ = 0;
};

}  // namespace

std::unique_ptr<Instrument> make_docker_net(Host& host) {
    return std::make_unique<ContainerTraffic>(host, Runtime::kDocker);
}

std::unique_ptr<Instrument> make_kubernetes_net(Host& host) {
    return std::make_unique<ContainerTraffic>(host, Runtime::kKubernetes);
}

}  // namespace galileo::hostmon
