#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace galileo::stats {

/// A histogram of latencies from 1 ns to 1 h with three significant digits in fixed memory: the
/// bucket layout of HdrHistogram (lowest 1, highest 3.6e12, 3 digits), so merging adds counts and
/// loses nothing. Larger values count as the highest and are counted in `saturated()`. The counts
/// live in zero pages that the kernel provides on first touch (or that an earlier histogram left),
/// so an empty histogram costs next to nothing; recording never allocates. Scanning, merging and
/// resetting touch only the stretch from the lowest to the highest value recorded. A moved-from
/// histogram reads as empty; assign to it before recording again. Thread-compatible.
class Histogram {
  public:
    Histogram();
    Histogram(const Histogram& other);
    Histogram& operator=(const Histogram& other);
    Histogram(Histogram&&) noexcept;
    Histogram& operator=(Histogram&&) noexcept;
    ~Histogram();

    /// The highest value told apart from larger ones.
    static constexpr std::chrono::nanoseconds kHighest = std::chrono::hours(1);

    /// Counts one value; negative values count as 0. About 2 ns.
    void record(std::chrono::nanoseconds value) noexcept { record(value, 1); }
    void record(std::chrono::nanoseconds value, std::uint64_t times) noexcept;

    /// Adds all of `other`: exact, commutative, associative.
    void merge(const Histogram& other) noexcept;
    void reset() noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept;
    [[nodiscard]] std::uint64_t saturated() const noexcept;  ///< subset of count: values above 1 h
    [[nodiscard]] std::chrono::nanoseconds min() const noexcept;  ///< exact; 0 when empty
    [[nodiscard]] std::chrono::nanoseconds max() const noexcept;  ///< exact; 0 when empty
    [[nodiscard]] double mean_nanoseconds() const noexcept;  ///< from the buckets; 0 when empty

    /// The value that `percent` (0 to 100) of the values do not exceed: the highest value
    /// equivalent to the bucket, never above max(); percentile(100) == max(). 0 when empty.
    [[nodiscard]] std::chrono::nanoseconds percentile(double percent) const noexcept;

    /// How many values are at most `value` (to bucket precision).
    [[nodiscard]] std::uint64_t count_at_or_below(std::chrono::nanoseconds value) const noexcept;

    /// One non-empty bucket: [low, high], both inclusive, in nanoseconds.
    struct Bucket {
        std::chrono::nanoseconds low;
        std::chrono::nanoseconds high;
        std::uint64_t count;
    };
    /// All non-empty buckets, lowest first.
    [[nodiscard]] std::vector<Bucket> buckets() const;

    /// HdrHistogram's V2 encoding (not compressed): binary, merges exactly after decoding. Also
    /// carries min, max and saturated in a trailer of ours so that decode(encode(h)) == h.
    [[nodiscard]] std::string encode() const;
    /// kInvalidInput for anything that encode() did not write, and for more than 2^48 values; never
    /// crashes, whatever the bytes. What it accepts encodes to the same bytes again.
    static Result<Histogram> decode(std::string_view bytes);

    bool operator==(const Histogram& other) const noexcept;

  private:
    friend std::string percentile_spectrum(const Histogram& histogram);

    // 3 digits need 2000 steps of one unit, so 2048 sub buckets; every further power of two adds
    // their upper half, up to the one that holds kHighest.
    static constexpr int kHalfBits = 10;
    static constexpr std::size_t kHalf = std::size_t{1} << kHalfBits;
    static constexpr std::size_t kSubBuckets = 2 * kHalf;
    static constexpr std::size_t kBuckets = 32;
    static constexpr std::size_t kCounts = (kBuckets + 1) * kHalf;

    struct GiveBack {
        void operator()(std::uint64_t* counts) const noexcept;
    };
    /// Indexes [begin, end) outside of which every count is 0.
    struct Range {
        std::size_t begin;
        std::size_t end;
    };

    static std::size_t index_of(std::int64_t value) noexcept;
    static std::int64_t lowest_at(std::size_t index) noexcept;
    static std::int64_t width_at(std::size_t index) noexcept;
    [[nodiscard]] std::int64_t median_at(std::size_t index) const noexcept;
    [[nodiscard]] std::int64_t highest_at(std::size_t index) const noexcept;  ///< at most max()
    [[nodiscard]] Range used() const noexcept;
    [[nodiscard]] double deviation_nanoseconds() const noexcept;
    Result<void> decode_counts(std::string_view payload);
    Result<void> decode_trailer(std::string_view trailer);

    std::unique_ptr<std::uint64_t[], GiveBack>
        counts_;  ///< kCounts, all of them 0 when total_ is 0
    std::uint64_t total_ = 0;
    std::uint64_t saturated_ = 0;
    std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t max_ = 0;
};

inline std::size_t Histogram::index_of(std::int64_t value) noexcept {
    const auto bits = static_cast<std::uint64_t>(value);
    const int bucket = 63 - kHalfBits - std::countl_zero(bits | (kSubBuckets - 1));
    return (static_cast<std::size_t>(bucket) << kHalfBits) +
           static_cast<std::size_t>(bits >> bucket);
}

inline void Histogram::record(std::chrono::nanoseconds value, std::uint64_t times) noexcept {
    if (times == 0) {
        return;
    }
    if (value > kHighest) {
        saturated_ += times;
        value = kHighest;
    }
    const std::int64_t counted = std::max<std::int64_t>(value.count(), 0);
    counts_[index_of(counted)] += times;
    total_ += times;
    min_ = std::min(min_, counted);
    max_ = std::max(max_, counted);
}

/// The percentile spectrum as HdrHistogram's `outputPercentileDistribution` prints it, values in
/// milliseconds: what hdrplot and HistogramLogAnalyzer read (`.hgrm`). Five rows for every halving
/// of the distance to 100 %. Only the highest row and `Max` differ from HdrHistogram's own output:
/// they are the exact max(), not the end of its bucket.
std::string percentile_spectrum(const Histogram& histogram);

}  // namespace galileo::stats
