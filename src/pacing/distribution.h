#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace galileo::pacing {

/// A distribution of intervals by the names and parameters of Python's `random` module
/// (contract 2.5), plus `constant`. Immutable once made; drawing changes only the generator that is
/// passed in. Thread-safe.
class Distribution {
  public:
    enum class Kind {
        kConstant,
        kUniform,
        kTriangular,
        kNormal,
        kLogNormal,
        kExponential,
        kVonMises,
        kGamma,
        kBeta,
        kPareto,
        kWeibull
    };

    /// kInvalidInput, naming what is allowed, for an unknown name, a wrong number of parameters or
    /// ones outside the distribution's domain, not finite ones included. `constant` without
    /// parameters is 0: as fast as possible. `triangular` is (low = 0, high = 1, mode = midpoint),
    /// `normalvariate` and `gauss` are (mu = 0, sigma = 1); the others have no defaults. Where
    /// Python takes a negative parameter, so do we: `expovariate(-4)` gives negative intervals.
    static Result<Distribution> create(std::string_view name,
                                       const std::vector<double>& parameters);

    /// One draw, in seconds; may be 0 or negative where the distribution allows it, and
    /// infinite or not a number where it exceeds what a double holds.
    double draw(base::Rng& rng) const;

    /// All names that create() knows, in the order of the contract.
    static const std::vector<std::string_view>& names();

    [[nodiscard]] Kind kind() const noexcept { return kind_; }

  private:
    Distribution(Kind kind, std::vector<double> parameters)
        : kind_(kind), parameters_(std::move(parameters)) {}
    Kind kind_;
    std::vector<double> parameters_;
};

}  // namespace galileo::pacing
