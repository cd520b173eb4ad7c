#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "control/run_session.h"
#include "recorder/request_account.h"
#include "recorder/trace_recorder.h"

/// What a run came to, from what its workers say and what its recorder has got.
namespace galileo::experiment {

/// How many traces the workers say they have put into the stream. Of a lost worker: as many as it
/// has reported requests, because nobody knows better.
std::uint64_t traces_shipped(const control::RunSession& session);

/// For the recorder of a run: its statistics, second by second, as rows of the store. Borrows the
/// session.
std::function<std::vector<store::StatisticsSecond>(stats::Timeline::Until)> statistics_of(
    control::RunSession& session);

/// The account of a run whose traces are kept, once all workers have finished or are lost. Stored
/// traces of a lost worker that are in no report count as sent and completed.
recorder::RequestAccount account_of(const control::RunSession& session,
                                    const recorder::RecordedTraces& traces);

}  // namespace galileo::experiment
