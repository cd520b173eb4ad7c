#include "store/experiment_store.h"

#include <fmt/format.h>

#include <vector>

#include "model/utf8.h"
#include "store/columns.h"
#include "store/rows.h"

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

Error no_such_experiment(std::string_view exp_id) {
    return Error(ErrorCode::kNotFound, fmt::format("experiment '{}' does not exist", exp_id));
}

bool exceeds_characters(std::string_view text, std::size_t characters) noexcept {
    return text.size() > characters && model::count_code_points(text) > characters;
}

std::string_view cut_to_characters(std::string_view text, std::size_t characters) noexcept {
    std::size_t at = 0;
    for (std::size_t taken = 0; taken < characters && at < text.size(); ++taken) {
        at += model::decode_utf8(text, at).length;
    }
    return text.substr(0, at);
}

std::string_view cut_to_bytes(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) {
        return text;
    }
    constexpr unsigned kFollowing = 0x80;  // the bytes of a character after its first
    std::size_t end = bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == kFollowing) {
        --end;
    }
    return text.substr(0, end);
}

}  // namespace galileo::store
