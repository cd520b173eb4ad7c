#include "worker/options.h"

#include <fmt/format.h>

#include <charconv>

#include "base/process.h"

namespace galileo::worker {

Result<TraceLogging> parse_trace_logging(std::string_view text) {
    if (text.empty() || text == "unset") {
        return TraceLogging::kNone;
    }
    if (text == "file") {
        return TraceLogging::kFile;
    }
    if (text == "redis") {
        return TraceLogging::kRedis;
    }
    if (text == "sql") {
        return TraceLogging::kSql;
    }
    return Error(
        ErrorCode::kInvalidInput,
        fmt::format(
            "galileo_trace_logging: '{}' is unknown; allowed are file, redis and sql, or nothing",
            text));
}

Result<WorkerOptions> WorkerOptions::from_environment(const base::Environment& environment) {
    WorkerOptions options;
    options.name = environment.get("galileo_worker_name", base::host_name());
    for (const auto& [name, value] : environment.with_prefix("galileo_")) {
        if (!base::names_secret(name)) {
            options.labels.emplace(name, value);
        }
    }
    options.router =
        TRY_WITHIN("galileo_router_type", routing::parse_router_type(environment.get(
                                              "galileo_router_type", "CachingSymmetryHostRouter")));
    options.static_host = environment.get("galileo_router_static_host", options.static_host);
    options.trace_logging = TRY(parse_trace_logging(environment.get("galileo_trace_logging", "")));
    options.sqlite_path = environment.get("galileo_expdb_sqlite_path", options.sqlite_path);
    const std::string flush = environment.get("galileo_expdb_trace_logger_flush", "20");
    const auto [end, error] =
        std::from_chars(flush.data(), flush.data() + flush.size(), options.trace_flush);
    if (error != std::errc() || end != flush.data() + flush.size() || options.trace_flush == 0 ||
        options.trace_flush > 1'000'000) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("galileo_expdb_trace_logger_flush: '{}' is not a number of "
                                 "traces; allowed are 1 to 1000000",
                                 flush));
    }
    return options;
}

}  // namespace galileo::worker
