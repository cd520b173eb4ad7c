#include "store/mariadb/mariadb_store.h"

#include <fmt/format.h>

#include "store/mariadb/literals.h"
#include "store/rows.h"
#include "store/tables.h"

namespace galileo::store::mariadb {

namespace {

using model::Experiment;

template <typename Value, typename Read>
Result<std::vector<Value>> read_all(Connection& connection, std::string_view sql, Read&& read) {
    Rows rows = TRY(connection.query(sql));
    std::vector<Value> values;
    while (TRY(rows.next())) {
        values.push_back(read(rows));
    }
    return values;
}

}  // namespace

Result<std::unique_ptr<MariadbStore>> MariadbStore::open(const MariadbOptions& options) {
    auto connection = TRY(Connection::open(options));
    const Schema schema = TRY(create_schema(*connection, options.missing_tables));
    return std::unique_ptr<MariadbStore>(new MariadbStore(std::move(connection), schema));
}

Result<std::uint64_t> MariadbStore::write(std::string_view sql) {
    Transaction transaction = TRY(Transaction::begin(*connection_));
    TRY(connection_->execute(sql));
    const std::uint64_t changes = connection_->changes();
    TRY(transaction.commit());
    return changes;
}

Result<void> MariadbStore::save(const Experiment& experiment) {
    auto written =
        write(fmt::format("INSERT INTO experiments ({}) VALUES ({},{},{},{},{},{},{})",
                          kExperimentColumns, literal(experiment.id),
                          optional_literal(experiment.name), optional_literal(experiment.creator),
                          optional_literal(experiment.start), optional_literal(experiment.end),
                          optional_literal(experiment.created), literal(experiment.status)));
    if (!written) {
        return std::move(written.error()).within(fmt::format("experiment '{}'", experiment.id));
    }
    return {};
}

Result<void> MariadbStore::update(const Experiment& experiment) {
    const std::uint64_t found = TRY(write(fmt::format(
        "UPDATE experiments SET NAME={},CREATOR={},START={},END={},CREATED={},STATUS={} "
        "WHERE EXP_ID={}",
        optional_literal(experiment.name), optional_literal(experiment.creator),
        optional_literal(experiment.start), optional_literal(experiment.end),
        optional_literal(experiment.created), literal(experiment.status), literal(experiment.id))));
    if (found == 0) {
        return no_such_experiment(experiment.id);
    }
    return {};
}

Result<std::vector<Experiment>> MariadbStore::experiments(std::string_view condition) {
    return read_all<Experiment>(
        *connection_,
        fmt::format("SELECT {} FROM experiments {} ORDER BY {}", kExperimentColumns, condition,
                    schema_.order == ExperimentOrder::kOrdinal ? "ORDINAL" : "CREATED, EXP_ID"),
        read_experiment<Rows>);
}

Result<std::optional<Experiment>> MariadbStore::find(std::string_view exp_id) {
    auto found = TRY(experiments(fmt::format("WHERE EXP_ID={}", literal(exp_id))));
    return found.empty() ? std::optional<Experiment>() : std::move(found.front());
}

Result<std::vector<Experiment>> MariadbStore::list() {
    return experiments("");
}

Result<std::optional<Experiment>> MariadbStore::running() {
    auto found = TRY(experiments("WHERE STATUS='RUNNING'"));
    return found.empty() ? std::optional<Experiment>() : std::move(found.front());
}

Result<void> MariadbStore::remove(std::string_view exp_id) {
    Transaction transaction = TRY(Transaction::begin(*connection_));
    for (const Table& table : tables()) {
        if (table.origin == TableOrigin::kOurs && !schema_.has_statistics) {
            continue;
        }
        TRY(connection_->execute(
            fmt::format("DELETE FROM {} WHERE EXP_ID={}", table.name, literal(exp_id))));
        if (table.name == "experiments" && connection_->changes() == 0) {
            return no_such_experiment(exp_id);
        }
    }
    return transaction.commit();
}

Result<void> MariadbStore::save_metadata(std::string_view exp_id, const model::Json& metadata) {
    const std::string id = literal(exp_id);
    const std::string data = literal(model::to_python_json(metadata));
    TRY(
        write(fmt::format("INSERT INTO metadata (EXP_ID, DATA) VALUES ({},{}) "
                          "ON DUPLICATE KEY UPDATE DATA=VALUES(DATA)",
                          id, data)));
    return {};
}

Result<std::optional<model::Json>> MariadbStore::metadata(std::string_view exp_id) {
    Rows rows = TRY(connection_->query(
        fmt::format("SELECT DATA FROM metadata WHERE EXP_ID={}", literal(exp_id))));
    if (!TRY(rows.next())) {
        return std::optional<model::Json>();
    }
    auto data = TRY_WITHIN(
        fmt::format("database {}: metadata of experiment '{}'", connection_->name(), exp_id),
        model::parse_json(rows.text(0)));
    return std::optional<model::Json>(std::move(data));
}

Result<std::vector<NodeInfo>> MariadbStore::node_infos(std::string_view exp_id) {
    return read_all<NodeInfo>(
        *connection_,
        fmt::format("SELECT {} FROM nodeinfo WHERE EXP_ID={}", kNodeInfoColumns, literal(exp_id)),
        read_node_info<Rows>);
}

Result<std::uint64_t> MariadbStore::touch_traces(std::string_view exp_id,
                                                 double start,
                                                 double end) {
    return write(fmt::format(
        "UPDATE traces SET EXP_ID={} WHERE EXP_ID IS NULL AND CREATED>={} AND CREATED<={}",
        literal(exp_id), literal(start), literal(end)));
}

Result<std::uint64_t> MariadbStore::count_traces(std::string_view exp_id) {
    Rows rows = TRY(connection_->query(
        fmt::format("SELECT COUNT(*) FROM traces WHERE EXP_ID={}", literal(exp_id))));
    TRY(rows.next());
    return static_cast<std::uint64_t>(rows.integer(0));
}

Result<std::vector<HostTraces>> MariadbStore::traces_per_host(std::string_view exp_id) {
    return read_all<HostTraces>(*connection_,
                                fmt::format("{} WHERE EXP_ID={} GROUP BY SERVER ORDER BY SERVER",
                                            kSelectHosts, literal(exp_id)),
                                read_host<Rows>);
}

}  // namespace galileo::store::mariadb
