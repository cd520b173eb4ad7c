#include "engine/tally_book.h"

#include <gtest/gtest.h>

#include <chrono>

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;

void count(HotTally& tally, int status, http::Failure failure, std::chrono::nanoseconds latency) {
    ++tally.planned;
    ++tally.sent;
    ++tally.completed;
    tally.failed += status < 0 || status >= 300 ? 1 : 0;
    tally.count_end(status, failure);
    tally.intended.record(latency);
}

stats::Snapshot pour(TallyBook& book) {
    stats::Snapshot snapshot;
    book.swap().pour_into(snapshot);
    return snapshot;
}

TEST(TallyBook, AddsHostsUpToTheirService) {
    TallyBook book;
    ServiceTally& echo = book.service("echo");
    echo.planned = 3;
    count(echo.host("a").hot(), 200, http::Failure::kNone, milliseconds(1));
    count(echo.host("a").hot(), 503, http::Failure::kNone, milliseconds(2));
    count(echo.host("b").hot(), -1, http::Failure::kTimeout, milliseconds(3));

    const auto snapshot = pour(book);
    const auto& service = snapshot.services.at("echo");
    EXPECT_EQ(service.planned, 3U);
    EXPECT_EQ(service.completed, 3U);
    EXPECT_EQ(service.failed, 2U);
    EXPECT_EQ(service.statuses, (std::map<int, std::uint64_t>{{-1, 1}, {200, 1}, {503, 1}}));
    EXPECT_EQ(service.errors.at("timeout"), 1U);
    EXPECT_EQ(service.intended.count(), 3U);
    EXPECT_EQ(service.intended.max(), milliseconds(3));
    EXPECT_EQ(snapshot.hosts.at("echo").at("a").completed, 2U);
    EXPECT_EQ(snapshot.hosts.at("echo").at("b").errors.at("timeout"), 1U);
}

TEST(TallyBook, StartsAfreshAfterASwap) {
    TallyBook book;
    ServiceTally& echo = book.service("echo");
    echo.clients = 1;
    for (int round = 1; round <= 3; ++round) {
        echo.planned = 1;
        count(echo.host("a").hot(), 200, http::Failure::kNone, milliseconds(round));
        const auto snapshot = pour(book);
        EXPECT_EQ(snapshot.services.at("echo").completed, 1U);
        EXPECT_EQ(snapshot.services.at("echo").intended.max(), milliseconds(round));
        EXPECT_EQ(snapshot.services.at("echo").statuses.at(200), 1U);
    }
    const auto quiet = pour(book);
    EXPECT_EQ(quiet.services.at("echo").completed, 0U);
    EXPECT_TRUE(quiet.hosts.empty());
}

TEST(TallyBook, CountsWhatFoundNoHostForTheServiceAlone) {
    TallyBook book;
    ServiceTally& echo = book.service("echo");
    echo.planned = 2;
    echo.dropped = 1;
    count(echo.nowhere.hot(), -1, http::Failure::kNoRoute, milliseconds(0));
    const auto snapshot = pour(book);
    EXPECT_EQ(snapshot.services.at("echo").planned, 2U);
    EXPECT_EQ(snapshot.services.at("echo").sent, 1U);
    EXPECT_EQ(snapshot.services.at("echo").dropped, 1U);
    EXPECT_EQ(snapshot.services.at("echo").errors.at("no_route"), 1U);
    EXPECT_TRUE(snapshot.hosts.empty());
}

TEST(TallyBook, MergesPartsOfSeveralLoops) {
    TallyBook first;
    TallyBook second;
    first.service("echo").planned = 2;
    second.service("echo").planned = 3;
    second.service("echo").dropped = 1;
    stats::Snapshot snapshot;
    first.swap().pour_into(snapshot);
    second.swap().pour_into(snapshot);
    EXPECT_EQ(snapshot.services.at("echo").planned, 5U);
    EXPECT_EQ(snapshot.services.at("echo").dropped, 1U);
}

TEST(TallyBook, ForgetsServicesWithoutClientsOnceTheyAreQuiet) {
    TallyBook book;
    book.service("kept").clients = 1;
    book.service("gone").planned = 1;
    EXPECT_EQ(pour(book).services.size(), 2U);
    EXPECT_EQ(pour(book).services.size(), 1U);
    EXPECT_EQ(pour(book).services.count("kept"), 1U);
}

}  // namespace
}  // namespace galileo::engine
