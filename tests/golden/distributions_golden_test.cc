// Contract 2.5 and 11.5: 20,000 draws of each distribution have the mean of the table within 2 %,
// and cannot be told from 20,000 draws of Python's `random`, which the test asks for itself.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "pacing/distribution.h"
#include "pacing/testing/statistics.h"

namespace galileo::pacing {
namespace {

constexpr std::size_t kDraws = 20'000;
constexpr std::uint64_t kSeed = 1;        // of ours
constexpr std::uint64_t kPythonSeed = 2;  // of Python's

struct Row {
    std::string name;
    std::vector<double> parameters;
    double mean;  ///< by the table of contract 2.5

    [[nodiscard]] std::string text() const {
        return fmt::format("{}({})", name, fmt::join(parameters, ", "));
    }
};

/// Every distribution of the contract with every number of parameters, its check values first.
std::vector<Row> rows() {
    constexpr double kPi = std::numbers::pi;
    return {
        {"lognormvariate", {0.5, 0.25}, 1.7011},
        {"expovariate", {4}, 0.25},
        {"gammavariate", {2, 0.5}, 1.0},
        {"paretovariate", {3}, 1.5},
        {"weibullvariate", {2, 1.5}, 1.8055},
        {"uniform", {0.5, 2}, 1.25},
        {"uniform", {2, 0.5}, 1.25},
        {"triangular", {}, 0.5},
        {"triangular", {0.5}, 0.75},
        {"triangular", {1, 5}, 3},
        {"triangular", {1, 5, 2}, 8.0 / 3},
        {"normalvariate", {5, 2}, 5},
        {"gauss", {5, 2}, 5},
        {"expovariate", {-4}, -0.25},
        {"vonmisesvariate", {kPi, 4}, kPi},
        {"vonmisesvariate", {1, 0}, kPi},
        {"gammavariate", {1, 3}, 3},
        {"gammavariate", {0.5, 2}, 1},
        {"betavariate", {2, 3}, 0.4},
    };
}

std::vector<double> our_draws(const Row& row) {
    const Distribution distribution = Distribution::create(row.name, row.parameters).value();
    base::Rng rng(kSeed);
    std::vector<double> drawn(kDraws);
    std::ranges::generate(drawn, [&] { return distribution.draw(rng); });
    return drawn;
}

/// Empty when Python failed.
std::vector<double> python_draws(const Row& row) {
    const std::string script = fmt::format(
        "import array, random, sys; r = random.Random({}); "
        "array.array(\"d\", (r.{} for _ in range({}))).tofile(sys.stdout.buffer)",
        kPythonSeed, row.text(), kDraws);
    const std::string command = fmt::format("{} -c '{}'", GALILEO_PYTHON_PROGRAM, script);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                               ::pclose);
    std::vector<double> drawn(kDraws);
    drawn.resize(pipe ? std::fread(drawn.data(), sizeof(double), kDraws, pipe.get()) : 0);
    return drawn;
}

TEST(DistributionsGolden, HaveTheMeansOfTheContract) {
    for (const Row& row : rows()) {
        const auto drawn = our_draws(row);
        const double mean = std::accumulate(drawn.begin(), drawn.end(), 0.0) / kDraws;
        EXPECT_NEAR(mean / row.mean, 1, 0.02) << row.text();
    }
}

TEST(DistributionsGolden, CannotBeToldFromThoseOfPython) {
    for (const Row& row : rows()) {
        const auto pythons = python_draws(row);
        ASSERT_EQ(pythons.size(), kDraws) << row.text();
        EXPECT_GT(testing::kolmogorov_p(our_draws(row), pythons), 0.01) << row.text();
    }
}

TEST(DistributionsGolden, AreToldFromOthersOfPython) {
    const auto tell = [](const Row& ours, const Row& pythons) {
        return testing::kolmogorov_p(our_draws(ours), python_draws(pythons));
    };
    // rate and mean, scale and shape, or mode and high exchanged; 5 % off
    EXPECT_LT(tell({"expovariate", {4}, 0}, {"expovariate", {0.25}, 0}), 1e-6);
    EXPECT_LT(tell({"weibullvariate", {2, 1.5}, 0}, {"weibullvariate", {1.5, 2}, 0}), 1e-6);
    EXPECT_LT(tell({"triangular", {1, 5, 2}, 0}, {"triangular", {1, 5, 3}, 0}), 1e-6);
    EXPECT_LT(tell({"expovariate", {4}, 0}, {"expovariate", {4.2}, 0}), 0.01);
}

}  // namespace
}  // namespace galileo::pacing
