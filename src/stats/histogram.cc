#include "stats/histogram.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "stats/zero_block.h"

namespace galileo::stats {

using std::chrono::nanoseconds;

void Histogram::GiveBack::operator()(std::uint64_t* counts) const noexcept {
    give_zero_block(counts);
}

Histogram::Histogram() : counts_(take_zero_block()) {
    static_assert(kCounts == kZeroBlockNumbers);
}

Histogram::Histogram(const Histogram& other) : Histogram() {
    merge(other);
}

Histogram& Histogram::operator=(const Histogram& other) {
    if (this != &other) {
        if (counts_ == nullptr) {
            counts_.reset(take_zero_block());
        }
        reset();
        merge(other);
    }
    return *this;
}

Histogram::Histogram(Histogram&& other) noexcept
    : counts_(std::move(other.counts_)),
      total_(std::exchange(other.total_, 0)),
      saturated_(std::exchange(other.saturated_, 0)),
      min_(std::exchange(other.min_, std::numeric_limits<std::int64_t>::max())),
      max_(std::exchange(other.max_, 0)) {}

Histogram& Histogram::operator=(Histogram&& other) noexcept {
    Histogram taken(std::move(other));
    std::swap(counts_, taken.counts_);
    std::swap(total_, taken.total_);
    std::swap(saturated_, taken.saturated_);
    std::swap(min_, taken.min_);
    std::swap(max_, taken.max_);
    return *this;
}

Histogram::~Histogram() {
    reset();
}

std::int64_t Histogram::width_at(std::size_t index) noexcept {
    return std::int64_t{1} << (index < kSubBuckets ? 0U : (index >> kHalfBits) - 1);
}

std::int64_t Histogram::lowest_at(std::size_t index) noexcept {
    const std::size_t step = index < kSubBuckets ? index : kHalf + index % kHalf;
    return static_cast<std::int64_t>(step) * width_at(index);
}

std::int64_t Histogram::median_at(std::size_t index) const noexcept {
    return lowest_at(index) + width_at(index) / 2;
}

std::int64_t Histogram::highest_at(std::size_t index) const noexcept {
    return std::min(lowest_at(index) + width_at(index) - 1, max_);
}

Histogram::Range Histogram::used() const noexcept {
    return total_ == 0 ? Range{0, 0} : Range{index_of(min_), index_of(max_) + 1};
}

void Histogram::merge(const Histogram& other) noexcept {
    const Range range = other.used();
    GALILEO_ASSERT(counts_ != nullptr || range.end == 0);
    for (std::size_t index = range.begin; index < range.end; ++index) {
        counts_[index] += other.counts_[index];
    }
    total_ += other.total_;
    saturated_ += other.saturated_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
}

void Histogram::reset() noexcept {
    const Range range = used();
    if (range.end > 0) {
        std::memset(&counts_[range.begin], 0, (range.end - range.begin) * sizeof(std::uint64_t));
    }
    total_ = 0;
    saturated_ = 0;
    min_ = std::numeric_limits<std::int64_t>::max();
    max_ = 0;
}

std::uint64_t Histogram::count() const noexcept {
    return total_;
}

std::uint64_t Histogram::saturated() const noexcept {
    return saturated_;
}

nanoseconds Histogram::min() const noexcept {
    return nanoseconds(total_ == 0 ? 0 : min_);
}

nanoseconds Histogram::max() const noexcept {
    return nanoseconds(max_);
}

double Histogram::mean_nanoseconds() const noexcept {
    double sum = 0;
    const Range range = used();
    for (std::size_t index = range.begin; index < range.end; ++index) {
        sum += static_cast<double>(counts_[index]) * static_cast<double>(median_at(index));
    }
    return total_ == 0 ? 0 : sum / static_cast<double>(total_);
}

double Histogram::deviation_nanoseconds() const noexcept {
    const double mean = mean_nanoseconds();
    double sum = 0;
    const Range range = used();
    for (std::size_t index = range.begin; index < range.end; ++index) {
        const double distance = static_cast<double>(median_at(index)) - mean;
        sum += static_cast<double>(counts_[index]) * distance * distance;
    }
    return total_ == 0 ? 0 : std::sqrt(sum / static_cast<double>(total_));
}

nanoseconds Histogram::percentile(double percent) const noexcept {
    if (percent >= 100) {
        return max();
    }
    if (!(percent > 0)) {
        return min();
    }
    // One step down, so that a product such as 99.9 * 1000 / 100, which comes out a little above
    // 999, does not ask for one value too many.
    const double wanted =
        std::ceil(std::nextafter(percent, 0.0) * static_cast<double>(total_) / 100);
    const Range range = used();
    double seen = 0;
    for (std::size_t index = range.begin; index < range.end; ++index) {
        seen += static_cast<double>(counts_[index]);
        if (seen >= wanted) {
            return nanoseconds(highest_at(index));
        }
    }
    return max();
}

std::uint64_t Histogram::count_at_or_below(nanoseconds value) const noexcept {
    if (value.count() >= max_) {
        return value.count() < 0 ? 0 : total_;
    }
    if (value.count() < min_) {
        return 0;
    }
    const std::size_t end = index_of(value.count()) + 1;
    std::uint64_t sum = 0;
    for (std::size_t index = used().begin; index < end; ++index) {
        sum += counts_[index];
    }
    return sum;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
    std::vector<Bucket> buckets;
    const Range range = used();
    for (std::size_t index = range.begin; index < range.end; ++index) {
        if (counts_[index] != 0) {
            const std::int64_t low = lowest_at(index);
            buckets.push_back(
                {nanoseconds(low), nanoseconds(low + width_at(index) - 1), counts_[index]});
        }
    }
    return buckets;
}

bool Histogram::operator==(const Histogram& other) const noexcept {
    if (total_ != other.total_ || saturated_ != other.saturated_ || min_ != other.min_ ||
        max_ != other.max_) {
        return false;
    }
    const Range range = used();
    for (std::size_t index = range.begin; index < range.end; ++index) {
        if (counts_[index] != other.counts_[index]) {
            return false;
        }
    }
    return true;
}

}  // namespace galileo::stats
