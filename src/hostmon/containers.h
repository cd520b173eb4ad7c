#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace galileo::hostmon {

/// Who made a container, as its place among the cgroups tells.
enum class Runtime {
    kDocker,      ///< `docker/<id>` or `system.slice/docker-<id>.scope`
    kKubernetes,  ///< anywhere below `kubepods` or `kubepods.slice`
};

/// What a hierarchy of cgroups counts.
enum class Controller { kCpu, kBlockIo, kMemory };

/// A mounted hierarchy of cgroups.
struct Hierarchy {
    enum class Version { kOne, kTwo };
    std::string root;
    Version version = Version::kTwo;
};

/// The hierarchy below `sys`/fs/cgroup that has `controller`: the only one of version 2, or the one
/// of version 1 that is mounted for it. kNotFound when there is none.
Result<Hierarchy> find_hierarchy(const std::string& sys, Controller controller);

/// A container that exists.
struct Container {
    std::string id;    ///< 64 hexadecimal digits
    std::string path;  ///< its directory among the cgroups

    bool operator==(const Container&) const = default;
};

/// The container that a cgroup directory of this name belongs to, or empty: `<id>`,
/// `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>.scope`. A runtime's helpers, such
/// as `crio-conmon-<id>.scope`, are no containers.
std::string_view container_id(std::string_view directory) noexcept;

/// The containers of one runtime in one hierarchy, looked up again when that was some time ago.
/// Thread-compatible.
class ContainerTree {
  public:
    static constexpr std::size_t kMost = 1024;  ///< containers; more are left out, with a warning

    ContainerTree(Runtime runtime, std::string root) : runtime_(runtime), root_(std::move(root)) {}

    /// Those that exist, in order of id; the view is valid until the next call. kNotFound when
    /// there are none and the runtime has no directory of its own here.
    Result<std::span<const Container>> look(base::MonotonicTime now);

    /// Changes whenever look() finds something else than before.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  private:
    const Runtime runtime_;
    const std::string root_;
    std::vector<Container> containers_;
    std::uint64_t generation_ = 0;
    bool exists_ = false;
    bool warned_ = false;
    base::MonotonicTime looked_at_;
};

}  // namespace galileo::hostmon
