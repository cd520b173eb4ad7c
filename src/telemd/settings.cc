#include "telemd/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "base/process.h"
#include "base/units.h"
#include "coord/keys.h"
#include "redis/options.h"
#include "telemd/ini_file.h"

namespace galileo::telemd {

namespace {

constexpr std::string_view kPrefix = "telemd_";
constexpr std::string_view kPeriodPrefix = "period_";

struct Setting {
    std::string value;
    std::string origin;  ///< for messages: the variable, or file and line
};

/// By name, lower case and without `telemd_`.
using Said = std::map<std::string, Setting, std::less<>>;

std::string plain_name(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.starts_with(kPrefix) ? lower.substr(kPrefix.size()) : lower;
}

bool is_known(std::string_view name) {
    constexpr std::string_view kNames[] = {"nodename",
                                           "redis_host",
                                           "redis_port",
                                           "redis_url",
                                           "redis_retry_backoff",
                                           "net_devices",
                                           "disk_devices",
                                           "instruments_enable",
                                           "instruments_disable",
                                           "proc_mount",
                                           "sys_mount"};
    return name.starts_with(kPeriodPrefix) ||
           std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Error wrong(const std::string& origin, std::string_view what) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{}: {}", origin, what));
}

std::vector<std::string> words_of(std::string_view text) {
    constexpr std::string_view kSeparators = " ,\t\n";
    std::vector<std::string> words;
    for (auto begin = text.find_first_not_of(kSeparators); begin != std::string_view::npos;
         begin = text.find_first_not_of(kSeparators, begin)) {
        const auto end = std::min(text.size(), text.find_first_of(kSeparators, begin));
        words.emplace_back(text.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

Error unknown_instrument(const std::string& origin, std::string_view name) {
    std::vector<std::string_view> known;
    for (const auto& kind : hostmon::instrument_kinds()) {
        known.push_back(kind.name);
    }
    return wrong(origin, fmt::format("there is no instrument '{}'; there are {}", name,
                                     fmt::join(known, ", ")));
}

/// Reads what was said, one setting after the other.
class Reader {
  public:
    explicit Reader(const SettingsSources& sources) : sources_(sources) {}

    Result<Settings> read() {
        TRY(choose_node());
        TRY(gather());
        TRY(choose_redis());
        TRY(choose_host());
        TRY(choose_instruments());
        if (const auto* pause = find("redis_retry_backoff")) {
            settings_.retry_pause = TRY(duration(*pause, std::chrono::minutes(10)));
        }
        return std::move(settings_);
    }

  private:
    const Setting* find(std::string_view name) const {
        const auto found = said_.find(name);
        return found == said_.end() || found->second.value.empty() ? nullptr : &found->second;
    }

    /// Before the file is looked at, because the name says which section holds.
    Result<void> choose_node() {
        std::string origin = "--name";
        settings_.node = sources_.name;
        if (settings_.node.empty()) {
            origin = "telemd_nodename";
            settings_.node = sources_.environment.get(origin, "");
        }
        if (settings_.node.empty()) {
            origin = "the host's name";
            settings_.node = base::host_name();
        }
        if (!coord::keys::is_usable_name(settings_.node) ||
            settings_.node.find('/') != std::string::npos) {
            return wrong(origin, fmt::format("'{}' is no name for a node: at most 200 bytes, "
                                             "without blanks, commas and slashes",
                                             settings_.node));
        }
        return {};
    }

    Result<void> gather() {
        const auto entries = TRY_WITHIN(sources_.file_name, parse_ini(sources_.file_text));
        for (const auto& entry : entries) {
            if (entry.section.empty() || entry.section == settings_.node) {
                say(entry.name, entry.value,
                    fmt::format("{}: line {}: {}", sources_.file_name, entry.line, entry.name));
            }
        }
        for (const auto& [name, value] : sources_.environment.with_prefix(kPrefix)) {
            // Another program's (contract 9).
            if (!name.starts_with("telemd_kubernetes_adapter_") && !value.empty()) {
                say(name, value, name);
            }
        }
        return {};
    }

    void say(std::string_view name, const std::string& value, const std::string& origin) {
        auto plain = plain_name(name);
        if (!is_known(plain)) {
            base::log_warn("{}: there is no such setting", origin);
            return;
        }
        said_[std::move(plain)] = {value, origin};
    }

    Result<void> choose_redis() {
        const auto* const url = find("redis_url");
        const auto* const host = find("redis_host");
        const auto* const port = find("redis_port");
        if (url != nullptr) {
            settings_.redis = url->value;
            TRY_WITHIN(url->origin, redis::RedisOptions::parse(settings_.redis));
        } else if (host != nullptr || port != nullptr) {
            std::string where = host != nullptr ? host->value : "localhost";
            if (where.find(':') != std::string::npos && !where.starts_with('[')) {
                where = '[' + where + ']';  // an IPv6 address
            }
            settings_.redis =
                fmt::format("redis://{}:{}", where, port != nullptr ? port->value : "6379");
            TRY_WITHIN((host != nullptr ? host : port)->origin,
                       redis::RedisOptions::parse(settings_.redis));
        }
        return {};
    }

    Result<void> choose_host() {
        for (const auto& [name, path] : {std::pair("proc_mount", &settings_.host.proc),
                                         std::pair("sys_mount", &settings_.host.sys)}) {
            if (const auto* said = find(name)) {
                if (!said->value.starts_with('/')) {
                    return wrong(said->origin,
                                 fmt::format("'{}' is not an absolute path", said->value));
                }
                *path = said->value;
                while (path->size() > 1 && path->ends_with('/')) {
                    path->pop_back();
                }
            }
        }
        if (const auto* devices = find("net_devices")) {
            settings_.host.net_devices = words_of(devices->value);
        }
        if (const auto* devices = find("disk_devices")) {
            settings_.host.disk_devices = words_of(devices->value);
        }
        return {};
    }

    /// The names in a list of instruments; nothing when the list is not there.
    Result<std::optional<std::vector<std::string>>> listed(std::string_view name) const {
        const auto* const said = find(name);
        if (said == nullptr) {
            return std::optional<std::vector<std::string>>();
        }
        auto names = words_of(said->value);
        for (const auto& one : names) {
            if (hostmon::find_instrument(one) == nullptr) {
                return unknown_instrument(said->origin, one);
            }
        }
        return std::optional(std::move(names));
    }

    Result<void> choose_instruments() {
        const auto enabled = TRY(listed("instruments_enable"));
        const auto disabled = TRY(listed("instruments_disable"));
        const auto has = [](const auto& names, std::string_view name) {
            return names && std::find(names->begin(), names->end(), name) != names->end();
        };
        for (const auto& kind : hostmon::instrument_kinds()) {
            if ((!enabled || has(enabled, kind.name)) && !has(disabled, kind.name)) {
                settings_.instruments.push_back({&kind, kind.period});
            }
        }
        if (settings_.instruments.empty()) {
            return wrong("telemd_instruments_enable, telemd_instruments_disable",
                         "no instrument is left");
        }
        return choose_periods();
    }

    Result<void> choose_periods() {
        for (const auto& [name, setting] : said_) {
            if (!name.starts_with(kPeriodPrefix)) {
                continue;
            }
            const auto instrument = std::string_view(name).substr(kPeriodPrefix.size());
            if (hostmon::find_instrument(instrument) == nullptr) {
                return unknown_instrument(setting.origin, instrument);
            }
            const auto period = std::chrono::duration_cast<std::chrono::milliseconds>(
                TRY(duration(setting, std::chrono::hours(24))));
            for (auto& chosen : settings_.instruments) {
                if (chosen.kind->name == instrument) {
                    chosen.period = period;
                }
            }
        }
        return {};
    }

    static Result<std::chrono::nanoseconds> duration(const Setting& setting,
                                                     std::chrono::nanoseconds longest) {
        constexpr std::chrono::milliseconds kShortest{10};
        const auto given = TRY_WITHIN(setting.origin, base::parse_duration(setting.value));
        if (given < kShortest || given > longest) {
            return wrong(setting.origin, fmt::format("'{}' is not within {} and {}", setting.value,
                                                     base::format_duration(kShortest),
                                                     base::format_duration(longest)));
        }
        return given;
    }

    const SettingsSources& sources_;
    Said said_;
    Settings settings_;
};

}  // namespace

Result<Settings> read_settings(const SettingsSources& sources) {
    return Reader(sources).read();
}

}  // namespace galileo::telemd
