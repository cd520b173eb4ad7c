#pragma once

#include "experiment/spec.h"
#include "experiment/spec_document.h"
#include "experiment/spec_problems.h"

namespace galileo::experiment {

/// Turns the tree of a file into a specification: names of keys and types of values. What cannot be
/// read goes to `problems` and keeps its default; ranges and references are left to check().
ExperimentSpec read_spec(const SpecNode& root, SpecProblems& problems);

/// The rules between values, the same for files and flags, see check_spec().
void check(ExperimentSpec& spec, SpecProblems& problems);

}  // namespace galileo::experiment
