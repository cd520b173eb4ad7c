#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "hostmon/containers.h"
#include "hostmon/kernel_file.h"

namespace galileo::hostmon {

/// Where the kernel's files are, and what is looked at.
struct HostOptions {
    std::string proc = "/proc";              ///< where procfs is mounted
    std::string sys = "/sys";                ///< where sysfs is mounted
    std::vector<std::string> net_devices{};  ///< only these; empty: all but `lo` and `veth*`
    /// Only these, partitions too; empty: all disks but `loop*`, `ram*` and `sr*`.
    std::vector<std::string> disk_devices{};
};

bool is_wanted_net_device(const HostOptions& options, std::string_view name);
bool is_wanted_disk(const HostOptions& options, std::string_view name);

/// `file` of the network namespace that the host's first process is in; our own namespace's when
/// that must not be seen. In a container with the host's procfs mounted, `net/` itself would be the
/// container's.
std::string net_file(const HostOptions& options, std::string_view file);

/// What the instruments of one thread share. Must outlive them. Thread-compatible.
class Host {
  public:
    /// `clock` must outlive it.
    Host(HostOptions options, base::Clock& clock) : options_(std::move(options)), clock_(clock) {}
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    ~Host() = default;

    [[nodiscard]] const HostOptions& options() const noexcept { return options_; }
    [[nodiscard]] base::Clock& clock() const noexcept { return clock_; }
    [[nodiscard]] ReadBuffer& buffer() noexcept { return buffer_; }

    /// The containers of a runtime below `root`, one tree for all who ask. Valid as long as this.
    ContainerTree& containers(Runtime runtime, const std::string& root);

  private:
    const HostOptions options_;
    base::Clock& clock_;
    ReadBuffer buffer_;
    std::map<std::pair<Runtime, std::string>, ContainerTree> trees_;
};

}  // namespace galileo::hostmon
