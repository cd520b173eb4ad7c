#include "hostmon/host.h"

#include <unistd.h>

#include <algorithm>

namespace galileo::hostmon {

namespace {

bool is_listed(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_wanted_net_device(const HostOptions& options, std::string_view name) {
    if (!options.net_devices.empty()) {
        return is_listed(options.net_devices, name);
    }
    return name != "lo" && !name.starts_with("veth");
}

bool is_wanted_disk(const HostOptions& options, std::string_view name) {
    if (!options.disk_devices.empty()) {
        return is_listed(options.disk_devices, name);
    }
    if (name.starts_with("loop") || name.starts_with("ram") || name.starts_with("sr")) {
        return false;
    }
    // Partitions are listed among the disks, but have no directory of their own here.
    const std::string directory = options.sys + "/block/" + std::string(name);
    return ::access(directory.c_str(), F_OK) == 0;
}

std::string net_file(const HostOptions& options, std::string_view file) {
    std::string of_first = options.proc + "/1/net/" + std::string(file);
    if (::access(of_first.c_str(), R_OK) == 0) {
        return of_first;
    }
    return options.proc + "/net/" + std::string(file);
}

ContainerTree& Host::containers(Runtime runtime, const std::string& root) {
    const auto key = std::pair(runtime, root);
    return trees_.try_emplace(key, runtime, root).first->second;
}

}  // namespace galileo::hostmon
