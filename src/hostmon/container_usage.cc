#include <fmt/format.h>

#include <optional>
#include <vector>

#include "hostmon/families.h"
#include "hostmon/kernel_text.h"

namespace galileo::hostmon {

namespace {

using Reading = std::optional<std::uint64_t>;

/// `cpuacct.usage` and `memory.usage_in_bytes` of version 1, `memory.current` of version 2.
Reading lone_number(std::string_view text) {
    return to_count(take_word(text));
}

/// `cpu.stat` of version 2, in nanoseconds as version 1 counts.
Reading usage_of_cpu_stat(std::string_view text) {
    constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;
    const auto usage = count_of_line(text, "usage_usec ");
    return usage ? Reading(*usage * kNanosecondsPerMicrosecond) : std::nullopt;
}

/// `blkio.throttle.io_service_bytes` of version 1: lines `8:0 Read 4096` and, last, `Total 4096`.
Reading total_line(std::string_view text) {
    return count_of_line(text, "Total ");
}

/// `io.stat` of version 2: lines `8:0 rbytes=1 wbytes=2 rios=...`; empty before the first transfer.
Reading read_and_written(std::string_view text) {
    std::uint64_t sum = 0;
    while (!text.empty()) {
        auto line = take_line(text);
        for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
            for (const std::string_view key : {"rbytes=", "wbytes="}) {
                if (!word.starts_with(key)) {
                    continue;
                }
                const auto bytes = to_count(word.substr(key.size()));
                if (!bytes) {
                    return std::nullopt;
                }
                sum += *bytes;
            }
        }
    }
    return sum;
}

/// Where a resource is counted in each version of cgroups.
struct Resource {
    Controller controller;
    std::string_view name;  ///< as in the metric
    std::string_view file_one;
    Reading (*read_one)(std::string_view text);
    std::string_view file_two;
    Reading (*read_two)(std::string_view text);
};

constexpr Resource kCpuTime{Controller::kCpu, "cpu",      "cpuacct.usage",
                            lone_number,      "cpu.stat", usage_of_cpu_stat};
constexpr Resource kBlockIo{Controller::kBlockIo, "blkio",   "blkio.throttle.io_service_bytes",
                            total_line,           "io.stat", read_and_written};
constexpr Resource kMemory{Controller::kMemory, "memory",         "memory.usage_in_bytes",
                           lone_number,         "memory.current", lone_number};

/// How a container is called in the subsystem: as in the original (telemd-capture, its end).
enum class IdForm { kFirstTwelve, kWhole };

class ContainerUsage final : public Instrument {
  public:
    ContainerUsage(Host& host, Runtime runtime, const Resource& resource, IdForm form)
        : host_(host),
          runtime_(runtime),
          resource_(resource),
          form_(form),
          metric_(fmt::format(
              "{}_cgrp_{}", runtime == Runtime::kDocker ? "docker" : "kubernetes", resource.name)) {
    }

    Result<void> sample(const Emit& emit) override {
        const auto hierarchy = TRY(find_hierarchy(host_.options().sys, resource_.controller));
        const bool version_one = hierarchy.version == Hierarchy::Version::kOne;
        TRY(follow(hierarchy.root, version_one ? resource_.file_one : resource_.file_two));
        for (auto& [id, file] : counters_) {
            const auto text = file.read(host_.buffer());
            if (!text) {
                if (text.error().code() == ErrorCode::kNotFound) {
                    continue;  // it has ended, or its cgroup does not have this controller
                }
                return text.error();
            }
            const auto reading =
                version_one ? resource_.read_one(*text) : resource_.read_two(*text);
            if (!reading) {
                return Error(ErrorCode::kProtocol, fmt::format("{}: not understood", file.path()));
            }
            emit({metric_, id, static_cast<double>(*reading)});
        }
        return {};
    }

  private:
    struct Counter {
        std::string id;
        KernelFile file;
    };

    /// Keeps one file open for each container that exists.
    Result<void> follow(const std::string& root, std::string_view file) {
        constexpr std::size_t kShortId = 12;
        auto& tree = host_.containers(runtime_, root);
        const auto containers = TRY(tree.look(host_.clock().monotonic()));
        if (generation_ == tree.generation() && root_ == root) {
            return {};
        }
        std::vector<Counter> counters;
        counters.reserve(containers.size());
        for (const auto& container : containers) {
            counters.push_back(
                {form_ == IdForm::kWhole ? container.id : container.id.substr(0, kShortId),
                 KernelFile(fmt::format("{}/{}", container.path, file))});
        }
        counters_ = std::move(counters);
        root_ = root;
        generation_ = tree.generation();
        return {};
    }

    Host& host_;
    const Runtime runtime_;
    const Resource& resource_;
    const IdForm form_;
    const std::string metric_;
    std::vector<Counter> counters_;
    std::string root_;
    std::uint64_t generation_ = 0;
};

}  // namespace

std::unique_ptr<Instrument> make_docker_cpu(Host& host) {
    return std::make_unique<ContainerUsage>(host, Runtime::kDocker, kCpuTime, IdForm::kFirstTwelve);
}

std::unique_ptr<Instrument> make_docker_blkio(Host& host) {
    return std::make_unique<ContainerUsage>(host, Runtime::kDocker, kBlockIo, IdForm::kFirstTwelve);
}

std::unique_ptr<Instrument> make_docker_memory(Host& host) {
    return std::make_unique<ContainerUsage>(host, Runtime::kDocker, kMemory, IdForm::kWhole);
}

std::unique_ptr<Instrument> make_kubernetes_cpu(Host& host) {
    return std::make_unique<ContainerUsage>(host, Runtime::kKubernetes, kCpuTime, IdForm::kWhole);
}

std::unique_ptr<Instrument> make_kubernetes_blkio(Host& host) {
    return std::make_unique<ContainerUsage>(host, Runtime::kKubernetes, kBlockIo, IdForm::kWhole);
}

std::unique_ptr<Instrument> make_kubernetes_memory(Host& host) {
    return std::make_unique<ContainerUsage>(host, Runtime::kKubernetes, kMemory, IdForm::kWhole);
}

}  // namespace galileo::hostmon
