#include "hostmon/host_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>

#include "base/process.h"
#include "hostmon/kernel_text.h"
#include "hostmon/net_counters.h"

namespace galileo::hostmon {

namespace {

std::string text_of(const std::string& path, ReadBuffer& buffer) {
    const auto text = KernelFile(path).read(buffer);
    return text ? std::string(*text) : std::string();
}

std::string architecture() {
    struct Name {
        std::string_view kernel;
        std::string_view go;
    };
    constexpr std::array kNames{Name{"x86_64", "amd64"}, Name{"aarch64", "arm64"},
                                Name{"armv6l", "arm"},   Name{"armv7l", "arm"},
                                Name{"armv8l", "arm"},   Name{"i686", "386"},
                                Name{"i386", "386"}};
    utsname system{};
    if (::uname(&system) != 0) {
        return {};
    }
    const std::string_view machine(static_cast<const char*>(system.machine));
    for (const auto& name : kNames) {
        if (name.kernel == machine) {
            return std::string(name.go);
        }
    }
    return std::string(machine);
}

std::string optional_count(std::optional<std::uint64_t> count) {
    return count ? std::to_string(*count) : std::string();
}

std::size_t count_cpus(std::string_view stat) {
    std::size_t cpus = 0;
    for_each_line(stat, [&](std::string_view line) {
        const auto word = take_word(line);
        cpus += word.starts_with("cpu") && to_count(word.substr(3)) ? 1 : 0;
    });
    return cpus;
}

std::vector<std::string> disks(const HostOptions& options, ReadBuffer& buffer) {
    std::vector<std::string> names;
    for_each_line(text_of(options.proc + "/diskstats", buffer), [&](std::string_view line) {
        take_word(line);
        take_word(line);
        const auto name = take_word(line);
        if (!name.empty() && is_wanted_disk(options, name)) {
            names.emplace_back(name);
        }
    });
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> net_devices(const HostOptions& options, ReadBuffer& buffer) {
    std::vector<std::string> names;
    for_each_line(text_of(net_file(options, "dev"), buffer), [&](std::string_view line) {
        const auto counters = parse_net_counters(line);
        if (counters && is_wanted_net_device(options, counters->device)) {
            names.emplace_back(counters->device);
        }
    });
    std::sort(names.begin(), names.end());
    return names;
}

/// Of `/proc/net/route`: device, destination, ...; the default route's destination is 0.
std::string device_of_default_route(const HostOptions& options, ReadBuffer& buffer) {
    std::string device;
    for_each_line(text_of(net_file(options, "route"), buffer), [&](std::string_view line) {
        const auto name = take_word(line);
        if (device.empty() && take_word(line) == "00000000") {
            device = name;
        }
    });
    return device;
}

std::string net_speed(const HostOptions& options,
                      const std::vector<std::string>& devices,
                      ReadBuffer& buffer) {
    std::string device = device_of_default_route(options, buffer);
    if (std::find(devices.begin(), devices.end(), device) == devices.end()) {
        device = devices.empty() ? "" : devices.front();
    }
    // Devices that are down, and most virtual ones, refuse to be read.
    const auto text = text_of(fmt::format("{}/class/net/{}/speed", options.sys, device), buffer);
    std::string_view rest = text;
    const auto speed = take_word(rest);
    return to_count(speed) ? std::string(speed) : "-1";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> host_facts(const HostOptions& options) {
    ReadBuffer buffer;
    const std::string stat = text_of(options.proc + "/stat", buffer);
    const std::string meminfo = text_of(options.proc + "/meminfo", buffer);
    const auto nets = net_devices(options, buffer);
    return {
        {"arch", architecture()},
        {"boot", optional_count(count_of_line(stat, "btime "))},
        {"hostname", base::host_name()},
        {"ram", optional_count(count_of_line(meminfo, "MemTotal:"))},
        {"cpus", std::to_string(count_cpus(stat))},
        {"disk", fmt::format("{}", fmt::join(disks(options, buffer), " "))},
        {"net", fmt::format("{}", fmt::join(nets, " "))},
        {"netspeed", net_speed(options, nets, buffer)},
    };
}

}  // namespace galileo::hostmon
