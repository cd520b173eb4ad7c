#include "coord/keys.h"

#include <array>

#include "base/assert.h"

namespace galileo::coord::keys {

namespace {

std::string joined(std::string_view left, std::string_view middle, std::string_view right = {}) {
    std::string out;
    out.reserve(left.size() + middle.size() + right.size());
    out += left;
    out += middle;
    out += right;
    return out;
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_glob(char c) {
    return c == '*' || c == '?' || c == '[' || c == ']' || c == '\\' || c == '^';
}

}  // namespace

std::string worker_clients(std::string_view worker) {
    return joined("galileo:worker:", worker, ":clients");
}

std::string client(std::string_view client_id) {
    return joined("galileo:client:", client_id);
}

std::string worker_labels(std::string_view worker) {
    return std::string(worker);
}

std::string recorded_profile(std::string_view client_id) {
    return std::string(client_id);
}

std::string routing_hosts(std::string_view service) {
    return joined("routing:hosts:", service);
}

std::string routing_weights(std::string_view service) {
    return joined("routing:weights:", service);
}

std::string telemetry_info(std::string_view node) {
    return joined("telemd.info:", node);
}

std::string telemetry_commands(std::string_view node) {
    return joined(kTelemetryCommandPrefix, node);
}

std::string telemetry_samples(std::string_view node,
                              std::string_view metric,
                              std::string_view subsystem) {
    std::string channel = joined("telem/", node, "/");
    channel += metric;
    if (!subsystem.empty()) {
        channel += '/';
        channel += subsystem;
    }
    return channel;
}

std::string routing_drained(std::string_view service) {
    return joined("galileo:routing:drained:", service);
}

std::string bus(std::string_view name) {
    return joined(kBusPrefix, name);
}

std::string create_client(std::string_view worker) {
    return joined("WorkerDaemon.create_client:", worker);
}

std::string worker_lease(std::string_view worker) {
    return joined(kWorkerLeasePrefix, worker);
}

std::string run_lease(std::string_view run_id) {
    return joined(kRunLeasePrefix, run_id);
}

std::string experiments_in_work(std::string_view daemon) {
    return joined(kExperimentsInWorkPrefix, daemon);
}

std::string daemon_lease(std::string_view daemon) {
    return joined("galileo:lease:experimentd:", daemon);
}

std::string trace_stream(std::string_view experiment_id) {
    return joined("galileo:traces:", experiment_id);
}

std::string glob_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_glob(c)) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string lone_pattern(std::string_view name, std::uint64_t index) {
    // Bits from the end of the name on: the common beginning stays plain, so that Redis drops other
    // channels at its first letters.
    std::uint64_t bits = index + 1;
    std::string reversed;
    for (auto c = name.rbegin(); c != name.rend(); ++c) {
        const bool bracket = is_word(*c) && (bits & 1U) != 0;
        if (is_word(*c)) {
            bits >>= 1U;
        }
        reversed += bracket ? "]" : "";
        reversed += *c;
        reversed += bracket ? "[" : is_glob(*c) ? "\\" : "";
    }
    GALILEO_ASSERT(bits == 0);
    return {reversed.rbegin(), reversed.rend()};
}

bool is_usable_name(std::string_view name) {
    constexpr std::size_t kLongest = 200;
    constexpr std::array kReserved{kWorkers, kRoutingServices};
    if (name.empty() || name.size() > kLongest) {
        return false;
    }
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == 0x7f || c == ',') {
            return false;
        }
    }
    for (const auto reserved : kReserved) {
        if (name == reserved) {
            return false;
        }
    }
    for (const std::string_view prefix :
         {"galileo:", "routing:", "telemd.info:", "__eventbus:", "exp:"}) {
        if (name.starts_with(prefix)) {
            return false;
        }
    }
    return true;
}

}  // namespace galileo::coord::keys
