#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "pacing/distribution.h"

namespace galileo::target {

/// How long an answer takes: fixed, or drawn for each request. Immutable; thread-safe.
class Delay {
  public:
    /// No delay.
    Delay() = default;

    /// Reads `20ms` (fixed), `10ms..50ms` (uniform), `exponential:20ms` (mean), `normal:20ms,5ms`
    /// or `lognormal:20ms,5ms` (mean and standard deviation; without the latter a quarter of the
    /// mean). kInvalidInput says what is allowed.
    static Result<Delay> parse(std::string_view text);

    /// One draw, at least 0 and at most an hour.
    [[nodiscard]] std::chrono::nanoseconds draw(base::Rng& rng) const;

  private:
    std::chrono::nanoseconds fixed_{0};
    std::optional<pacing::Distribution> distribution_;  ///< in seconds; absent: fixed_
};

/// Statuses with their shares. Immutable; thread-safe.
class StatusMix {
  public:
    /// Always 200.
    StatusMix() = default;

    /// Reads `503`, or `200=95,404=1.5,503=3.5`: statuses from 200 to 599 with relative weights.
    static Result<StatusMix> parse(std::string_view text);

    [[nodiscard]] int draw(base::Rng& rng) const;
    /// Each status that may be drawn, in the order given.
    [[nodiscard]] std::vector<int> statuses() const;

  private:
    struct Part {
        int status = 200;
        double up_to = 1;  ///< cumulative share; 1 in the last part
    };
    std::vector<Part> parts_{Part{}};
};

/// What goes wrong with an answer.
enum class Fault : std::uint8_t {
    kNone,
    kClose,  ///< the connection ends in the middle of the answer
    kJunk,   ///< bytes that are not HTTP, then the connection ends
    kReset,  ///< no answer: the connection is reset
};
/// `none`, `close`, `junk`, `reset`.
std::string_view to_string(Fault fault) noexcept;

/// Fractions of requests that get a fault. Their sum is 1 at the most.
struct FaultMix {
    double close = 0;
    double junk = 0;
    double reset = 0;

    [[nodiscard]] Fault draw(base::Rng& rng) const;
};
/// Reads `1%` or `0.01`; kInvalidInput outside [0, 1].
Result<double> parse_fraction(std::string_view text);

/// A stretch of time in which nothing is answered. Counted from the first request.
struct Freeze {
    std::chrono::nanoseconds start{0};
    std::chrono::nanoseconds duration{0};

    /// Reads `1.4s@10s`: duration, then start.
    static Result<Freeze> parse(std::string_view text);
};
/// When an answer due at `due` really goes out: at the end of the freeze that it falls into.
std::chrono::nanoseconds thawed(const std::vector<Freeze>& freezes, std::chrono::nanoseconds due);

/// What happens to one request.
struct Plan {
    Fault fault = Fault::kNone;
    int status = 200;
    std::chrono::nanoseconds delay{0};
};

struct Options;
/// The plan of the `index`-th request (from 0): a pure function of options.seed and `index`, so it
/// does not depend on threads or timing.
Plan plan_request(const Options& options, std::uint64_t index);

}  // namespace galileo::target
