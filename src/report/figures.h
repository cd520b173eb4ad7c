#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "stats/interval.h"

/// Numbers and small drawings as text. Pure functions; thread-safe.
namespace galileo::report {

/// What stands for a value that is not known: missing is not 0.
inline constexpr std::string_view kUnknown = "–";

/// How many a second that is; below 0, which format_rate() shows as kUnknown, when `length` is 0.
double per_second(std::uint64_t count, std::chrono::nanoseconds length);

/// Per second, without the unit: `398.0`, `1,998`, `20,144`.
std::string format_rate(double per_second);

/// A part of a whole to one decimal: `33.3 %`, `<0.1 %`, `100.0 %`; kUnknown when `whole` is 0.
std::string format_share(std::uint64_t part, std::uint64_t whole);

/// A rate of errors, never rounded to none or to all: `0.00 %`, `<0.01 %`, `12.5 %`, `100 %`;
/// kUnknown when `whole` is 0.
std::string format_percent(std::uint64_t part, std::uint64_t whole);

/// A percentile as format_latency() gives it; kUnknown when the histogram is empty. 100: the
/// largest.
std::string format_percentile(const stats::Histogram& histogram, double percent);

/// `2026-11-24T02:35:05Z`.
std::string format_time(base::WallTime time);
/// The time of day of it: `02:35:05Z`.
std::string format_time_of_day(base::WallTime time);

/// A bound between two bars, as short as it can be: `200µs`, `1ms`, `2.5s`.
std::string format_bound(std::chrono::nanoseconds bound);

/// `[=======>-------]`, `columns` wide. `fraction` is clamped to 0 to 1.
std::string progress_bar(double fraction, int columns);

/// `■■■■` of at most `columns`, in proportion; `▏` for a share that is above 0 but too small.
std::string share_bar(double share, int columns);

/// One block a value, `▁` to `█`, from 0 to the largest; a space where a value is missing. The last
/// `columns` values are shown.
std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t columns);

/// One bar of a latency distribution: the values above `low` up to `high`.
struct LatencyBand {
    std::chrono::nanoseconds low{0};
    std::chrono::nanoseconds high{0};
    std::uint64_t count = 0;

    bool operator==(const LatencyBand&) const = default;
};
/// At most `most` bands with round bounds that hold every value once: the first begins at 0, a long
/// tail shares the last one. Empty for an empty histogram.
std::vector<LatencyBand> latency_bands(const stats::Histogram& histogram, std::size_t most);

/// The hosts of all services, merged by `host:port`.
std::map<std::string, stats::Tally, std::less<>> merged_hosts(const stats::Snapshot& snapshot);

/// `200 158,204  429 31  503 12`, largest first; -1 is left out, see error_list(). `none` when
/// there are none.
std::string status_list(const stats::Tally& tally, std::size_t most);
/// `timeout 3  reset 1`, largest first, then by name; `none` when there are none.
std::string error_list(const stats::Tally& tally, std::size_t most);

/// The short name of a run in logs: what follows the last `-` of its id, `9f3a`.
std::string short_id(const std::string& run_id);

}  // namespace galileo::report
