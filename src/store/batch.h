#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "model/telemetry.h"
#include "model/trace.h"
#include "store/experiment_store.h"

namespace galileo::store {

/// False for rows that BatchReport::refused counts.
bool storable(const model::TelemetryPoint& point) noexcept;
bool storable(const model::Event& event) noexcept;
bool storable(const model::TraceRow& trace) noexcept;
bool storable(const NodeInfo& info) noexcept;
bool storable(const StatisticsSecond& second) noexcept;

/// Points `batch` at the rows that can be stored and counts both kinds.
template <typename Row>
void select_storable(std::span<const Row> rows,
                     std::vector<const Row*>& batch,
                     BatchReport& report) {
    batch.clear();
    batch.reserve(rows.size());
    for (const Row& row : rows) {
        if (storable(row)) {
            batch.push_back(&row);
        }
    }
    report.stored = batch.size();
    report.refused = rows.size() - batch.size();
}

/// The texts of one batch as other programs can read them: UTF-8 (one bad byte would make Python
/// refuse the whole column, and MariaDB the row), over-long values counted and, where the database
/// insists, cut. What it returns is valid as long as it and the text it was given.
/// Thread-compatible.
class BatchTexts {
  public:
    enum class OverLong { kKeep, kCut };

    BatchTexts(BatchReport& report, OverLong over_long) : report_(&report), over_long_(over_long) {}

    /// For a VARCHAR(`characters`).
    std::string_view name(std::string_view text, std::size_t characters);
    /// For a TEXT.
    std::string_view text(std::string_view text);

  private:
    std::string_view clean(std::string_view text);

    BatchReport* report_;
    OverLong over_long_;
    std::deque<std::string> repaired_;  ///< a deque, because its elements are lent
};

/// Binds the values of one row, in the order of the columns, to `target`, which has
/// `bind(index, string_view)`, `bind(index, double)`, `bind(index, int64_t)` and
/// `bind_null(index)`. Thread-compatible.
template <typename Target>
class RowBinder {
  public:
    /// `first`: the index of the first column.
    RowBinder(Target& target, int first, BatchTexts& texts)
        : target_(&target), next_(first), texts_(&texts) {}

    void name(std::string_view text, std::size_t characters) {
        target_->bind(next_++, texts_->name(text, characters));
    }
    void optional_name(std::optional<std::string_view> text, std::size_t characters) {
        text ? name(*text, characters) : target_->bind_null(next_++);
    }
    void optional_text(std::optional<std::string_view> text) {
        text ? target_->bind(next_++, texts_->text(*text)) : target_->bind_null(next_++);
    }
    /// Text of ours: as long as it is.
    void ascii(std::string_view text) { target_->bind(next_++, text); }
    void real(double number) { target_->bind(next_++, number); }
    void integer(std::int64_t number) { target_->bind(next_++, number); }

  private:
    Target* target_;
    int next_;
    BatchTexts* texts_;
};

}  // namespace galileo::store
