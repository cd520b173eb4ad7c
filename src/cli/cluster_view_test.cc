#include "cli/cluster_view.h"

#include <gmock/gmock.h>

namespace galileo::cli {
namespace {

using namespace std::chrono_literals;

constexpr double kNow = 1'700'000'000;

coord::StatsReport report(const std::string& worker, double time, std::uint64_t completed) {
    coord::StatsReport made;
    made.worker = worker;
    made.run_id = "r1";
    made.time = time;
    auto& tally = made.snapshot.services["s"];
    tally.completed = completed;
    tally.failed = completed / 10;
    for (std::uint64_t i = 0; i < completed; ++i) {
        tally.intended.record(5ms);
    }
    return made;
}

ClusterView sample() {
    WorkerView alive;
    alive.name = "w1";
    alive.labels = {{"galileo_zone", "A"}, {"galileo_rack", "7"}};
    alive.lease = coord::WorkerLease{"w1", "0.1.0", "h", 42, kNow - 308, 2};
    alive.lease_age = 1400ms;
    alive.clients = 24;
    alive.rate = 518.2;
    WorkerView dead;
    dead.name = "old";
    RunView run;
    run.lease = {"202611240230-9f3a", "peak", "h", 43, kNow - 75, 3};
    run.workers = 3;
    run.rate = 1518.4;
    run.p99 = 12'900us;
    run.failed = 0.0003;
    RunView bare;
    bare.lease.run_id = "x";
    return {{alive, dead}, {run, bare}};
}

TEST(ClusterText, ShowsWorkersAndRuns) {
    EXPECT_EQ(
        to_text(sample(), base::from_epoch_seconds(kNow)),
        " WORKER  STATE     LEASE  UP    LOOPS  CLIENTS  RATE   LABELS\n"
        " w1      alive     1.40s  5:08  2      24       518/s  galileo_rack=7 galileo_zone=A\n"
        " old     no lease  -      -     -      -        -      -\n"
        "\n"
        " RUN                NAME  AGE   RATE     P99     ERR    WORKERS\n"
        " 202611240230-9f3a  peak  1:15  1,518/s  12.9ms  0.03%  3\n"
        " x                  -     -     -        -       -      0\n");
}

TEST(ClusterText, SaysWhenThereIsNothing) {
    EXPECT_EQ(to_text({}, base::from_epoch_seconds(kNow)),
              " no worker is registered; start one with: galileo worker\n\n no run is going on\n");
}

TEST(ClusterJson, HoldsTheSame) {
    const auto json = to_json(sample(), base::from_epoch_seconds(kNow));
    EXPECT_EQ(json["workers"][0]["labels"]["galileo_zone"], "A");
    EXPECT_EQ(json["workers"][0]["up_s"], 308);
    EXPECT_EQ(json["workers"][1]["alive"], false);
    EXPECT_TRUE(json["workers"][1]["rate"].is_null());
    EXPECT_EQ(json["runs"][0]["p99_us"], 12'900);
    EXPECT_TRUE(json["runs"][1]["age_s"].is_null());
}

TEST(RateBook, TakesTheTimeBetweenReports) {
    RateBook book;
    book.add(report("w1", 10, 999));
    book.add(report("w1", 11, 100));
    book.add(report("w1", 12, 300));
    book.add(report("w2", 11.5, 50));
    EXPECT_DOUBLE_EQ(book.worker_rate("w1").value(), 200);
    EXPECT_DOUBLE_EQ(book.worker_rate("w2").value(), 50);
    EXPECT_EQ(book.worker_rate("w3"), std::nullopt);
    RunView run;
    run.lease.run_id = "r1";
    book.fill(run);
    EXPECT_DOUBLE_EQ(run.rate.value(), 250);
    EXPECT_EQ(run.workers, 2U);
    EXPECT_NEAR(run.failed.value(), 0.1, 0.01);
    EXPECT_NEAR(static_cast<double>(run.p99->count()), 5e6, 5e4);
}

TEST(RateBook, KnowsNothingOfOtherRuns) {
    RunView run;
    run.lease.run_id = "other";
    run.lease.workers = 4;
    RateBook().fill(run);
    EXPECT_EQ(run.rate, std::nullopt);
    EXPECT_EQ(run.p99, std::nullopt);
    EXPECT_EQ(run.workers, 4U);
}

}  // namespace
}  // namespace galileo::cli
