#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/row_text.h"
#include "store/experiment_store.h"

namespace galileo::report {

enum class RowFormat : std::uint8_t { kCsv, kJsonLines };

/// Which rows of an experiment, and how.
struct RowExport {
    RowTable table = RowTable::kTraces;
    RowFormat format = RowFormat::kCsv;
    std::vector<RowCondition> conditions;  ///< all must hold
    std::uint64_t rows_max = std::numeric_limits<std::uint64_t>::max();
};

/// Takes a piece of text, which ends at a line end; kStop: nobody wants more.
using TakeRows = std::function<Result<store::Visit>(std::string_view)>;

/// Gives the rows of an experiment to `take`, in order of addition and in pieces of some 64 KiB;
/// memory does not grow with their number. CSV begins with the names of the columns, also when no
/// row follows. Returns the number of rows given. Errors of the store and of `take`. Blocks.
Result<std::uint64_t> export_rows(store::ExperimentStore& store,
                                  std::string_view exp_id,
                                  const RowExport& what,
                                  const TakeRows& take);

}  // namespace galileo::report
