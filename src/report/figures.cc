#include "report/figures.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <tuple>

#include "base/units.h"

namespace galileo::report {

namespace {

using std::chrono::nanoseconds;

/// Round steps within a decade, coarse and fine.
constexpr std::array kCoarseSteps = {1.0, 2.0, 5.0};
constexpr std::array kFineSteps = {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0};
constexpr std::size_t kBandsWanted = 4;      // fewer bars than this say too little
constexpr double kLargestShareWanted = 0.6;  // so does one bar that has nearly all

template <std::size_t Size>
std::vector<nanoseconds> round_bounds(const std::array<double, Size>& steps) {
    std::vector<nanoseconds> bounds;
    constexpr int kDecades = 11;  // from 1 µs to more than an hour
    double decade = 1e3;
    for (int at = 0; at < kDecades; ++at, decade *= 10) {
        for (const double step : steps) {
            bounds.emplace_back(std::llround(decade * step));
        }
    }
    return bounds;
}

std::vector<LatencyBand> bands_between(const stats::Histogram& histogram,
                                       const std::vector<nanoseconds>& bounds,
                                       std::size_t most) {
    // The lowest hundredth does not deserve bars of its own.
    const nanoseconds start = histogram.percentile(1);
    auto next = std::upper_bound(bounds.begin(), bounds.end(), start);
    std::vector<LatencyBand> bands;
    nanoseconds low{0};
    std::uint64_t below = 0;
    while (below < histogram.count()) {
        const bool is_last = bands.size() + 1 == most || next == bounds.end();
        nanoseconds high = is_last ? histogram.max() : *next;
        if (is_last) {  // up to a round bound again
            const auto end = std::lower_bound(next, bounds.end(), high);
            high = end == bounds.end() ? high : *end;
        } else {
            ++next;
        }
        const std::uint64_t up_to = is_last ? histogram.count() : histogram.count_at_or_below(high);
        bands.push_back(LatencyBand{low, high, up_to - below});
        below = up_to;
        low = high;
    }
    return bands;
}

template <typename Key>
std::string ranked_list(std::vector<std::pair<Key, std::uint64_t>> entries, std::size_t most) {
    std::sort(entries.begin(), entries.end(), [](const auto& left, const auto& right) {
        return std::tie(right.second, left.first) < std::tie(left.second, right.first);
    });
    std::string text;
    for (std::size_t at = 0; at < std::min(entries.size(), most); ++at) {
        text += fmt::format("{}{} {}", at == 0 ? "" : "  ", entries[at].first,
                            base::format_count(entries[at].second));
    }
    if (entries.size() > most) {
        text += fmt::format("  and {} more", entries.size() - most);
    }
    return text.empty() ? "none" : text;
}

std::tm utc(base::WallTime time) {
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return parts;
}

}  // namespace

double per_second(std::uint64_t count, std::chrono::nanoseconds length) {
    const double seconds = std::chrono::duration<double>(length).count();
    return seconds > 0 ? static_cast<double>(count) / seconds : -1;
}

std::string format_rate(double per_second) {
    if (!std::isfinite(per_second) || per_second < 0) {
        return std::string(kUnknown);
    }
    if (per_second >= 999.95) {
        return base::format_count(static_cast<std::uint64_t>(std::llround(per_second)));
    }
    return fmt::format("{:.1f}", per_second);
}

std::string format_share(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) {
        return std::string(kUnknown);
    }
    const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    return part > 0 && percent < 0.1 ? "<0.1 %" : fmt::format("{:.1f} %", percent);
}

std::string format_percent(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) {
        return std::string(kUnknown);
    }
    const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (part > 0 && percent < 0.01) {
        return "<0.01 %";
    }
    if (part == whole) {
        return "100 %";
    }
    // What is not all must not read 100 %.
    return percent < 9.995 ? fmt::format("{:.2f} %", percent)
                           : fmt::format("{:.1f} %", std::min(percent, 99.9));
}

std::string format_percentile(const stats::Histogram& histogram, double percent) {
    return histogram.count() == 0 ? std::string(kUnknown)
                                  : base::format_latency(histogram.percentile(percent));
}

std::string format_time(base::WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc(time));
}

std::string format_time_of_day(base::WallTime time) {
    return fmt::format("{:%H:%M:%SZ}", utc(time));
}

std::string format_bound(nanoseconds bound) {
    const auto value = static_cast<double>(bound.count());
    if (value < 1e6) {
        return fmt::format("{:.4g}µs", value / 1e3);
    }
    return value < 1e9 ? fmt::format("{:.4g}ms", value / 1e6) : fmt::format("{:.4g}s", value / 1e9);
}

std::string progress_bar(double fraction, int columns) {
    const int room = std::max(columns - 2, 0);
    const int done = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * room);
    std::string bar = "[";
    for (int at = 0; at < room; ++at) {
        bar += at < done ? (at + 1 == done && done < room ? '>' : '=') : '-';
    }
    return bar + "]";
}

std::string share_bar(double share, int columns) {
    const int blocks = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * columns));
    if (blocks == 0) {
        return share > 0 ? "▏" : "";
    }
    std::string bar;
    for (int at = 0; at < blocks; ++at) {
        bar += "■";
    }
    return bar;
}

std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t columns) {
    constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const std::size_t first = values.size() > columns ? values.size() - columns : 0;
    double largest = 0;
    for (std::size_t at = first; at < values.size(); ++at) {
        largest = std::max(largest, values[at].value_or(0));
    }
    std::string line;
    for (std::size_t at = first; at < values.size(); ++at) {
        const auto& value = values[at];
        if (!value) {
            line += ' ';
            continue;
        }
        const double share = largest > 0 ? *value / largest : 0;
        line += kBlocks[static_cast<std::size_t>(std::clamp(share * 7.999, 0.0, 7.0))];
    }
    return line;
}

std::vector<LatencyBand> latency_bands(const stats::Histogram& histogram, std::size_t most) {
    if (histogram.count() == 0 || most == 0) {
        return {};
    }
    auto bands = bands_between(histogram, round_bounds(kCoarseSteps), most);
    const bool one_has_nearly_all =
        std::any_of(bands.begin(), bands.end(), [&](const LatencyBand& band) {
            return static_cast<double>(band.count) >
                   kLargestShareWanted * static_cast<double>(histogram.count());
        });
    return bands.size() >= kBandsWanted && !one_has_nearly_all
               ? bands
               : bands_between(histogram, round_bounds(kFineSteps), most);
}

std::map<std::string, stats::Tally, std::less<>> merged_hosts(const stats::Snapshot& snapshot) {
    std::map<std::string, stats::Tally, std::less<>> merged;
    for (const auto& [service, hosts] : snapshot.hosts) {
        for (const auto& [host, tally] : hosts) {
            merged[host].merge(tally);
        }
    }
    return merged;
}

std::string status_list(const stats::Tally& tally, std::size_t most) {
    std::vector<std::pair<int, std::uint64_t>> entries;
    for (const auto& [status, count] : tally.statuses) {
        if (status >= 0 && count > 0) {
            entries.emplace_back(status, count);
        }
    }
    return ranked_list(std::move(entries), most);
}

std::string error_list(const stats::Tally& tally, std::size_t most) {
    std::vector<std::pair<std::string, std::uint64_t>> entries;
    std::uint64_t named = 0;
    for (const auto& [reason, count] : tally.errors) {
        if (count > 0) {
            entries.emplace_back(reason, count);
            named += count;
        }
    }
    // Errors without a reason are errors still.
    const auto without_status = tally.statuses.find(-1);
    if (without_status != tally.statuses.end() && without_status->second > named) {
        entries.emplace_back("other", without_status->second - named);
    }
    return ranked_list(std::move(entries), most);
}

std::string short_id(const std::string& run_id) {
    const std::size_t dash = run_id.rfind('-');
    return dash == std::string::npos || dash + 1 == run_id.size() ? run_id
                                                                  : run_id.substr(dash + 1);
}

}  // namespace galileo::report
