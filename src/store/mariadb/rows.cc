#include <charconv>

#include "store/mariadb/connection.h"

namespace galileo::store::mariadb {

Rows::~Rows() {
    constexpr int kShort = 1'000;
    for (int i = 0; result_ != nullptr && i < kShort; ++i) {
        (void)next().ok();
    }
    if (result_ != nullptr) {
        connection_->drop(result_);
    }
}

Result<bool> Rows::next() {
    if (result_ == nullptr) {
        return false;
    }
    const auto started = base::system_clock().monotonic();
    row_ = mysql_fetch_row(result_);
    if (row_ != nullptr) {
        lengths_ = mysql_fetch_lengths(result_);
        return true;
    }
    MYSQL_RES* const result = std::exchange(result_, nullptr);
    if (mysql_errno(connection_->handle_.get()) != 0) {
        return connection_->failure(connection_->last_fault(started), result);
    }
    mysql_free_result(result);
    return false;
}

std::string_view Rows::text(int column) const noexcept {
    return is_null(column) ? std::string_view() : std::string_view(row_[column], lengths_[column]);
}

std::optional<std::string> Rows::optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional<std::string>(text(column));
}

double Rows::real(int column) const noexcept {
    const std::string_view digits = text(column);
    double number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::optional<double> Rows::optional_real(int column) const noexcept {
    return is_null(column) ? std::nullopt : std::optional(real(column));
}

std::int64_t Rows::integer(int column) const noexcept {
    const std::string_view digits = text(column);
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

bool Rows::is_null(int column) const noexcept {
    return row_ == nullptr || row_[column] == nullptr;
}

}  // namespace galileo::store::mariadb
