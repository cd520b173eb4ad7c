// Goal: what every store promises, and what MariaDB needs for it: cutting, splitting, strictness.
#include <limits>
#include <thread>

#include "mariadb_fixture.h"
#include "store/columns.h"
#include "store/testing/store_conformance.h"

namespace galileo::store::mariadb {
namespace {

using ::testing::ElementsAre;

class MariadbEnvironment final : public testing::StoreEnvironment {
  public:
    explicit MariadbEnvironment(MariadbOptions::Arrays arrays)
        : options_(testing::MariadbServer::shared().options(
              testing::MariadbServer::shared().fresh_database())) {
        options_.arrays = arrays;
    }
    std::unique_ptr<ExperimentStore> open() override {
        auto store = MariadbStore::open(options_);
        EXPECT_TRUE(store.ok()) << store.error().message();
        return store ? std::move(store).value() : nullptr;
    }

  private:
    MariadbOptions options_;
};

using testing::StoreConformance;
INSTANTIATE_TEST_SUITE_P(Mariadb, StoreConformance, ::testing::Values(testing::conformance_on([] {
                             return std::make_unique<MariadbEnvironment>(
                                 MariadbOptions::Arrays::kWhereTheServerCan);
                         })));
// As MySQL is served.
INSTANTIATE_TEST_SUITE_P(RowByRow, StoreConformance, ::testing::Values(testing::conformance_on([] {
                             return std::make_unique<MariadbEnvironment>(
                                 MariadbOptions::Arrays::kNever);
                         })));

TEST_F(MariadbTest, CutsWhatIsTooLongAtWholeCharacters) {
    const auto store = open();
    std::string smileys;
    for (int i = 0; i < 60; ++i) {
        smileys += "\xF0\x9F\x98\x80";
    }
    std::string euros = "x";  // so that the 65,535th byte is in the middle of one
    while (euros.size() < 70'000) {
        euros += "\xE2\x82\xAC";
    }
    std::vector<model::Trace> batch = {trace(), trace(), trace(euros)};
    batch[1].client = smileys;
    batch[1].request_id = std::string(37, 'q');
    const auto report = store->add_traces(batch, std::string(101, 'e'));
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(*report, (BatchReport{.stored = 3, .refused = 0, .over_long = 6, .repaired = 0}));
    EXPECT_THAT(query("SELECT CHAR_LENGTH(CLIENT), LENGTH(CLIENT), CHAR_LENGTH(REQUEST_ID), "
                      "LENGTH(RESPONSE), CHAR_LENGTH(EXP_ID) FROM traces",
                      5),
                ElementsAre("9|9|12|2|100", "50|200|36|2|100", "9|9|12|65533|100"));
}

TEST_F(MariadbTest, CutsTextThatGrowsWhenItIsRepaired) {
    const auto store = open();
    const std::vector<model::Event> events = {
        {1, std::string(90, '\xFF') + std::string(20, 'n'), std::string(40'000, '\xFF')}};
    EXPECT_EQ(store->add_events("x", events).value(),
              (BatchReport{.stored = 1, .refused = 0, .over_long = 2, .repaired = 2}));
    EXPECT_THAT(query("SELECT CHAR_LENGTH(NAME), LENGTH(VALUE) FROM events", 2),
                ElementsAre("100|65535"));
}

TEST_F(MariadbTest, RefusesAnExperimentWhoseNameDoesNotFit) {
    const auto store = open();
    auto long_name = experiment("x");
    long_name.name = std::string(101, 'n');
    const auto saved = store->save(long_name);
    ASSERT_FALSE(saved.ok());
    EXPECT_EQ(saved.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(saved.error().message(), ::testing::HasSubstr("column 'NAME'"));
    EXPECT_TRUE(store->list().value().empty());
}

TEST_F(MariadbTest, KeepsDoublesToTheLastBit) {
    const auto store = open();
    std::vector<model::TelemetryPoint> points;
    for (const double value :
         {0.0, -0.0, 0.1, 1.0 / 3, 1795487318.3821054, -2.2250738585072014e-308, 1e22,
          123456789e300, std::numeric_limits<double>::max(),
          std::numeric_limits<double>::denorm_min()}) {
        points.push_back({value, "n", "m", std::nullopt, value});
    }
    ASSERT_TRUE(store->add_telemetry("x", points).ok());
    std::vector<model::TelemetryPoint> found;
    ASSERT_TRUE(store
                    ->for_each_telemetry("x",
                                         [&](const model::TelemetryPoint& point) {
                                             found.push_back(point);
                                             return Visit::kContinue;
                                         })
                    .ok());
    EXPECT_EQ(found, points);
    auto precise = experiment("x");
    precise.start = 1.0 / 3;
    precise.end = -2.2250738585072014e-308;
    ASSERT_TRUE(store->save(precise).ok());
    EXPECT_EQ(store->find("x").value(), precise);
}

TEST_F(MariadbTest, ComparesIdsByteByByte) {
    const auto store = open();
    ASSERT_TRUE(store->save(experiment("case")).ok());
    ASSERT_TRUE(store->save(experiment("CASE")).ok());
    EXPECT_EQ(store->find("Case").value(), std::nullopt);
    EXPECT_EQ(store->list().value().size(), 2U);
}

TEST_F(MariadbTest, WritesMoreThanOnePacketAsAWholeOrNotAtAll) {
    const auto store = open();
    run("ALTER TABLE traces ADD CONSTRAINT no_teapots CHECK (STATUS<>418)");
    std::vector<model::Trace> batch(100, trace(std::string(60'000, 'r')));  // 6 MB
    batch.back().status = 418;
    const auto failed = store->add_traces(batch, "x");
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(store->count_traces("x").value(), 0U);
    batch.back().status = 200;
    EXPECT_EQ(store->add_traces(batch, "x").value().stored, 100U);
    EXPECT_EQ(store->count_traces("x").value(), 100U);
}

TEST_F(MariadbTest, SplitsToWhatTheServerTakes) {
    run("SET GLOBAL max_allowed_packet=262144");
    const auto store = open();
    run("SET GLOBAL max_allowed_packet=16777216");
    const std::vector<model::Trace> batch(20, trace(std::string(60'000, 'r')));
    EXPECT_EQ(store->add_traces(batch, "x").value().stored, 20U);
    const auto too_large = store->save_metadata("x", model::Json{{"k", std::string(300'000, 'v')}});
    ASSERT_FALSE(too_large.ok());
    EXPECT_EQ(too_large.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(too_large.error().message(), ::testing::HasSubstr("max_allowed_packet"));
    EXPECT_EQ(store->count_traces("x").value(), 20U);  // the connection is as good as before
}

TEST_F(MariadbTest, RefusesARowThatTheServerDoesNotTake) {
    run("SET GLOBAL max_allowed_packet=32768");
    const auto store = open();
    run("SET GLOBAL max_allowed_packet=16777216");
    const auto refused =
        store->add_traces(std::vector<model::Trace>{trace(), trace(std::string(60'000, 'r'))}, "x");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("max_allowed_packet"));
    EXPECT_EQ(store->count_traces("x").value(), 0U);
}

TEST_F(MariadbTest, IsIndependentOfTheServersSqlMode) {
    run("SET GLOBAL sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'");
    const auto store = open();
    run("SET GLOBAL sql_mode=DEFAULT");
    auto odd = experiment(R"(a\'b"c)");
    odd.name = std::string("back\\slash '; -- \0 NUL", 22);
    ASSERT_TRUE(store->save(odd).ok());
    EXPECT_EQ(store->find(odd.id).value(), odd);
}

TEST_F(MariadbTest, SeveralWritersOpenAndFillOneNewDatabase) {
    constexpr int kWriters = 4;
    constexpr int kBatches = 10;
    std::vector<std::string> failures(kWriters);
    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i) {
        writers.emplace_back([&, i] {
            auto store = MariadbStore::open(options());
            const std::vector<model::Trace> batch(40, trace());
            for (int n = 0; store && n < kBatches; ++n) {
                const auto added = (*store)->add_traces(batch, std::nullopt);
                const auto touched = (*store)->touch_traces("x", 0, 10);
                failures[static_cast<std::size_t>(i)] += (added ? "" : added.error().message()) +
                                                         (touched ? "" : touched.error().message());
            }
            failures[static_cast<std::size_t>(i)] += store ? "" : store.error().message();
        });
    }
    for (auto& writer : writers) {
        writer.join();
    }
    EXPECT_THAT(failures, ::testing::Each(""));
    EXPECT_EQ(open()->count_traces("x").value(), 40U * kWriters * kBatches);
}

TEST_F(MariadbTest, TouchingDoesNotKeepOthersFromAdding) {
    const auto store = open();
    ASSERT_TRUE(store->add_traces(std::vector<model::Trace>{trace()}, "other").ok());
    const auto holder = raw();
    ASSERT_TRUE(holder->execute("START TRANSACTION").ok());
    ASSERT_TRUE(holder->execute("UPDATE traces SET EXP_ID='x' WHERE EXP_ID IS NULL").ok());
    auto impatient = options();
    impatient.lock_timeout = std::chrono::seconds(1);
    EXPECT_TRUE(open(impatient)->add_traces(std::vector<model::Trace>{trace()}, "y").ok());
}

TEST_F(MariadbTest, StopsInTheMiddleOfManyRows) {
    const auto store = open();
    ASSERT_TRUE(store->add_traces(std::vector<model::Trace>(5'000, trace()), "x").ok());
    int seen = 0;
    ASSERT_TRUE(store
                    ->for_each_trace("x",
                                     [&](const model::Trace&) {
                                         return ++seen == 3 ? Visit::kStop : Visit::kContinue;
                                     })
                    .ok());
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(store->count_traces("x").value(), 5'000U);
}

}  // namespace
}  // namespace galileo::store::mariadb
