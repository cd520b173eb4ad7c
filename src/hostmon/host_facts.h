#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hostmon/host.h"

namespace galileo::hostmon {

/// What a host says about itself, name and value, in the order and with the names of the original's
/// telemd (contract 4.6): `arch` (as Go calls it: amd64, arm64, arm, ...), `boot` (epoch seconds),
/// `hostname`, `ram` (kB of 1024 bytes), `cpus`, `disk` and `net` (devices in order of name,
/// separated by blanks), `netspeed` (Mbit/s of the device with the default route, else of the
/// first; -1: unknown). A fact that cannot be found out is empty. Thread-safe; blocks for about a
/// millisecond.
std::vector<std::pair<std::string, std::string>> host_facts(const HostOptions& options);

}  // namespace galileo::hostmon
