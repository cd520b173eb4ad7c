#include "cli/doctor_checks.h"

#include <fmt/format.h>

#include <array>

#include "base/units.h"

namespace galileo::cli {

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::string_view kNewerRedis = "Redis 5 or later: traces travel in streams";

/// Whether a version such as `7.0.15` is known to be below 5, which has no streams.
bool is_too_old(const std::string& version) {
    return version.size() > 1 && version[1] == '.' && version[0] >= '0' && version[0] < '5';
}

Check unknown(std::string name) {
    return {std::move(name), Verdict::kWarning, "cannot be read",
            "see that /proc and /sys are there"};
}

std::string sysctl(std::string_view setting) {
    return fmt::format("sysctl -w {} (for good: in /etc/sysctl.d/galileo.conf)", setting);
}

Check check_open_files(const Facts& facts) {
    Check check{"open files", Verdict::kOk, {}, {}};
    if (!facts.open_files_soft || !facts.open_files_hard) {
        return unknown(check.name);
    }
    const std::uint64_t hard = *facts.open_files_hard;
    check.detail =
        fmt::format("limit {} (soft), {} (hard); galileo raises its own to the hard one",
                    base::format_count(*facts.open_files_soft), base::format_count(hard));
    if (hard < 4096) {
        check.verdict = hard < 256 ? Verdict::kFailure : Verdict::kWarning;
        check.fix =
            "each connection takes one: as root, ulimit -Hn 65536 before starting, or nofile in "
            "/etc/security/limits.conf, or LimitNOFILE= in a systemd unit";
    }
    return check;
}

Check check_ports(const Facts& facts) {
    Check check{"outgoing ports", Verdict::kOk, {}, {}};
    if (!facts.ephemeral_first || !facts.ephemeral_last) {
        return unknown(check.name);
    }
    const std::uint64_t count = *facts.ephemeral_last - *facts.ephemeral_first + 1;
    check.detail =
        fmt::format("{}-{}: {} connections to one host and port at the same time",
                    *facts.ephemeral_first, *facts.ephemeral_last, base::format_count(count));
    if (count < 20'000) {
        check.verdict = Verdict::kWarning;
        check.fix = sysctl("net.ipv4.ip_local_port_range='1024 65535'");
    }
    return check;
}

Check check_accept_queue(const Facts& facts) {
    Check check{"accept queue", Verdict::kOk, {}, {}};
    if (!facts.accept_queue) {
        return unknown(check.name);
    }
    check.detail = fmt::format("{} connections wait for a server here",
                               base::format_count(*facts.accept_queue));
    if (*facts.accept_queue < 1024) {
        check.verdict = Verdict::kWarning;
        check.fix = sysctl("net.core.somaxconn=4096");
    }
    return check;
}

Check check_kernel(const Facts& facts) {
    Check check{"kernel", Verdict::kOk, "Linux " + facts.kernel, {}};
    if (facts.has_epoll_pwait2) {
        check.detail += ", timers to the nanosecond (epoll_pwait2)";
    } else {
        check.verdict = Verdict::kWarning;
        check.detail += ", no epoll_pwait2: requests may start up to 1 ms late";
        check.fix = "run on Linux 5.11 or later";
    }
    return check;
}

Check check_cpus(const Facts& facts) {
    Check check{"processors", Verdict::kOk, fmt::format("{} usable", facts.cpus), {}};
    if (facts.cpus < 2) {
        check.verdict = Verdict::kWarning;
        check.detail += ": generator, Redis and target share it";
        check.fix = "give the generator a core of its own, or keep the rate low";
    }
    return check;
}

Check check_clock(const Facts& facts) {
    Check check{"clock",
                Verdict::kOk,
                fmt::format("{}, {} a reading",
                            facts.clock_source.empty() ? "source unknown" : facts.clock_source,
                            base::format_latency(facts.clock_read)),
                {}};
    if (facts.clock_read > std::chrono::nanoseconds(300)) {
        check.verdict = Verdict::kWarning;
        check.detail += ": slow, each request reads it several times";
        check.fix =
            "choose a quicker one: see available_clocksource beside current_clocksource in "
            "/sys/devices/system/clocksource/clocksource0";
    }
    return check;
}

Check check_disk(const Facts& facts) {
    Check check{"disk space", Verdict::kOk, {}, {}};
    if (!facts.disk_free_bytes) {
        return {check.name, Verdict::kWarning, "cannot be read",
                "see that the current folder exists"};
    }
    const auto free = static_cast<double>(*facts.disk_free_bytes);
    check.detail =
        fmt::format("{:.1f} GiB free in {}", free / static_cast<double>(kGiB), facts.directory);
    if (*facts.disk_free_bytes < kGiB) {
        check.verdict = *facts.disk_free_bytes < 64 * kMiB ? Verdict::kFailure : Verdict::kWarning;
        check.fix =
            "a trace takes about 300 bytes: make room, or put the database elsewhere with --db";
    }
    return check;
}

Check check_directory(const Facts& facts) {
    if (facts.directory_writable) {
        return {"write access", Verdict::kOk, "databases can be made in " + facts.directory, {}};
    }
    return {"write access", Verdict::kFailure,
            fmt::format("{} cannot be written",
                        facts.directory.empty() ? "the current folder" : facts.directory),
            "change to a folder of your own, or name the database with --db"};
}

Check check_redis_server(const Facts& facts) {
    Check check{"redis-server", Verdict::kOk, {}, {}};
    if (!facts.redis_server.empty()) {
        check.detail = facts.redis_server + " installed, for runs without --redis";
        if (is_too_old(facts.redis_server)) {
            check.verdict = Verdict::kFailure;
            check.fix = kNewerRedis;
        }
        return check;
    }
    check.verdict = facts.redis_configured ? Verdict::kWarning : Verdict::kFailure;
    check.detail = "not on PATH: runs without --redis cannot start their own";
    check.fix = "apt-get install redis-server";
    return check;
}

Check check_redis(const Facts& facts) {
    Check check{"Redis", Verdict::kOk, {}, {}};
    if (!facts.redis_configured) {
        check.detail = "none configured (--redis, galileo_redis_host); each run starts its own";
        return check;
    }
    if (!facts.redis_version.empty()) {
        check.detail = fmt::format("{} answers, version {}", facts.redis_name, facts.redis_version);
        if (is_too_old(facts.redis_version)) {
            check.verdict = Verdict::kFailure;
            check.fix = kNewerRedis;
        }
        return check;
    }
    check.verdict = Verdict::kFailure;
    check.detail = facts.redis_error;
    check.fix =
        facts.redis_denied
            ? "set galileo_redis_password (or galileo_redis_url) to what requirepass says there"
            : "start it, or correct --redis, galileo_redis_host and galileo_redis_port";
    return check;
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 3> kNames = {"ok", "warn", "FAIL"};
    return kNames.at(static_cast<std::size_t>(verdict));
}

std::vector<Check> diagnose(const Facts& facts) {
    return {check_open_files(facts), check_ports(facts),     check_accept_queue(facts),
            check_kernel(facts),     check_cpus(facts),      check_clock(facts),
            check_disk(facts),       check_directory(facts), check_redis_server(facts),
            check_redis(facts)};
}

}  // namespace galileo::cli
