#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/mariadb/connection.h"
#include "store/mariadb/mariadb_store.h"
#include "store/testing/mariadb_server.h"

namespace galileo::store::mariadb {

inline model::Trace trace(std::string response = "ok") {
    return {.request_id = "2205fbcccc:2",
            .client = "w1:echo:1",
            .service = "echo",
            .created = 1.5,
            .sent = 2.5,
            .done = 3.5,
            .status = 200,
            .server = "h:1",
            .exp_id = std::nullopt,
            .headers = "{}",
            .response = std::move(response)};
}

inline model::Experiment experiment(std::string id, std::string status = "QUEUED") {
    return {.id = std::move(id),
            .name = "n",
            .creator = std::nullopt,
            .start = 1.5,
            .end = std::nullopt,
            .created = 1.25,
            .status = std::move(status)};
}

/// A fresh database on the shared server.
class MariadbTest : public ::testing::Test {
  protected:
    testing::MariadbServer& server() { return testing::MariadbServer::shared(); }
    MariadbOptions options() { return server().options(database_); }

    std::unique_ptr<MariadbStore> open(const MariadbOptions& options) {
        auto store = MariadbStore::open(options);
        EXPECT_TRUE(store.ok()) << store.error().message();
        return store ? std::move(store).value() : nullptr;
    }
    std::unique_ptr<MariadbStore> open() { return open(options()); }

    static Error open_error(const MariadbOptions& options) {
        auto store = MariadbStore::open(options);
        EXPECT_FALSE(store.ok());
        return store ? Error(ErrorCode::kInternal, "opened") : std::move(store).error();
    }

    std::unique_ptr<Connection> raw() { return Connection::open(options()).value(); }

    void run(std::string_view sql) {
        const auto done = raw()->execute(sql);
        ASSERT_TRUE(done.ok()) << sql << ": " << done.error().message();
    }

    /// All rows of a query, values separated by `|`, NULL as `NULL`.
    std::vector<std::string> query(std::string_view sql, int columns) {
        const auto connection = raw();
        auto rows = connection->query(sql);
        EXPECT_TRUE(rows.ok()) << rows.error().message();
        std::vector<std::string> found;
        while (rows && rows->next().value()) {
            std::string row;
            for (int i = 0; i < columns; ++i) {
                row += (i == 0 ? "" : "|");
                row += rows->is_null(i) ? "NULL" : rows->text(i);
            }
            found.push_back(row);
        }
        return found;
    }

    std::string database_ = testing::MariadbServer::shared().fresh_database();
};

}  // namespace galileo::store::mariadb
