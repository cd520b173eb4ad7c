#include "worker/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace galileo::worker {
namespace {

using testing::HasSubstr;

Result<WorkerOptions> read(base::Environment::Map variables) {
    return WorkerOptions::from_environment(base::Environment(std::move(variables)));
}

TEST(WorkerOptions, TakeTheOriginalsDefaults) {
    const auto options = read({});
    ASSERT_TRUE(options.ok());
    EXPECT_FALSE(options->name.empty());
    EXPECT_EQ(options->trace_logging, TraceLogging::kNone);
    EXPECT_EQ(options->trace_flush, 20U);
    EXPECT_EQ(options->router, routing::RouterType::kHost);
    EXPECT_EQ(options->balancer, routing::BalancerType::kWeightedRoundRobin);
    EXPECT_EQ(options->static_host, "http://localhost");
    EXPECT_TRUE(options->labels.empty());
    EXPECT_EQ(options->journal_directory, "");
    EXPECT_EQ(options->journal_limit, 16ULL << 30U);
}

TEST(WorkerOptions, MakeLabelsOfAllVariablesButSecrets) {
    const auto options = read({{"galileo_worker_name", "w1"},
                               {"galileo_zone", "A"},
                               {"galileo_redis_password", "hush"},
                               {"galileo_api_token", "hush"},
                               {"galileo_redis_url", "redis://:hush@localhost"},
                               {"PATH", "/bin"}});
    ASSERT_TRUE(options.ok());
    EXPECT_EQ(options->name, "w1");
    EXPECT_EQ(options->labels,
              (base::Environment::Map{{"galileo_worker_name", "w1"}, {"galileo_zone", "A"}}));
}

TEST(WorkerOptions, NameTheVariableThatIsWrong) {
    EXPECT_THAT(
        read({{"galileo_trace_logging", "syslog"}}).error().message(),
        HasSubstr("galileo_trace_logging: 'syslog' is unknown; allowed are file, redis and sql"));
    EXPECT_EQ(read({{"galileo_balancer", "least-latency"}})->balancer,
              routing::BalancerType::kLeastLatency);
    EXPECT_THAT(read({{"galileo_balancer", "fair"}}).error().message(),
                HasSubstr("galileo_balancer: unknown balancer 'fair'; allowed are weighted-round"));
    EXPECT_THAT(read({{"galileo_router_type", "Best"}}).error().message(),
                HasSubstr("galileo_router_type: Unknown router type Best"));
    EXPECT_EQ(read({{"galileo_journal_limit_mib", "5"}})->journal_limit, 5U << 20U);
    EXPECT_THAT(read({{"galileo_journal_limit_mib", "1g"}}).error().message(),
                HasSubstr("galileo_journal_limit_mib: '1g' is not a number of MiB"));
    for (const char* flush : {"", "0", "-1", "20x", "99999999"}) {
        EXPECT_THAT(read({{"galileo_expdb_trace_logger_flush", flush}}).error().message(),
                    HasSubstr("galileo_expdb_trace_logger_flush"))
            << flush;
    }
}

}  // namespace
}  // namespace galileo::worker
