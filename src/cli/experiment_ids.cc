#include "cli/experiment_ids.h"

#include <fmt/format.h>

#include "cli/flags.h"

namespace galileo::cli {

namespace {

constexpr std::size_t kIdsMax = 3;
constexpr std::size_t kPartMin = 3;  ///< shorter texts are part of nearly every id

bool is_near(std::string_view given, const model::Experiment& experiment) {
    return (experiment.name && *experiment.name == given) ||
           (given.size() >= kPartMin && experiment.id.find(given) != std::string::npos) ||
           !nearest(given, {experiment.id}).empty();
}

}  // namespace

std::vector<std::string> near_ids(std::string_view given,
                                  std::span<const model::Experiment> experiments) {
    std::vector<std::string> near;
    for (auto at = experiments.rbegin(); at != experiments.rend() && near.size() < kIdsMax; ++at) {
        if (is_near(given, *at)) {
            near.push_back(at->id);
        }
    }
    return near;
}

Error no_experiment(std::string_view given, std::span<const model::Experiment> experiments) {
    const auto near = near_ids(given, experiments);
    std::string hint = "; the database has none";
    if (!near.empty()) {
        hint = fmt::format("; {} {}", near.size() == 1 ? "nearest is" : "nearest are",
                           fmt::join(near, ", "));
    } else if (!experiments.empty()) {
        hint =
            fmt::format("; the last one added is {} (see galileo exp ls)", experiments.back().id);
    }
    return Error(ErrorCode::kNotFound, fmt::format("there is no experiment '{}'{}", given, hint));
}

}  // namespace galileo::cli
