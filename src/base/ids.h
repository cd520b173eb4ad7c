#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace galileo::base {

/// A random (version 4) UUID as 36 characters of text, RFC 9562 section 5.4. Thread-safe.
std::string uuid4();

/// `digits` lower-case hexadecimal digits of entropy. Thread-safe.
std::string random_hex(std::size_t digits);

/// An experiment id in the original's form `YYYYMMDDHHMM-xxxx`: local time and four random hex
/// digits (contract 4.3).
std::string new_experiment_id(WallTime now);
/// The same, its digits drawn from `rng`.
std::string new_experiment_id(WallTime now, Rng& rng);

}  // namespace galileo::base
