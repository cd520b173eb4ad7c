#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <vector>

/// Statistics that tests of random draws need: the Kolmogorov-Smirnov test and the distribution
/// functions that the standard library lacks. Header only.
namespace galileo::pacing::testing {

/// The chance that a Kolmogorov-Smirnov distance over `count` draws is this one or larger
/// (Kolmogorov's limit with Stephens' correction for finite samples).
inline double kolmogorov_tail(double distance, double count) {
    const double root = std::sqrt(count);
    const double lambda = (root + 0.12 + 0.11 / root) * distance;
    if (lambda < 0.2) {
        return 1;  // the sum below converges slowly there
    }
    double sum = 0;
    for (int term = 1; term <= 100; ++term) {
        sum += (term % 2 == 1 ? 2 : -2) * std::exp(-2 * term * term * lambda * lambda);
    }
    return std::clamp(sum, 0.0, 1.0);
}

/// The chance that `sample` or one further off comes from a continuous distribution with this
/// distribution function.
inline double kolmogorov_p(std::vector<double> sample, const std::function<double(double)>& cdf) {
    std::sort(sample.begin(), sample.end());
    const auto count = static_cast<double>(sample.size());
    double distance = 0;
    for (std::size_t index = 0; index < sample.size(); ++index) {
        const double expected = cdf(sample[index]);
        const auto rank = static_cast<double>(index);
        distance = std::max({distance, expected - rank / count, (rank + 1) / count - expected});
    }
    return kolmogorov_tail(distance, count);
}

/// The chance that two samples as different as these, or more so, come from one continuous
/// distribution.
inline double kolmogorov_p(std::vector<double> left, std::vector<double> right) {
    std::sort(left.begin(), left.end());
    std::sort(right.begin(), right.end());
    const auto lefts = static_cast<double>(left.size());
    const auto rights = static_cast<double>(right.size());
    double distance = 0;
    for (std::size_t l = 0, r = 0; l < left.size() && r < right.size();) {
        const double value = std::min(left[l], right[r]);
        while (l < left.size() && left[l] <= value) {
            ++l;
        }
        while (r < right.size() && right[r] <= value) {
            ++r;
        }
        const double difference = static_cast<double>(l) / lefts - static_cast<double>(r) / rights;
        distance = std::max(distance, std::abs(difference));
    }
    return kolmogorov_tail(distance, lefts * rights / (lefts + rights));
}

inline double normal_cdf(double value) {
    return std::erfc(-value / std::numbers::sqrt2) / 2;
}

/// The regularised lower incomplete gamma function (Abramowitz and Stegun 6.5.29).
inline double gamma_cdf(double shape, double value) {
    if (value <= 0) {
        return 0;
    }
    double term = 1 / shape;
    double sum = term;
    for (int index = 1; index < 10'000 && term > sum * 1e-17; ++index) {
        term *= value / (shape + index);
        sum += term;
    }
    return std::min(1.0, sum * std::exp(shape * std::log(value) - value - std::lgamma(shape)));
}

/// Integrates a smooth function by Simpson's rule.
inline double integral(const std::function<double(double)>& function, double from, double to) {
    constexpr int kSteps = 200;
    const double width = (to - from) / kSteps;
    double sum = function(from) + function(to);
    for (int step = 1; step < kSteps; ++step) {
        sum += (step % 2 == 1 ? 4 : 2) * function(from + step * width);
    }
    return sum * width / 3;
}

/// The regularised incomplete beta function: with x = sin^2(t) its integrand has no poles for
/// alpha and beta from 1/2 on.
inline double beta_cdf(double alpha, double beta, double value) {
    if (value <= 0 || value >= 1) {
        return value <= 0 ? 0 : 1;
    }
    const double scale =
        2 / std::exp(std::lgamma(alpha) + std::lgamma(beta) - std::lgamma(alpha + beta));
    return scale * integral(
                       [&](double angle) {
                           return std::pow(std::sin(angle), 2 * alpha - 1) *
                                  std::pow(std::cos(angle), 2 * beta - 1);
                       },
                       0, std::asin(std::sqrt(value)));
}

/// The distribution function of the von Mises distribution on [0, 2 pi].
inline double von_mises_cdf(double mu, double kappa, double value) {
    const double scale = 2 * std::numbers::pi * std::cyl_bessel_i(0.0, kappa);
    return integral([&](double angle) { return std::exp(kappa * std::cos(angle - mu)) / scale; }, 0,
                    value);
}

}  // namespace galileo::pacing::testing
