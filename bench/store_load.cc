// Writes traces into a store as fast as it takes them and prints rows a second; which store, the
// galileo_expdb_* variables say. bench/store runs it on both kinds.
#include <fmt/format.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/environment.h"
#include "store/open_store.h"

namespace {

using galileo::base::Environment;

/// About 500 bytes, as an HTTP request leaves behind.
galileo::model::Trace sample(int number) {
    const double start = 1795487318.3821054 + number * 1e-4;
    return {.request_id = fmt::format("2205fbcccc:{}", number),
            .client = "w1:echo:1",
            .service = "echo",
            .created = start,
            .sent = start + 0.0001,
            .done = start + 0.0123,
            .status = 200,
            .server = "127.0.0.1:8099",
            .exp_id = std::nullopt,
            .headers = R"({"Server": ")" + std::string(250, 'h') + "\"}",
            .response = std::string(100, 'r')};
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int measure(int rows, int batch) {
    auto store = galileo::store::open_store(Environment::of_process());
    if (!store) {
        fmt::print(stderr, "{}\n", store.error().message());
        return 1;
    }
    std::vector<galileo::model::Trace> traces;
    for (int i = 0; i < batch; ++i) {
        traces.push_back(sample(i));
    }
    auto& clock = galileo::base::system_clock();
    const auto started = clock.monotonic();
    const double cpu_before = cpu_seconds();
    for (int written = 0; written < rows; written += batch) {
        if (const auto report = (*store)->add_traces(traces, "bench"); !report) {
            fmt::print(stderr, "{}\n", report.error().message());
            return 1;
        }
    }
    const double seconds = galileo::base::to_seconds(clock.monotonic() - started);
    fmt::print("{:.0f} rows/s, {:.2f} us CPU of ours a row\n", rows / seconds,
               (cpu_seconds() - cpu_before) * 1e6 / rows);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Writes traces into the store that galileo_expdb_* names; prints rows a second.");
    int rows = 200'000;
    int batch = 1'000;
    app.add_option("--rows", rows, "traces to write")->check(CLI::Range(1, 1'000'000'000));
    app.add_option("--batch", batch, "traces a transaction")->check(CLI::Range(1, 1'000'000));
    CLI11_PARSE(app, argc, argv);
    return measure(rows, batch);
}
