#include "store/experiment_store.h"

#include <vector>

#include "model/utf8.h"
#include "store/columns.h"

namespace galileo::store {

BatchReport& BatchReport::operator+=(const BatchReport& other) noexcept {
    stored += other.stored;
    refused += other.refused;
    over_long += other.over_long;
    repaired += other.repaired;
    return *this;
}

Result<BatchReport> ExperimentStore::add_traces(std::span<const model::Trace> traces,
                                                std::optional<std::string_view> exp_id) {
    std::vector<model::TraceRow> rows;
    rows.reserve(traces.size());
    for (const auto& trace : traces) {
        rows.push_back(model::row_of(trace));
    }
    return add_trace_rows(rows, exp_id);
}

bool exceeds_characters(std::string_view text, std::size_t characters) noexcept {
    return text.size() > characters && model::count_code_points(text) > characters;
}

}  // namespace galileo::store
