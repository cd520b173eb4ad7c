#include "worker/options.h"

#include <fmt/format.h>

#include <charconv>

#include "apps/repository.h"
#include "base/process.h"

namespace galileo::worker {

namespace {

struct Range {
    std::size_t fallback;
    std::size_t most;  ///< 1 is the least
    const char* what;
};

Result<std::size_t> number_of(const base::Environment& environment,
                              const char* variable,
                              const Range& range) {
    const std::string text = environment.get(variable, std::to_string(range.fallback));
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number == 0 ||
        number > range.most) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{}: '{}' is not a number of {}; allowed are 1 to {}", variable,
                                 text, range.what, range.most));
    }
    return number;
}

}  // namespace

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
        if (!base::holds_secret(name, value)) {
            options.labels.emplace(name, value);
        }
    }
    options.router =
        TRY_WITHIN("galileo_router_type", routing::parse_router_type(environment.get(
                                              "galileo_router_type", "CachingSymmetryHostRouter")));
    options.balancer =
        TRY_WITHIN("galileo_balancer", routing::parse_balancer_type(environment.get(
                                           "galileo_balancer", to_string(options.balancer))));
    options.static_host = environment.get("galileo_router_static_host", options.static_host);
    options.trace_logging = TRY(parse_trace_logging(environment.get("galileo_trace_logging", "")));
    options.database = base::Environment(environment.with_prefix("galileo_expdb_"));
    options.requests = std::make_shared<const http::RequestEnvironment>(
        http::RequestEnvironment::read(environment));
    options.trace_flush =
        TRY(number_of(environment, "galileo_expdb_trace_logger_flush", {20, 1'000'000, "traces"}));
    options.journal_directory = environment.get("galileo_journal_dir", "");
    options.journal_limit = std::uint64_t{TRY(number_of(environment, "galileo_journal_limit_mib",
                                                        {16'384, 16'777'216, "MiB"}))}
                            << 20U;
    options.apps_directory = environment.get("galileo_apps_dir", options.apps_directory);
    options.apps_repository = environment.get("galileo_apps_repository", options.apps_repository);
    options.apps_token = TRY(apps::find_api_token(environment));
    options.python = environment.get("galileo_python", "");
    if (!environment.get("galileo_app_processes", "").empty()) {
        options.app_processes = static_cast<unsigned>(
            TRY(number_of(environment, "galileo_app_processes", {1, 256, "processes"})));
    }
    return options;
}

}  // namespace galileo::worker
