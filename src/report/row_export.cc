#include "report/row_export.h"

#include <optional>
#include <string>
#include <utility>

namespace galileo::report {

namespace {

using store::Visit;

constexpr std::size_t kPieceBytes = 64UL * 1024;

/// Collects rows as text and passes it on in pieces. Thread-compatible.
class Pieces {
  public:
    Pieces(const RowExport& what, const TakeRows& take)
        : what_(what), take_(take), columns_(columns_of(what.table)) {
        if (what.format == RowFormat::kCsv) {
            append_csv_header(text_, columns_);
        }
    }

    Visit add(const Fields& fields) {
        if (rows_ >= what_.rows_max) {
            return Visit::kStop;
        }
        if (!matches(fields, what_.conditions)) {
            return Visit::kContinue;
        }
        if (what_.format == RowFormat::kCsv) {
            append_csv(text_, fields);
        } else {
            append_json_line(text_, columns_, fields);
        }
        ++rows_;
        if (text_.size() >= kPieceBytes) {
            pass_on();
        }
        return is_over_ || rows_ >= what_.rows_max ? Visit::kStop : Visit::kContinue;
    }

    Result<std::uint64_t> finish() {
        if (!text_.empty() && !is_over_) {
            pass_on();
        }
        if (failure_) {
            return std::move(*failure_);
        }
        return rows_;
    }

  private:
    void pass_on() {
        auto taken = take_(text_);
        text_.clear();
        if (!taken) {
            failure_ = std::move(taken).error();
        }
        is_over_ = failure_ || *taken == Visit::kStop;
    }

    const RowExport& what_;
    const TakeRows& take_;
    const std::vector<std::string_view>& columns_;
    std::string text_;
    std::uint64_t rows_ = 0;
    bool is_over_ = false;
    std::optional<Error> failure_;
};

}  // namespace

Result<std::uint64_t> export_rows(store::ExperimentStore& store,
                                  std::string_view exp_id,
                                  const RowExport& what,
                                  const TakeRows& take) {
    Pieces pieces(what, take);
    switch (what.table) {
        case RowTable::kTraces:
            TRY(store.for_each_trace(exp_id, [&pieces](const model::Trace& trace) {
                return pieces.add(fields_of(trace));
            }));
            break;
        case RowTable::kTelemetry:
            TRY(store.for_each_telemetry(exp_id, [&](const model::TelemetryPoint& point) {
                return pieces.add(fields_of(exp_id, point));
            }));
            break;
        case RowTable::kEvents:
            TRY(store.for_each_event(exp_id, [&](const model::Event& event) {
                return pieces.add(fields_of(exp_id, event));
            }));
            break;
        case RowTable::kNodeInfo:
            for (const auto& info : TRY(store.node_infos(exp_id))) {
                if (pieces.add(fields_of(exp_id, info)) == Visit::kStop) {
                    break;
                }
            }
            break;
    }
    return pieces.finish();
}

}  // namespace galileo::report
