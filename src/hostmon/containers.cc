#include "hostmon/containers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/log.h"

namespace galileo::hostmon {

namespace {

/// kubepods.slice / kubepods-burstable.slice / kubepods-burstable-pod<uid>.slice / container
constexpr int kDeepest = 4;

/// All instruments look within one tick; half a second is one look for all of them.
constexpr std::chrono::milliseconds kFreshFor{500};

bool directory_exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

/// Adds the containers in `directory` and, where it holds others than containers, below it.
/// Directories that go away meanwhile hold none.
void collect(const std::string& directory, int levels, std::vector<Container>& into) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        if (!entry->is_directory(gone) || gone) {
            continue;
        }
        const std::string path = entry->path().string();
        const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
        if (const auto id = container_id(name); !id.empty()) {
            into.push_back({std::string(id), path});
        } else if (levels > 1) {
            collect(path, levels - 1, into);
        }
    }
}

}  // namespace

Result<Hierarchy> find_hierarchy(const std::string& sys, Controller controller) {
    const std::string mount = sys + "/fs/cgroup";
    if (directory_exists(mount + "/cgroup.controllers")) {
        return Hierarchy{mount, Hierarchy::Version::kTwo};
    }
    constexpr std::array<std::string_view, 2> kCpu{"cpuacct", "cpu,cpuacct"};
    constexpr std::array<std::string_view, 1> kBlockIo{"blkio"};
    constexpr std::array<std::string_view, 1> kMemory{"memory"};
    std::span<const std::string_view> names = kCpu;
    if (controller != Controller::kCpu) {
        names = controller == Controller::kBlockIo ? kBlockIo : kMemory;
    }
    for (const auto name : names) {
        const std::string root = fmt::format("{}/{}", mount, name);
        if (directory_exists(root)) {
            return Hierarchy{root, Hierarchy::Version::kOne};
        }
    }
    return Error(ErrorCode::kNotFound,
                 fmt::format("{}: there are no cgroups for {}", mount, names.front()));
}

std::string_view container_id(std::string_view directory) noexcept {
    constexpr std::size_t kIdLength = 64;
    constexpr std::string_view kScope = ".scope";
    if (directory.ends_with(kScope)) {
        directory.remove_suffix(kScope.size());
        for (const std::string_view runtime : {"docker-", "cri-containerd-", "crio-"}) {
            if (directory.starts_with(runtime)) {
                directory.remove_prefix(runtime.size());
                break;
            }
        }
    }
    const bool is_id = directory.size() == kIdLength &&
                       directory.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return is_id ? directory : std::string_view();
}

Result<std::span<const Container>> ContainerTree::look(base::MonotonicTime now) {
    if (generation_ == 0 || now - looked_at_ >= kFreshFor) {
        looked_at_ = now;
        exists_ = false;
        std::vector<Container> found;
        const auto search = [&](std::string_view below, int levels) {
            const std::string directory = fmt::format("{}/{}", root_, below);
            if (directory_exists(directory)) {
                exists_ = true;
                collect(directory, levels, found);
            }
        };
        if (runtime_ == Runtime::kDocker) {
            // Services are in system.slice, too: without a container it says nothing about Docker.
            search("system.slice", 1);
            exists_ = !found.empty();
            search("docker", 1);
        } else {
            search("kubepods", kDeepest);
            search("kubepods.slice", kDeepest);
        }
        std::sort(found.begin(), found.end(),
                  [](const auto& left, const auto& right) { return left.id < right.id; });
        if (found.size() > kMost) {
            if (!warned_) {
                base::log_warn("{}: {} containers, of which the first {} are measured", root_,
                               found.size(), kMost);
                warned_ = true;
            }
            found.resize(kMost);
        }
        if (generation_ == 0 || found != containers_) {
            containers_ = std::move(found);
            ++generation_;
        }
    }
    if (!exists_) {
        return Error(ErrorCode::kNotFound, fmt::format("{}: no containers", root_));
    }
    return std::span<const Container>(containers_);
}

}  // namespace galileo::hostmon
