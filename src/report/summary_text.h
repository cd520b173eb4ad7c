#pragma once

#include <string>

#include "experiment/progress.h"
#include "report/terminal.h"

namespace galileo::report {

/// The summary of a run for people: why it did not pass first, then what each service and host did,
/// both latencies (from the intended start, free of coordinated omission, and from the actual
/// send), the distribution, the account of every request, and how far the generator itself can be
/// trusted. Tables fit the terminal; paths are never cut.
std::string summary_text(const experiment::RunSummary& summary, const TerminalTraits& traits);

/// One line, as for `--quiet`: verdict, rate, p99, errors.
std::string verdict_text(const experiment::RunSummary& summary, const TerminalTraits& traits);

}  // namespace galileo::report
