#include "pacing/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "pacing/testing/statistics.h"

namespace galileo::pacing {
namespace {

using testing::beta_cdf;
using testing::gamma_cdf;
using testing::kolmogorov_p;
using testing::normal_cdf;
using testing::von_mises_cdf;

constexpr std::size_t kDraws = 20'000;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kCircle = 2 * std::numbers::pi;

std::vector<double> draws(std::string_view name,
                          const std::vector<double>& parameters,
                          std::uint64_t seed) {
    const Distribution distribution = Distribution::create(name, parameters).value();
    base::Rng rng(seed);
    std::vector<double> drawn(kDraws);
    std::ranges::generate(drawn, [&] { return distribution.draw(rng); });
    return drawn;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum / static_cast<double>(values.size());
}

double uniform_cdf(double low, double high, double value) {
    return std::clamp((value - low) / (high - low), 0.0, 1.0);
}

double triangular_cdf(double low, double high, double mode, double value) {
    if (value < mode) {
        return value <= low ? 0 : (value - low) * (value - low) / ((high - low) * (mode - low));
    }
    return value >= high ? 1 : 1 - (high - value) * (high - value) / ((high - low) * (high - mode));
}

double exponential_cdf(double rate, double value) {
    return value <= 0 ? 0 : -std::expm1(-rate * value);
}

double pareto_cdf(double alpha, double value) {
    return value <= 1 ? 0 : 1 - std::pow(value, -alpha);
}

double weibull_cdf(double scale, double shape, double value) {
    return value <= 0 ? 0 : -std::expm1(-std::pow(value / scale, shape));
}

struct Row {
    const char* name;
    std::vector<double> parameters;
    double mean;
    std::function<double(double)> cdf;
};

/// The rows of contract 2.5 and the corners of their domains.
std::vector<Row> rows() {
    const auto normal = [](double mu, double sigma) {
        return [=](double value) { return normal_cdf((value - mu) / sigma); };
    };
    const auto log_normal = [](double mu, double sigma) {
        return [=](double value) { return normal_cdf((std::log(value) - mu) / sigma); };
    };
    const auto gamma = [](double shape, double scale) {
        return [=](double value) { return gamma_cdf(shape, value / scale); };
    };
    const auto beta = [](double left, double right) {
        return [=](double value) { return beta_cdf(left, right, value); };
    };
    const auto von_mises = [](double mu, double kappa) {
        return [=](double value) { return von_mises_cdf(mu, kappa, value); };
    };
    return {
        {"uniform", {0.5, 2}, 1.25, [](double x) { return uniform_cdf(0.5, 2, x); }},
        {"uniform", {2, 0.5}, 1.25, [](double x) { return uniform_cdf(0.5, 2, x); }},
        {"uniform", {-3, -1}, -2, [](double x) { return uniform_cdf(-3, -1, x); }},
        {"triangular", {}, 0.5, [](double x) { return triangular_cdf(0, 1, 0.5, x); }},
        {"triangular", {0.5}, 0.75, [](double x) { return triangular_cdf(0.5, 1, 0.75, x); }},
        {"triangular", {1, 5}, 3, [](double x) { return triangular_cdf(1, 5, 3, x); }},
        {"triangular", {1, 5, 2}, 8.0 / 3, [](double x) { return triangular_cdf(1, 5, 2, x); }},
        {"triangular", {5, 1, 2}, 8.0 / 3, [](double x) { return triangular_cdf(1, 5, 2, x); }},
        {"triangular", {1, 5, 1}, 7.0 / 3, [](double x) { return triangular_cdf(1, 5, 1, x); }},
        {"triangular", {1, 5, 5}, 11.0 / 3, [](double x) { return triangular_cdf(1, 5, 5, x); }},
        {"normalvariate", {1, 0.2}, 1, normal(1, 0.2)},
        {"normalvariate", {5}, 5, normal(5, 1)},
        {"normalvariate", {1, -0.2}, 1, normal(1, 0.2)},
        {"gauss", {-8, 3}, -8, normal(-8, 3)},
        {"lognormvariate", {0.5, 0.25}, 1.7011, log_normal(0.5, 0.25)},
        {"lognormvariate", {-2, 0.5}, 0.15335, log_normal(-2, 0.5)},
        {"expovariate", {4}, 0.25, [](double x) { return exponential_cdf(4, x); }},
        {"expovariate", {0.001}, 1000, [](double x) { return exponential_cdf(0.001, x); }},
        {"expovariate", {-4}, -0.25, [](double x) { return 1 - exponential_cdf(4, -x); }},
        {"vonmisesvariate", {3, 0}, kCircle / 2, von_mises(3, 0)},
        {"vonmisesvariate", {3, -1}, kCircle / 2, von_mises(3, 0)},
        {"vonmisesvariate",
         {std::numbers::pi, 4},
         std::numbers::pi,
         von_mises(std::numbers::pi, 4)},
        {"vonmisesvariate",
         {std::numbers::pi, 0.1},
         std::numbers::pi,
         von_mises(std::numbers::pi, 0.1)},
        {"vonmisesvariate",
         {std::numbers::pi + 5 * kCircle, 50},
         std::numbers::pi,
         von_mises(std::numbers::pi, 50)},
        {"vonmisesvariate", {2, 2e6}, 2, normal(2, 1 / std::sqrt(2e6))},
        {"vonmisesvariate", {2, 9e5}, 2, normal(2, 1 / std::sqrt(9e5))},
        {"gammavariate", {2, 0.5}, 1.0, gamma(2, 0.5)},
        {"gammavariate", {1, 3}, 3, gamma(1, 3)},
        {"gammavariate", {0.5, 2}, 1, gamma(0.5, 2)},
        {"gammavariate", {30, 0.1}, 3, gamma(30, 0.1)},
        {"betavariate", {2, 3}, 0.4, beta(2, 3)},
        {"betavariate", {0.5, 0.7}, 0.5 / 1.2, beta(0.5, 0.7)},
        {"betavariate", {8, 0.5}, 8 / 8.5, beta(8, 0.5)},
        {"betavariate", {1, 1}, 0.5, beta(1, 1)},
        {"paretovariate", {3}, 1.5, [](double x) { return pareto_cdf(3, x); }},
        {"paretovariate", {-2}, 2.0 / 3, [](double x) { return x * x; }},
        {"weibullvariate", {2, 1.5}, 1.8055, [](double x) { return weibull_cdf(2, 1.5, x); }},
        {"weibullvariate", {0.1, 5}, 0.091817, [](double x) { return weibull_cdf(0.1, 5, x); }},
    };
}

TEST(Distribution, HasTheMeansOfTheTable) {
    for (const Row& row : rows()) {
        EXPECT_NEAR(mean_of(draws(row.name, row.parameters, 2)) / row.mean, 1, 0.02)
            << row.name << ::testing::PrintToString(row.parameters);
    }
}

TEST(Distribution, FollowsItsDistributionFunction) {
    for (const Row& row : rows()) {
        EXPECT_GT(kolmogorov_p(draws(row.name, row.parameters, 1), row.cdf), 0.01)
            << row.name << ::testing::PrintToString(row.parameters);
    }
}

TEST(KolmogorovTest, NoticesTheWrongDistribution) {
    const auto rate_for_mean = [](double value) { return exponential_cdf(0.25, value); };
    EXPECT_LT(kolmogorov_p(draws("expovariate", {4}, 1), rate_for_mean), 1e-6);
    // 3 % off in scale is what 20,000 draws can tell
    const auto nearly = [](double value) { return exponential_cdf(4.12, value); };
    EXPECT_LT(kolmogorov_p(draws("expovariate", {4}, 1), nearly), 0.01);
}

TEST(Distribution, AgreesWithThePythonModule) {
    struct Reference {
        const char* name;
        std::vector<double> parameters;
        std::vector<double> deciles;
    };
    // /usr/bin/python3 (3.11.2), one generator for all rows in this order:
    //   r = random.Random(2026); n = 1_000_000
    //   s = sorted(getattr(r, name)(*parameters) for _ in range(n))
    //   ", ".join("%.5g" % s[n * k // 10] for k in range(1, 10))
    const Reference references[] = {
        {"uniform",
         {0.5, 2},
         {0.65006, 0.79957, 0.94893, 1.0988, 1.2489, 1.3993, 1.5492, 1.6992, 1.8491}},
        {"triangular",
         {1, 5, 2},
         {1.6317, 1.8932, 2.1, 2.3149, 2.5491, 2.8076, 3.1013, 3.45, 3.9027}},
        {"normalvariate",
         {1, 0.2},
         {0.74424, 0.83252, 0.89538, 0.94947, 1.0001, 1.0507, 1.105, 1.1686, 1.257}},
        {"gauss",
         {1, 0.2},
         {0.74382, 0.83149, 0.89515, 0.94912, 0.99997, 1.0506, 1.1048, 1.1682, 1.2561}},
        {"lognormvariate",
         {0.5, 0.25},
         {1.1963, 1.3349, 1.4452, 1.5464, 1.6478, 1.7556, 1.8782, 2.0344, 2.2705}},
        {"expovariate",
         {4},
         {0.026259, 0.055595, 0.088894, 0.12749, 0.17289, 0.22833, 0.30008, 0.40141, 0.57406}},
        {"vonmisesvariate",
         {1, 4},
         {0.41147, 0.61754, 0.77411, 0.9109, 1.0416, 1.1754, 1.3238, 1.5074, 1.8019}},
        {"gammavariate",
         {2, 0.5},
         {0.26537, 0.41197, 0.54848, 0.68772, 0.8389, 1.0112, 1.2188, 1.4976, 1.9451}},
        {"gammavariate",
         {0.5, 2},
         {0.015704, 0.064472, 0.14925, 0.27513, 0.45668, 0.71126, 1.0776, 1.6471, 2.7136}},
        {"betavariate",
         {2, 3},
         {0.14295, 0.21295, 0.27284, 0.32932, 0.38544, 0.44423, 0.50817, 0.58202, 0.679}},
        {"betavariate",
         {0.5, 0.7},
         {0.015666, 0.062065, 0.13773, 0.23912, 0.36168, 0.50028, 0.64675, 0.79184, 0.9191}},
        {"paretovariate",
         {3},
         {1.0357, 1.0773, 1.1264, 1.1859, 1.2601, 1.3572, 1.4932, 1.7086, 2.1531}},
        {"weibullvariate",
         {2, 1.5},
         {0.44754, 0.73659, 1.006, 1.2773, 1.5649, 1.8842, 2.2624, 2.7439, 3.4841}},
    };
    // The Kolmogorov-Smirnov distance that chance exceeds in 1 of 100 cases, and the three standard
    // deviations that Python's sample may be off.
    const double limit = 1.628 / std::sqrt(kDraws) + 0.0015;
    for (const Reference& reference : references) {
        const auto drawn = draws(reference.name, reference.parameters, 3);
        double part = 0;
        for (const double decile : reference.deciles) {
            part += 0.1;
            const auto below = std::ranges::count_if(drawn, [&](double x) { return x <= decile; });
            EXPECT_NEAR(static_cast<double>(below) / kDraws, part, limit)
                << reference.name << " at " << decile;
        }
    }
}

TEST(Distribution, ConstantIsItsParameterOrNothing) {
    base::Rng rng(1);
    EXPECT_EQ(Distribution::create("constant", {0.25}).value().draw(rng), 0.25);
    EXPECT_EQ(Distribution::create("constant", {-2}).value().draw(rng), -2);
    EXPECT_EQ(Distribution::create("constant", {}).value().draw(rng), 0);
}

TEST(Distribution, StaysWithinItsBounds) {
    for (const double kappa : {0.0, 1e-7, 1e-5, 0.3, 7.0, 1e5, 1e9, 1e300}) {
        for (const double mu : {-1e9, -3.0, 0.0, 1e-17, -1e-17, kCircle, 100.0}) {
            for (const double angle : draws("vonmisesvariate", {mu, kappa}, 4)) {
                ASSERT_GE(angle, 0) << mu << ' ' << kappa;
                ASSERT_LT(angle, kCircle) << mu << ' ' << kappa;
            }
        }
    }
    for (const double value : draws("uniform", {2, 5}, 5)) {
        ASSERT_TRUE(value >= 2 && value <= 5);
    }
    for (const double value : draws("triangular", {2, 5, 2}, 5)) {
        ASSERT_TRUE(value >= 2 && value <= 5);
    }
    for (const double value : draws("triangular", {3, 3, 3}, 5)) {
        ASSERT_EQ(value, 3);
    }
    for (const double value : draws("paretovariate", {0.5}, 5)) {
        ASSERT_GE(value, 1);
    }
}

TEST(Distribution, KeepsItsMeanAtTinyShapes) {
    // both gamma variables of such a quotient vanish; all that is left is 0 and 1 in proportion
    for (const double scale : {1e-3, 1e-6, 1e-300}) {
        const auto drawn = draws("betavariate", {3 * scale, scale}, 6);
        EXPECT_NEAR(mean_of(drawn), 0.75, 0.015) << scale;
        for (const double value : drawn) {
            ASSERT_TRUE(value >= 0 && value <= 1) << value;
        }
    }
    for (const double value : draws("gammavariate", {1e-300, 1}, 6)) {
        ASSERT_EQ(value, 0);
    }
    EXPECT_NEAR(mean_of(draws("gammavariate", {1e12, 1e-12}, 6)), 1, 1e-6);
}

TEST(Distribution, RepeatsItselfForTheSameSeed) {
    EXPECT_EQ(draws("gammavariate", {2, 0.5}, 9), draws("gammavariate", {2, 0.5}, 9));
    EXPECT_NE(draws("gammavariate", {2, 0.5}, 9), draws("gammavariate", {2, 0.5}, 10));
}

TEST(Distribution, ListsItsNamesInTheOrderOfTheContract) {
    EXPECT_EQ(Distribution::names(),
              (std::vector<std::string_view>{"constant", "uniform", "triangular", "normalvariate",
                                             "gauss", "lognormvariate", "expovariate",
                                             "vonmisesvariate", "gammavariate", "betavariate",
                                             "paretovariate", "weibullvariate"}));
}

TEST(Distribution, RefusesWrongParametersAndSaysWhatItWants) {
    const struct {
        const char* name;
        std::vector<double> parameters;
        const char* message;
    } refused[] = {
        {"nosuch",
         {},
         "unknown distribution 'nosuch': want one of constant, uniform, triangular, normalvariate, "
         "gauss, lognormvariate, expovariate, vonmisesvariate, gammavariate, betavariate, "
         "paretovariate, weibullvariate"},
        {"", {1}, "unknown distribution ''"},
        {"Constant", {1}, "unknown distribution 'Constant'"},
        {"prerecorded", {}, "unknown distribution 'prerecorded'"},
        {"constant", {1, 2}, "constant: 2 parameters: want constant(seconds = 0)"},
        {"constant", {kInfinity}, "constant: inf (finite numbers only)"},
        {"uniform", {}, "uniform: 0 parameters: want uniform(a, b)"},
        {"uniform", {1}, "uniform: 1 parameters"},
        {"uniform", {1, std::nan("")}, "finite numbers only"},
        {"triangular", {0, 1, 2}, "triangular: 0, 1, 2: want triangular(low = 0, high = 1, mode"},
        {"triangular", {1, 0, -0.1}, "mode between low and high"},
        {"triangular", {0, 1, 0.5, 3}, "4 parameters"},
        {"normalvariate", {0, 1, 2}, "want normalvariate(mu = 0, sigma = 1)"},
        {"gauss", {-kInfinity, 1}, "finite numbers only"},
        {"lognormvariate", {1}, "want lognormvariate(mu, sigma)"},
        {"expovariate", {}, "expovariate: 0 parameters: want expovariate(lambd)"},
        {"expovariate", {0}, "expovariate: 0: want expovariate(lambd), lambd not 0"},
        {"expovariate", {-0.0}, "lambd not 0"},
        {"vonmisesvariate", {1}, "want vonmisesvariate(mu, kappa)"},
        {"gammavariate", {0, 1}, "both above 0"},
        {"gammavariate", {1, 0}, "both above 0"},
        {"gammavariate", {-1, 1}, "both above 0"},
        {"betavariate", {1, -1}, "both above 0"},
        {"paretovariate", {0}, "alpha not 0"},
        {"weibullvariate", {1, 0}, "beta not 0"},
        {"weibullvariate", std::vector<double>(1000, 1.0), "1000 parameters"},
    };
    for (const auto& row : refused) {
        const auto created = Distribution::create(row.name, row.parameters);
        ASSERT_FALSE(created.ok()) << row.name << ": " << row.message;
        EXPECT_EQ(created.error().code(), ErrorCode::kInvalidInput);
        EXPECT_NE(created.error().message().find(row.message), std::string::npos)
            << created.error().message();
    }
    const auto long_name = Distribution::create(std::string(1'000'000, 'x'), {});
    EXPECT_LT(long_name.error().message().size(), 400U);
}

}  // namespace
}  // namespace galileo::pacing
