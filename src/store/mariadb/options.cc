#include "store/mariadb/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace galileo::store::mariadb {

namespace {

struct Range {
    unsigned least;
    unsigned most;
    std::string_view unit;
};

Result<unsigned> number_of(const base::Environment& environment,
                           std::string_view variable,
                           unsigned fallback,
                           const Range& range) {
    const auto text = environment.find(variable);
    if (!text || text->empty()) {
        return fallback;
    }
    unsigned number = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, failure] = std::from_chars(text->data(), end, number);
    if (failure != std::errc() || stop != end || number < range.least || number > range.most) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{}: '{}' is not allowed; a whole number of {} from {} to {} is",
                                 variable, *text, range.unit, range.least, range.most));
    }
    return number;
}

}  // namespace

Result<MariadbOptions> MariadbOptions::from_environment(const base::Environment& environment) {
    MariadbOptions options;
    options.host = environment.get("galileo_expdb_mysql_host", options.host);
    options.port = static_cast<std::uint16_t>(TRY(number_of(
        environment, "galileo_expdb_mysql_port", options.port, {1, UINT16_MAX, "a TCP port"})));
    options.socket = environment.get("galileo_expdb_mysql_socket", "");
    options.user = environment.get("galileo_expdb_mysql_user", "");
    options.password = environment.get("galileo_expdb_mysql_password", "");
    options.database = environment.get("galileo_expdb_mysql_db", "");
    constexpr unsigned kDay = 86'400;
    options.patience = std::chrono::seconds(
        TRY(number_of(environment, "galileo_expdb_mysql_timeout",
                      static_cast<unsigned>(options.patience.count()), {1, kDay, "seconds"})));
    // Shorter than the patience, or waiting for a lock would look like a server that hangs.
    options.lock_timeout =
        std::min(options.lock_timeout, std::max(options.patience / 2, std::chrono::seconds(1)));
    if (options.database.empty()) {
        return Error(ErrorCode::kInvalidInput,
                     "galileo_expdb_mysql_db: not set; name the database that holds experiments");
    }
    return options;
}

std::string MariadbOptions::name() const {
    return socket.empty() ? fmt::format("{} on {}:{}", database, host, port)
                          : fmt::format("{} on {}", database, socket);
}

}  // namespace galileo::store::mariadb
