#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace galileo::stats {

/// A histogram of latencies from 1 ns to 1 h with three significant digits in fixed memory: the
/// bucket layout of HdrHistogram (lowest 1, highest 3.6e12, 3 digits), so merging adds counts and
/// loses nothing. Larger values count as the highest and are counted in `saturated()`. The counts
/// live in zero pages that the kernel provides on first touch, so an empty histogram costs next to
/// nothing; recording never allocates. Thread-compatible.
class Histogram {
  public:
    Histogram();
    Histogram(const Histogram& other);
    Histogram& operator=(const Histogram& other);
    Histogram(Histogram&&) noexcept;
    Histogram& operator=(Histogram&&) noexcept;
    ~Histogram();

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
    /// kInvalidInput for anything that encode() did not write; never crashes, whatever the bytes.
    static Result<Histogram> decode(std::string_view bytes);

    bool operator==(const Histogram& other) const noexcept;

  private:
    struct Counts;
    std::unique_ptr<Counts> counts_;
};

/// The percentile spectrum as HdrHistogram's `outputPercentileDistribution` prints it, values in
/// milliseconds: what hdrplot and HistogramLogAnalyzer read (`.hgrm`).
std::string percentile_spectrum(const Histogram& histogram);

}  // namespace galileo::stats
