#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/testing/http_server.h"
#include "model/json.h"
#include "pacing/arrivals.h"
#include "pacing/rate_profile.h"
#include "routing/router.h"
#include "routing/table.h"
#include "stats/interval.h"

namespace galileo::engine::testing {

/// An engine with a routing table and a server; the service `echo` leads to the server.
class EngineFixture : public ::testing::Test {
  protected:
    EngineFixture();

    /// Makes the engine; called at first use with the defaults.
    void start(const EngineOptions& options);
    Engine& engine();

    struct Sends {
        std::string service = "echo";
        std::string path = "/";
        std::string run_id{};
        std::optional<std::chrono::nanoseconds> timeout{};
        routing::RouterType router = routing::RouterType::kHost;
        routing::BalancerType balancer = routing::BalancerType::kWeightedRoundRobin;
    };
    [[nodiscard]] ClientSpec spec(std::string id, const Sends& sends) const;
    void add(std::string id) { add(std::move(id), Sends{}); }
    void add(std::string id, const Sends& sends);

    /// A workload whose end is counted in finished_.
    ClientWorkload open(std::unique_ptr<pacing::Arrivals> arrivals);
    ClientWorkload closed(unsigned in_flight);
    /// `count` requests, all due at once.
    static std::unique_ptr<pacing::Arrivals> burst(std::uint64_t count);
    static std::unique_ptr<pacing::Arrivals> steady(double rate,
                                                    std::chrono::nanoseconds duration,
                                                    pacing::Share share);

    /// Adds the intervals since the last call to what the earlier ones gave.
    const stats::Snapshot& taken() { return taken(""); }
    const stats::Snapshot& taken(std::string_view run_id);
    /// All services of taken() together.
    stats::Tally total() { return taken().total(); }

    /// Polls `condition`; false when it stays false for 20 s, so that a failing test ends.
    static bool await(const std::function<bool()>& condition);
    bool await_finished(int count) {
        return await([&] { return finished_ == count; });
    }
    /// planned = sent + dropped + waiting and sent = completed + in flight, and the same traced.
    void expect_accounts_add_up();

    base::MonotonicTime now() const { return base::system_clock().monotonic(); }

    HttpServer server_;
    routing::RoutingTable table_;
    std::atomic<int> finished_{0};
    stats::Snapshot taken_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace galileo::engine::testing
