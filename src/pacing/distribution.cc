#include "pacing/distribution.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "base/assert.h"

namespace galileo::pacing {

namespace {

using Kind = Distribution::Kind;

struct Description {
    std::string_view name;
    Kind kind;
    std::size_t fewest;  ///< parameters
    std::size_t most;
    std::string_view usage;  ///< what is allowed, for messages
};

constexpr std::array kDescriptions = {
    Description{"constant", Kind::kConstant, 0, 1, "(seconds = 0)"},
    Description{"uniform", Kind::kUniform, 2, 2, "(a, b)"},
    Description{"triangular", Kind::kTriangular, 0, 3,
                "(low = 0, high = 1, mode = midpoint), mode between low and high"},
    Description{"normalvariate", Kind::kNormal, 0, 2, "(mu = 0, sigma = 1)"},
    Description{"gauss", Kind::kNormal, 0, 2, "(mu = 0, sigma = 1)"},
    Description{"lognormvariate", Kind::kLogNormal, 2, 2, "(mu, sigma)"},
    Description{"expovariate", Kind::kExponential, 1, 1, "(lambd), lambd not 0"},
    Description{"vonmisesvariate", Kind::kVonMises, 2, 2, "(mu, kappa)"},
    Description{"gammavariate", Kind::kGamma, 2, 2, "(alpha, beta), both above 0"},
    Description{"betavariate", Kind::kBeta, 2, 2, "(alpha, beta), both above 0"},
    Description{"paretovariate", Kind::kPareto, 1, 1, "(alpha), alpha not 0"},
    Description{"weibullvariate", Kind::kWeibull, 2, 2, "(alpha, beta), beta not 0"},
};

bool in_domain(Kind kind, const std::vector<double>& parameters) {
    switch (kind) {
        case Kind::kTriangular: {
            const auto [low, high] = std::minmax(parameters[0], parameters[1]);
            return low <= parameters[2] && parameters[2] <= high;
        }
        case Kind::kExponential:
        case Kind::kPareto:
            return parameters[0] != 0;
        case Kind::kGamma:
        case Kind::kBeta:
            return parameters[0] > 0 && parameters[1] > 0;
        case Kind::kWeibull:
            return parameters[1] != 0;
        default:
            return true;
    }
}

/// All parameters, those left out at their defaults.
std::vector<double> completed(Kind kind, std::vector<double> given) {
    switch (kind) {
        case Kind::kConstant:
            given.resize(1, 0.0);
            break;
        case Kind::kTriangular:
            if (given.empty()) {
                given.push_back(0);
            }
            given.resize(std::max<std::size_t>(given.size(), 2), 1.0);
            if (given.size() == 2) {
                given.push_back(given[0] / 2 + given[1] / 2);
            }
            break;
        case Kind::kNormal:
            if (given.empty()) {
                given.push_back(0);
            }
            given.resize(2, 1.0);
            break;
        default:
            break;
    }
    return given;
}

/// Exponential with mean 1: inverse of the distribution function.
double unit_exponential(base::Rng& rng) {
    return -std::log1p(-rng.uniform());
}

/// Uniform in (0, 1].
double positive_uniform(base::Rng& rng) {
    return 1 - rng.uniform();
}

/// Marsaglia and Bray, A Convenient Method for Generating Normal Variables, SIAM Review 6 (1964):
/// the polar method. Its second result is given up, for a distribution keeps no state.
double standard_normal(base::Rng& rng) {
    for (;;) {
        const double across = 2 * rng.uniform() - 1;
        const double along = 2 * rng.uniform() - 1;
        const double square = across * across + along * along;
        if (square > 0 && square < 1) {
            return across * std::sqrt(-2 * std::log(square) / square);
        }
    }
}

/// Gamma with scale 1: Marsaglia and Tsang, A Simple Method for Generating Gamma Variables, ACM
/// TOMS 26 (2000), for a shape of at least 1.
double large_gamma(base::Rng& rng, double shape) {
    const double depth = shape - 1.0 / 3;
    const double scale = 1 / std::sqrt(9 * depth);
    for (;;) {
        const double normal = standard_normal(rng);
        const double root = 1 + scale * normal;
        if (root <= 0) {
            continue;
        }
        const double cube = root * root * root;
        const double level = positive_uniform(rng);
        const double square = normal * normal;
        if (level < 1 - 0.0331 * square * square ||  // the paper's squeeze: most need no logarithm
            std::log(level) < square / 2 + depth * (1 - cube + std::log(cube))) {
            return depth * cube;
        }
    }
}

/// The logarithm of a gamma variable with scale 1. A shape below 1 is raised by one and scaled down
/// by U^(1/shape) (the same paper, section 6), which in logarithms cannot vanish.
double log_gamma_variable(base::Rng& rng, double shape) {
    if (shape >= 1) {
        return std::log(large_gamma(rng, shape));
    }
    return std::log(large_gamma(rng, shape + 1)) + std::log(positive_uniform(rng)) / shape;
}

double gamma_variable(base::Rng& rng, double shape) {
    return shape >= 1 ? large_gamma(rng, shape) : std::exp(log_gamma_variable(rng, shape));
}

/// X / (X + Y) of two gamma variables (Devroye, Non-Uniform Random Variate Generation, 1986, IX.3),
/// as a function of log(Y) - log(X), so that two tiny ones still have a quotient.
double beta_variable(base::Rng& rng, double alpha, double beta) {
    const double left = log_gamma_variable(rng, alpha);
    const double right = log_gamma_variable(rng, beta);
    if (std::isinf(left) && std::isinf(right)) {
        return rng.uniform() * (alpha + beta) < alpha ? 1 : 0;
    }
    return 1 / (1 + std::exp(right - left));
}

constexpr double kCircle = 2 * std::numbers::pi;

/// The same angle in [0, 2 pi).
double wrapped(double angle) {
    const double rest = std::fmod(angle, kCircle);
    const double positive = rest < 0 ? rest + kCircle : rest;
    return positive < kCircle ? positive : 0;  // a tiny negative rest rounds up to the whole circle
}

/// Best and Fisher, Efficient Simulation of the von Mises Distribution, Applied Statistics 28
/// (1979): rejection from a wrapped Cauchy distribution. In [0, 2 pi).
double von_mises(base::Rng& rng, double mu, double kappa) {
    // Outside of these the uniform and the normal distribution are nearer than a draw can show, and
    // the differences below lose their digits.
    constexpr double kFlat = 1e-6;
    constexpr double kSteep = 1e6;
    if (kappa <= kFlat) {
        return kCircle * rng.uniform();
    }
    if (kappa >= kSteep) {
        return wrapped(mu + standard_normal(rng) / std::sqrt(kappa));
    }
    // With s = 1 / (2 kappa) the paper's r is s + sqrt(1 + s^2).
    const double half = 0.5 / kappa;
    const double envelope = half + std::sqrt(1 + half * half);
    for (;;) {
        const double turn = std::cos(std::numbers::pi * rng.uniform());
        const double cosine = (1 + envelope * turn) / (envelope + turn);
        const double excess = kappa * (envelope - cosine);
        const double level = positive_uniform(rng);
        if (excess * (2 - excess) <= level && std::log(excess / level) + 1 < excess) {
            continue;
        }
        const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
        return wrapped(rng.uniform() < 0.5 ? mu - angle : mu + angle);
    }
}

/// Inverse of the distribution function on each side of the mode.
double triangular(base::Rng& rng, double low, double high, double mode) {
    if (low == high) {
        return low;
    }
    const double part = rng.uniform();
    const double edge = (mode - low) / (high - low);
    if (part < edge) {
        return low + (high - low) * std::sqrt(part * edge);
    }
    return high - (high - low) * std::sqrt((1 - part) * (1 - edge));
}

}  // namespace

const std::vector<std::string_view>& Distribution::names() {
    static const std::vector<std::string_view> all = [] {
        std::vector<std::string_view> listed;
        for (const Description& description : kDescriptions) {
            listed.push_back(description.name);
        }
        return listed;
    }();
    return all;
}

Result<Distribution> Distribution::create(std::string_view name,
                                          const std::vector<double>& parameters) {
    const auto* description = std::ranges::find(kDescriptions, name, &Description::name);
    if (description == kDescriptions.end()) {
        constexpr std::size_t kShown = 40;  // a name from the wire can have any length
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("unknown distribution '{}': want one of {}",
                                 name.substr(0, kShown), fmt::join(names(), ", ")));
    }
    const auto refused = [&](std::string_view given) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{}: {}: want {}{}", name, given, name, description->usage));
    };
    if (parameters.size() < description->fewest || parameters.size() > description->most) {
        return refused(fmt::format("{} parameters", parameters.size()));
    }
    const std::string listed = fmt::format("{}", fmt::join(parameters, ", "));
    if (!std::ranges::all_of(parameters, [](double given) { return std::isfinite(given); })) {
        return refused(listed + " (finite numbers only)");
    }
    std::vector<double> all = completed(description->kind, parameters);
    if (!in_domain(description->kind, all)) {
        return refused(listed);
    }
    return Distribution(description->kind, std::move(all));
}

double Distribution::draw(base::Rng& rng) const {
    const std::vector<double>& given = parameters_;
    switch (kind_) {
        case Kind::kConstant:
            return given[0];
        case Kind::kUniform:
            return given[0] + (given[1] - given[0]) * rng.uniform();
        case Kind::kTriangular:
            return triangular(rng, given[0], given[1], given[2]);
        case Kind::kNormal:
            return given[0] + given[1] * standard_normal(rng);
        case Kind::kLogNormal:
            return std::exp(given[0] + given[1] * standard_normal(rng));
        case Kind::kExponential:
            return unit_exponential(rng) / given[0];
        case Kind::kVonMises:
            return von_mises(rng, given[0], given[1]);
        case Kind::kGamma:
            return gamma_variable(rng, given[0]) * given[1];
        case Kind::kBeta:
            return beta_variable(rng, given[0], given[1]);
        case Kind::kPareto:
            return std::exp(unit_exponential(rng) / given[0]);
        case Kind::kWeibull:
            return given[0] * std::pow(unit_exponential(rng), 1 / given[1]);
    }
    GALILEO_ASSERT(false);
    return 0;
}

}  // namespace galileo::pacing
