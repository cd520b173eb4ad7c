#include "pacing/arrivals.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.h"

namespace galileo::pacing {

namespace {

using std::chrono::nanoseconds;

/// The remaining part of a limited number of arrivals; absent: no limit.
class Allowance {
  public:
    explicit Allowance(std::optional<std::uint64_t> count) : left_(count) {}

    bool take() noexcept {
        if (!left_.has_value()) {
            return true;
        }
        if (*left_ == 0) {
            return false;
        }
        --*left_;
        return true;
    }

  private:
    std::optional<std::uint64_t> left_;
};

nanoseconds add_saturating(nanoseconds offset, nanoseconds wait) noexcept {
    return wait > nanoseconds::max() - offset ? nanoseconds::max() : offset + wait;
}

class EvenArrivals : public Arrivals {
  public:
    EvenArrivals(std::shared_ptr<const RateProfile> profile, Share share)
        : profile_(std::move(profile)),
          planned_(profile_->planned()),
          next_(share.index),
          step_(share.of) {}

    std::optional<nanoseconds> next() override {
        if (next_ >= planned_) {
            return std::nullopt;
        }
        // Neighbours that round differently may swap where doubles are coarser than nanoseconds.
        last_ = std::max(last_, profile_->due(next_));
        next_ = step_ < planned_ - next_ ? next_ + step_ : planned_;
        return last_;
    }

  private:
    std::shared_ptr<const RateProfile> profile_;
    std::uint64_t planned_;
    std::uint64_t next_;
    std::uint64_t step_;
    nanoseconds last_{0};
};

/// A Poisson process of rate 1 on the axis of expected arrivals, bent onto the axis of time by the
/// inverse of the profile's integral (time change; Cinlar, Introduction to Stochastic Processes,
/// 1975, section 4.7).
class PoissonArrivals : public Arrivals {
  public:
    PoissonArrivals(std::shared_ptr<const RateProfile> profile, Share share, std::uint64_t seed)
        : profile_(std::move(profile)),
          rng_(base::Rng::stream(seed, share.index)),
          spacing_(static_cast<double>(share.of)) {}

    std::optional<nanoseconds> next() override {
        if (expected_ < profile_->total()) {
            expected_ -= std::log1p(-rng_.uniform()) * spacing_;
        }
        if (expected_ >= profile_->total()) {
            return std::nullopt;
        }
        last_ = std::max(last_, profile_->when(expected_));
        return last_;
    }

  private:
    std::shared_ptr<const RateProfile> profile_;
    base::Rng rng_;
    double spacing_;  ///< expected arrivals of the whole for one of this share
    double expected_ = 0;
    nanoseconds last_{0};
};

class IntervalArrivals : public Arrivals {
  public:
    IntervalArrivals(Distribution distribution, base::Rng rng, std::optional<std::uint64_t> count)
        : distribution_(std::move(distribution)), rng_(rng), allowance_(count) {}

    std::optional<nanoseconds> next() override {
        if (!allowance_.take()) {
            return std::nullopt;
        }
        wait(distribution_.draw(rng_) * kNanosecondsPerSecond);
        return offset_;
    }

  private:
    static constexpr double kNanosecondsPerSecond = 1e9;

    void wait(double interval) noexcept {
        if (!(interval > 0)) {
            return;
        }
        if (interval >= static_cast<double>(nanoseconds::max().count())) {
            offset_ = nanoseconds::max();
            return;
        }
        double whole = std::floor(interval);
        fraction_ += interval - whole;
        if (fraction_ >= 1) {
            fraction_ -= 1;
            whole += 1;
        }
        offset_ = add_saturating(offset_, nanoseconds(static_cast<std::int64_t>(whole)));
    }

    Distribution distribution_;
    base::Rng rng_;
    Allowance allowance_;
    nanoseconds offset_{0};
    double fraction_ = 0;  ///< of a nanosecond, in [0, 1): what offset_ leaves out
};

class RecordedArrivals : public Arrivals {
  public:
    RecordedArrivals(std::vector<nanoseconds> intervals, std::optional<std::uint64_t> count)
        : intervals_(std::move(intervals)), allowance_(count) {}

    std::optional<nanoseconds> next() override {
        if (next_ == intervals_.size() || !allowance_.take()) {
            return std::nullopt;
        }
        offset_ = add_saturating(offset_, std::max(intervals_[next_++], nanoseconds(0)));
        return offset_;
    }

  private:
    std::vector<nanoseconds> intervals_;
    Allowance allowance_;
    std::size_t next_ = 0;
    nanoseconds offset_{0};
};

}  // namespace

std::unique_ptr<Arrivals> profile_arrivals(std::shared_ptr<const RateProfile> profile,
                                           Spacing spacing,
                                           Share share,
                                           std::uint64_t seed) {
    GALILEO_ASSERT(profile != nullptr);
    GALILEO_ASSERT(share.index < share.of);
    if (spacing == Spacing::kPoisson) {
        return std::make_unique<PoissonArrivals>(std::move(profile), share, seed);
    }
    return std::make_unique<EvenArrivals>(std::move(profile), share);
}

std::unique_ptr<Arrivals> interval_arrivals(Distribution distribution,
                                            base::Rng rng,
                                            std::optional<std::uint64_t> count) {
    return std::make_unique<IntervalArrivals>(std::move(distribution), rng, count);
}

std::unique_ptr<Arrivals> recorded_arrivals(std::vector<nanoseconds> intervals,
                                            std::optional<std::uint64_t> count) {
    return std::make_unique<RecordedArrivals>(std::move(intervals), count);
}

}  // namespace galileo::pacing
