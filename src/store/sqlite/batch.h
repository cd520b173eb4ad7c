#pragma once

#include <cmath>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "model/utf8.h"
#include "store/columns.h"
#include "store/experiment_store.h"
#include "store/sqlite/connection.h"

namespace galileo::store::sqlite {

/// Binds the values of one batch, minding what other programs can read: text becomes UTF-8 (one bad
/// byte would make Python refuse the whole column), over-long values are counted. Lives as long as
/// the batch, because repaired text is borrowed from it. Thread-compatible.
class BatchBinder {
  public:
    explicit BatchBinder(BatchReport& report) : report_(&report) {}

    /// For columns that the batch does not fill itself, such as one id for all rows.
    std::string_view clean(std::string_view text) {
        if (model::is_utf8(text)) {
            return text;
        }
        ++report_->repaired;
        return repaired_.emplace_back(model::to_utf8(text));
    }

    /// A VARCHAR(`characters`).
    void name(Statement& statement, int index, std::string_view text, std::size_t characters) {
        report_->over_long += exceeds_characters(text, characters) ? 1 : 0;
        statement.bind(index, clean(text));
    }
    /// The same that may be NULL.
    void optional_name(Statement& statement,
                       int index,
                       std::optional<std::string_view> text,
                       std::size_t characters) {
        text ? name(statement, index, *text, characters) : statement.bind_null(index);
    }

    /// A TEXT that may be NULL.
    void optional_text(Statement& statement, int index, std::optional<std::string_view> text) {
        if (!text) {
            statement.bind_null(index);
            return;
        }
        report_->over_long += text->size() > kTextBytes ? 1 : 0;
        statement.bind(index, clean(*text));
    }

  private:
    BatchReport* report_;
    std::deque<std::string> repaired_;  ///< a deque, because statements borrow its elements
};

}  // namespace galileo::store::sqlite
