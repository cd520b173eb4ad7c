#include "target/behaviour.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/units.h"
#include "target/options.h"

namespace galileo::target {

namespace {

constexpr std::chrono::nanoseconds kLongestDelay = std::chrono::hours(1);

Error bad_delay(std::string_view text, std::string_view why) {
    return Error(
        ErrorCode::kInvalidInput,
        fmt::format("delay '{}': {}; write 20ms, 10ms..50ms, exponential:20ms, normal:20ms,5ms or "
                    "lognormal:20ms,5ms",
                    text, why));
}

Result<double> parse_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
        return Error(ErrorCode::kInvalidInput, fmt::format("'{}' is not a number", text));
    }
    return number;
}

/// The parameters of the distribution `name` with this mean and deviation, in seconds.
Result<pacing::Distribution> by_moments(std::string_view name, double mean, double deviation) {
    if (name == "exponential") {
        return pacing::Distribution::create("expovariate", {1 / mean});
    }
    if (name == "normal") {
        return pacing::Distribution::create("normalvariate", {mean, deviation});
    }
    // A lognormal is given by the moments of the underlying normal.
    const double variance = std::log1p((deviation / mean) * (deviation / mean));
    return pacing::Distribution::create("lognormvariate",
                                        {std::log(mean) - variance / 2, std::sqrt(variance)});
}

}  // namespace

Result<Delay> Delay::parse(std::string_view text) {
    Delay delay;
    if (const auto dots = text.find(".."); dots != std::string_view::npos) {
        const auto low = base::parse_duration(text.substr(0, dots));
        const auto high = base::parse_duration(text.substr(dots + 2));
        if (!low || !high || *low > *high) {
            return bad_delay(text, "want a lower and an upper bound");
        }
        delay.distribution_ = TRY(pacing::Distribution::create(
            "uniform", {base::to_seconds(*low), base::to_seconds(*high)}));
        return delay;
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        const auto fixed = base::parse_duration(text);
        if (!fixed || *fixed > kLongestDelay) {
            return bad_delay(text, "not a duration of up to an hour");
        }
        delay.fixed_ = *fixed;
        return delay;
    }
    const std::string_view name = text.substr(0, colon);
    if (name != "exponential" && name != "normal" && name != "lognormal") {
        return bad_delay(text, fmt::format("unknown distribution '{}'", name));
    }
    const std::string_view moments = text.substr(colon + 1);
    const auto comma = moments.find(',');
    const auto mean = base::parse_duration(moments.substr(0, comma));
    if (!mean || mean->count() == 0 || *mean > kLongestDelay) {
        return bad_delay(text, "the mean must be a duration above 0, up to an hour");
    }
    double deviation = base::to_seconds(*mean) / 4;
    if (comma != std::string_view::npos) {
        const auto given = base::parse_duration(moments.substr(comma + 1));
        if (!given || name == "exponential") {
            return bad_delay(
                text, "the second value must be a standard deviation, and exponential has none");
        }
        deviation = base::to_seconds(*given);
    }
    delay.distribution_ = TRY(by_moments(name, base::to_seconds(*mean), deviation));
    return delay;
}

std::chrono::nanoseconds Delay::draw(base::Rng& rng) const {
    if (!distribution_) {
        return fixed_;
    }
    const double seconds =
        std::clamp(distribution_->draw(rng), 0.0, base::to_seconds(kLongestDelay));
    return base::from_seconds(seconds);
}

Result<StatusMix> StatusMix::parse(std::string_view text) {
    const auto bad = [text](std::string_view why) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("status mix '{}': {}; write for example 503 or 200=95,404=1,503=4",
                                 text, why));
    };
    StatusMix mix;
    mix.parts_.clear();
    double sum = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view part = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        const auto equals = part.find('=');
        const auto status = parse_number(part.substr(0, equals));
        if (!status || *status < 200 || *status > 599 || *status != std::floor(*status)) {
            return bad("a status is a whole number from 200 to 599");
        }
        double weight = 1;
        if (equals != std::string_view::npos) {
            const auto given = parse_number(part.substr(equals + 1));
            if (!given || *given < 0) {
                return bad("a weight is a number of 0 or more");
            }
            weight = *given;
        }
        if (weight > 0) {
            sum += weight;
            mix.parts_.push_back(Part{static_cast<int>(*status), sum});
        }
    }
    if (mix.parts_.empty()) {
        return bad("no status has a weight above 0");
    }
    for (auto& part : mix.parts_) {
        part.up_to /= sum;
    }
    mix.parts_.back().up_to = 1;
    return mix;
}

int StatusMix::draw(base::Rng& rng) const {
    if (parts_.size() == 1) {
        return parts_[0].status;
    }
    const double at = rng.uniform();
    const auto found = std::find_if(parts_.begin(), parts_.end(),
                                    [at](const Part& part) { return at < part.up_to; });
    return found->status;
}

std::vector<int> StatusMix::statuses() const {
    std::vector<int> all;
    for (const auto& part : parts_) {
        if (std::find(all.begin(), all.end(), part.status) == all.end()) {
            all.push_back(part.status);
        }
    }
    return all;
}

std::string_view to_string(Fault fault) noexcept {
    constexpr std::array<std::string_view, 4> kNames = {"none", "close", "junk", "reset"};
    return kNames.at(static_cast<std::size_t>(fault));
}

Fault FaultMix::draw(base::Rng& rng) const {
    if (close + junk + reset <= 0) {
        return Fault::kNone;
    }
    const double at = rng.uniform();
    if (at < close) {
        return Fault::kClose;
    }
    if (at < close + junk) {
        return Fault::kJunk;
    }
    return at < close + junk + reset ? Fault::kReset : Fault::kNone;
}

Result<double> parse_fraction(std::string_view text) {
    const bool percent = text.ends_with('%');
    auto number = parse_number(percent ? text.substr(0, text.size() - 1) : text);
    if (!number) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is not a fraction; write for example 1% or 0.01", text));
    }
    const double fraction = percent ? *number / 100 : *number;
    if (fraction < 0 || fraction > 1) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("the fraction '{}' is not between 0% and 100%", text));
    }
    return fraction;
}

Result<Freeze> Freeze::parse(std::string_view text) {
    const auto at = text.find('@');
    if (at != std::string_view::npos) {
        const auto duration = base::parse_duration(text.substr(0, at));
        const auto start = base::parse_duration(text.substr(at + 1));
        if (duration && start) {
            return Freeze{.start = *start, .duration = *duration};
        }
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("freeze '{}': write DURATION@START, for example 1.4s@10s", text));
}

std::chrono::nanoseconds thawed(const std::vector<Freeze>& freezes, std::chrono::nanoseconds due) {
    // Freezes may touch or overlap in any order: move on until none holds the answer back.
    for (bool moved = true; moved;) {
        moved = false;
        for (const auto& freeze : freezes) {
            if (due >= freeze.start && due - freeze.start < freeze.duration) {
                due = freeze.start + freeze.duration;
                moved = true;
            }
        }
    }
    return due;
}

Plan plan_request(const Options& options, std::uint64_t index) {
    base::Rng rng = base::Rng::stream(options.seed, index);
    Plan plan;
    plan.fault = options.faults.draw(rng);
    plan.status = options.statuses.draw(rng);
    plan.delay = options.delay.draw(rng);
    return plan;
}

}  // namespace galileo::target
