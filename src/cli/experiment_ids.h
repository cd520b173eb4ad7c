#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/experiment.h"

namespace galileo::cli {

/// At most three ids that may have been meant by `given`: those of experiments of that name, those
/// that hold it in themselves, those within two slips of it; the last ones added first.
std::vector<std::string> near_ids(std::string_view given,
                                  std::span<const model::Experiment> experiments);

/// kNotFound: `there is no experiment 'x'; nearest are ...`.
Error no_experiment(std::string_view given, std::span<const model::Experiment> experiments);

}  // namespace galileo::cli
