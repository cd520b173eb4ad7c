#include "store/sqlite/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/rows.h"
#include "store/sqlite/schema.h"
#include "store/tables.h"

namespace galileo::store::sqlite {

namespace {

using model::Experiment;

/// Parameters 1 to 7 in the order of kExperimentColumns.
void bind_experiment(Statement& statement, const Experiment& experiment) {
    statement.bind(1, std::string_view(experiment.id));
    statement.bind_optional(2, experiment.name);
    statement.bind_optional(3, experiment.creator);
    statement.bind_optional(4, experiment.start);
    statement.bind_optional(5, experiment.end);
    statement.bind_optional(6, experiment.created);
    statement.bind(7, std::string_view(experiment.status));
}

/// Write-ahead logging is a property of the file: whoever comes second finds it set. Changing it
/// needs the file for a moment alone and does not wait for that by itself.
Result<void> use_write_ahead_log(Connection& connection) {
    constexpr int kAttempts = 20;
    for (int attempt = 1;; ++attempt) {
        auto changed = connection.execute("PRAGMA journal_mode=WAL");
        if (changed || changed.error().code() != ErrorCode::kTimeout || attempt == kAttempts) {
            return changed;
        }
        // Waits, up to the busy timeout, until whoever holds the file is done.
        const Transaction turn = TRY(Transaction::begin(connection));
    }
}

Result<void> limit_file_size(Connection& connection, std::uint64_t bytes_max) {
    Statement page_size = TRY(connection.prepare("PRAGMA page_size"));
    TRY(page_size.step());
    const auto pages = bytes_max / static_cast<std::uint64_t>(page_size.integer(0));
    return connection.execute(
        fmt::format("PRAGMA max_page_count={}", std::max<std::uint64_t>(pages, 1)).c_str());
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SqliteOptions& options) {
    auto connection = TRY(Connection::open(options.path, options.mode, options.busy_timeout));
    std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(connection)));
    TRY(store->set_up(options));
    return store;
}

Result<void> SqliteStore::set_up(const SqliteOptions& options) {
    if (options.mode == OpenMode::kReadOnly) {
        return check_schema(*connection_);
    }
    // For new files only. Traces come in megabytes: against SQLite's 4 KiB, pages of 16 KiB took a
    // third off the CPU time of writing them (1.45 instead of 2.3 us each; fewer system calls).
    TRY(connection_->execute("PRAGMA page_size=16384"));
    TRY(create_schema(*connection_));  // first: a foreign file must stay as it is
    TRY(use_write_ahead_log(*connection_));
    TRY(connection_->execute("PRAGMA synchronous=NORMAL"));
    if (options.file_bytes_max) {
        TRY(limit_file_size(*connection_, *options.file_bytes_max));
    }
    return {};
}

Result<void> SqliteStore::save(const Experiment& experiment) {
    Statement insert = TRY(connection_->prepare(
        fmt::format("INSERT INTO experiments ({}) VALUES (?,?,?,?,?,?,?)", kExperimentColumns)));
    bind_experiment(insert, experiment);
    return insert.run().within(fmt::format("experiment '{}'", experiment.id));
}

Result<void> SqliteStore::update(const Experiment& experiment) {
    Statement update = TRY(connection_->prepare(
        "UPDATE experiments SET NAME=?2, CREATOR=?3, START=?4, END=?5, CREATED=?6, STATUS=?7 "
        "WHERE EXP_ID=?1"));
    bind_experiment(update, experiment);
    TRY(update.run());
    if (connection_->changes() == 0) {
        return no_such_experiment(experiment.id);
    }
    return {};
}

Result<std::optional<Experiment>> SqliteStore::find(std::string_view exp_id) {
    Statement select = TRY(connection_->prepare(
        fmt::format("SELECT {} FROM experiments WHERE EXP_ID=?", kExperimentColumns)));
    select.bind(1, exp_id);
    if (!TRY(select.step())) {
        return std::optional<Experiment>();
    }
    return std::optional(read_experiment(select));
}

Result<std::vector<Experiment>> SqliteStore::list() {
    Statement select = TRY(connection_->prepare(
        fmt::format("SELECT {} FROM experiments ORDER BY rowid", kExperimentColumns)));
    std::vector<Experiment> experiments;
    while (TRY(select.step())) {
        experiments.push_back(read_experiment(select));
    }
    return experiments;
}

Result<std::optional<Experiment>> SqliteStore::running() {
    Statement select = TRY(connection_->prepare(
        fmt::format("SELECT {} FROM experiments WHERE STATUS='RUNNING' ORDER BY rowid LIMIT 1",
                    kExperimentColumns)));
    if (!TRY(select.step())) {
        return std::optional<Experiment>();
    }
    return std::optional(read_experiment(select));
}

Result<void> SqliteStore::remove(std::string_view exp_id) {
    Transaction transaction = TRY(Transaction::begin(*connection_));
    for (const Table& table : tables()) {
        Statement erase =
            TRY(connection_->prepare(fmt::format("DELETE FROM {} WHERE EXP_ID=?", table.name)));
        erase.bind(1, exp_id);
        TRY(erase.run());
        if (table.name == "experiments" && connection_->changes() == 0) {
            return no_such_experiment(exp_id);
        }
    }
    return transaction.commit();
}

Result<void> SqliteStore::save_metadata(std::string_view exp_id, const model::Json& metadata) {
    const std::string data = model::to_python_json(metadata);
    Statement insert =
        TRY(connection_->prepare("INSERT INTO metadata (EXP_ID, DATA) VALUES (?,?) "
                                 "ON CONFLICT (EXP_ID) DO UPDATE SET DATA=excluded.DATA"));
    insert.bind(1, exp_id);
    insert.bind(2, std::string_view(data));
    return insert.run();
}

Result<std::optional<model::Json>> SqliteStore::metadata(std::string_view exp_id) {
    Statement select = TRY(connection_->prepare("SELECT DATA FROM metadata WHERE EXP_ID=?"));
    select.bind(1, exp_id);
    if (!TRY(select.step())) {
        return std::optional<model::Json>();
    }
    auto data = TRY_WITHIN(
        fmt::format("database {}: metadata of experiment '{}'", connection_->path(), exp_id),
        model::parse_json(select.text(0)));
    return std::optional<model::Json>(std::move(data));
}

Result<std::vector<NodeInfo>> SqliteStore::node_infos(std::string_view exp_id) {
    Statement select = TRY(connection_->prepare(
        fmt::format("SELECT {} FROM nodeinfo WHERE EXP_ID=? ORDER BY rowid", kNodeInfoColumns)));
    select.bind(1, exp_id);
    std::vector<NodeInfo> infos;
    while (TRY(select.step())) {
        infos.push_back(read_node_info(select));
    }
    return infos;
}

Result<std::uint64_t> SqliteStore::touch_traces(std::string_view exp_id, double start, double end) {
    Statement update = TRY(connection_->prepare(
        "UPDATE traces SET EXP_ID=? WHERE EXP_ID IS NULL AND CREATED>=? AND CREATED<=?"));
    update.bind(1, exp_id);
    update.bind(2, start);
    update.bind(3, end);
    TRY(update.run());
    return connection_->changes();
}

Result<std::uint64_t> SqliteStore::count_traces(std::string_view exp_id) {
    Statement select = TRY(connection_->prepare("SELECT COUNT(*) FROM traces WHERE EXP_ID=?"));
    select.bind(1, exp_id);
    TRY(select.step());
    return static_cast<std::uint64_t>(select.integer(0));
}

Result<std::vector<HostTraces>> SqliteStore::traces_per_host(std::string_view exp_id) {
    Statement select = TRY(connection_->prepare(
        fmt::format("{} WHERE EXP_ID=? GROUP BY SERVER ORDER BY SERVER", kSelectHosts)));
    select.bind(1, exp_id);
    std::vector<HostTraces> hosts;
    while (TRY(select.step())) {
        hosts.push_back(read_host(select));
    }
    return hosts;
}

}  // namespace galileo::store::sqlite
