#include "stats/interval.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace galileo::stats {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

Tally random_tally(base::Rng& rng) {
    Tally tally;
    tally.planned = rng.below(1'000'000);
    tally.sent = rng.below(1'000'000);
    tally.dropped = rng.below(100);
    tally.late = rng.below(1000);
    tally.completed = rng.below(1'000'000);
    tally.failed = rng.below(1000);
    tally.bytes_received = rng();
    for (std::uint64_t entry = rng.below(4); entry > 0; --entry) {
        tally.statuses[static_cast<int>(rng.below(600)) - 1] += rng.below(1000);
        tally.errors["reason" + std::to_string(rng.below(5))] += rng.below(1000);
    }
    for (Histogram* histogram :
         {&tally.intended, &tally.service, &tally.send_lag, &tally.schedule_lag}) {
        for (std::uint64_t value = rng.below(20); value > 0; --value) {
            histogram->record(microseconds(rng.below(100'000)));
        }
    }
    return tally;
}

Snapshot random_snapshot(base::Rng& rng) {
    Snapshot snapshot;
    snapshot.in_flight = rng.below(1000);
    snapshot.waiting = rng.below(1000);
    snapshot.connections = rng.below(1000);
    for (std::uint64_t service = rng.below(4); service > 0; --service) {
        const std::string name = "service" + std::to_string(rng.below(6));
        snapshot.services[name] = random_tally(rng);
        for (std::uint64_t host = rng.below(3); host > 0; --host) {
            snapshot.hosts[name]["10.0.0." + std::to_string(rng.below(5)) + ":80"] =
                random_tally(rng);
        }
    }
    return snapshot;
}

TEST(Tally, AddsUpEverything) {
    Tally one;
    one.planned = 10;
    one.sent = 9;
    one.dropped = 1;
    one.late = 2;
    one.completed = 8;
    one.failed = 3;
    one.bytes_received = 800;
    one.statuses = {{-1, 1}, {200, 5}, {500, 2}};
    one.errors = {{"timeout", 1}};
    one.intended.record(nanoseconds(5));
    one.service.record(nanoseconds(4));
    one.send_lag.record(nanoseconds(1));
    Tally other = one;
    other.statuses = {{200, 8}};
    other.errors = {{"refused", 2}};
    one.merge(other);
    EXPECT_EQ(one.planned, 20U);
    EXPECT_EQ(one.sent, 18U);
    EXPECT_EQ(one.dropped, 2U);
    EXPECT_EQ(one.late, 4U);
    EXPECT_EQ(one.completed, 16U);
    EXPECT_EQ(one.failed, 6U);
    EXPECT_EQ(one.bytes_received, 1600U);
    EXPECT_EQ(one.statuses, (std::map<int, std::uint64_t>{{-1, 1}, {200, 13}, {500, 2}}));
    EXPECT_EQ(one.errors.at("timeout"), 1U);
    EXPECT_EQ(one.errors.at("refused"), 2U);
    EXPECT_EQ(one.intended.count(), 2U);
    EXPECT_EQ(one.service.count(), 2U);
    EXPECT_EQ(one.send_lag.count(), 2U);
}

TEST(Snapshot, MergesInAnyOrderToTheSame) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        base::Rng rng(seed);
        const Snapshot one = random_snapshot(rng);
        const Snapshot two = random_snapshot(rng);
        const Snapshot three = random_snapshot(rng);
        Snapshot forward = one;
        forward.merge(two);
        forward.merge(three);
        Snapshot backward = three;
        Snapshot pair = one;
        pair.merge(two);
        backward.merge(pair);
        EXPECT_EQ(forward, backward) << seed;
        EXPECT_EQ(encode(forward), encode(backward)) << seed;
        EXPECT_EQ(forward.in_flight, one.in_flight + two.in_flight + three.in_flight);

        Tally sum = one.total();
        sum.merge(two.total());
        sum.merge(three.total());
        EXPECT_EQ(forward.total(), sum) << seed;
    }
}

TEST(Snapshot, TotalOfNothingIsNothing) {
    EXPECT_EQ(Snapshot().total(), Tally());
}

TEST(SnapshotCodec, RoundTrips) {
    EXPECT_EQ(decode_snapshot(encode(Snapshot())).value(), Snapshot());
    EXPECT_EQ(encode(Snapshot()).size(), 6U);
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        base::Rng rng(seed);
        const Snapshot snapshot = random_snapshot(rng);
        const auto decoded = decode_snapshot(encode(snapshot));
        ASSERT_TRUE(decoded.ok()) << decoded.error().message() << " seed " << seed;
        EXPECT_EQ(*decoded, snapshot) << seed;
    }
}

TEST(SnapshotCodec, KeepsAnyBytesInNames) {
    Snapshot snapshot;
    snapshot.services[std::string("\0\xff\n|", 4)].statuses[-1] = 3;
    snapshot.services[""].errors[""] = ~std::uint64_t{0};
    snapshot.services[std::string(kMaxNameSize, 'x')].planned = ~std::uint64_t{0};
    EXPECT_EQ(decode_snapshot(encode(snapshot)).value(), snapshot);
}

TEST(SnapshotCodec, RefusesEveryTruncationAndExtension) {
    base::Rng rng(2);
    const std::string bytes = encode(random_snapshot(rng));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto decoded = decode_snapshot(std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(decoded.ok()) << size;
        EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidInput);
    }
    EXPECT_FALSE(decode_snapshot(bytes + '\0').ok());
    std::string other_version = bytes;
    other_version[0] = 2;
    EXPECT_FALSE(decode_snapshot(other_version).ok());
}

TEST(SnapshotCodec, SurvivesMutations) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE(seed);
        base::Rng rng(seed);
        const std::string bytes = encode(random_snapshot(rng));
        for (int mutation = 0; mutation < 100; ++mutation) {
            std::string changed = bytes;
            for (std::uint64_t change = 1 + rng.below(3); change > 0; --change) {
                const std::size_t at = rng.below(changed.size());
                switch (rng.below(4)) {
                    case 0:
                        changed[at] = static_cast<char>(rng.below(256));
                        break;
                    case 1:
                        changed[at] =
                            static_cast<char>(changed[at] ^ static_cast<char>(1U << rng.below(8)));
                        break;
                    case 2:
                        changed.insert(at, changed.substr(at, 1 + rng.below(20)));
                        break;
                    default:
                        changed.erase(at, changed.size() > 8 ? 1 + rng.below(4) : 0);
                }
            }
            const auto decoded = decode_snapshot(changed);
            if (decoded.ok()) {
                EXPECT_EQ(encode(*decoded), changed);
            } else {
                EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidInput);
            }
        }
    }
}

TEST(SnapshotCodec, RefusesWhatGoesBeyondTheLimits) {
    const auto refused = [](const Snapshot& snapshot) {
        const auto decoded = decode_snapshot(encode(snapshot));
        return !decoded.ok() && decoded.error().code() == ErrorCode::kInvalidInput;
    };
    Snapshot long_name;
    long_name.services[std::string(kMaxNameSize + 1, 'x')];
    EXPECT_TRUE(refused(long_name));

    Snapshot statuses;
    for (int status = 0; status <= static_cast<int>(kMaxStatuses); ++status) {
        statuses.services["a"].statuses[status] = 1;
    }
    EXPECT_TRUE(refused(statuses));

    Snapshot errors;
    for (std::size_t error = 0; error <= kMaxErrors; ++error) {
        errors.services["a"].errors[std::to_string(error)] = 1;
    }
    EXPECT_TRUE(refused(errors));

    Snapshot services;
    for (std::size_t service = 0; service < kMaxServices; ++service) {
        services.services[std::to_string(service)].planned = 1;
    }
    EXPECT_FALSE(refused(services));
    services.services["one more"].planned = 1;
    EXPECT_TRUE(refused(services));

    Snapshot hosts;
    for (std::size_t host = 0; host < kMaxHosts; ++host) {
        hosts.hosts[std::to_string(host % 3)][std::to_string(host)].planned = 1;
    }
    EXPECT_FALSE(refused(hosts));
    hosts.hosts["9"]["one more"].planned = 1;
    EXPECT_TRUE(refused(hosts));
}

TEST(SnapshotCodec, BelievesNoCountBeforeItsEntriesCame) {
    // a size of 2^64 - 1 in every place where one can stand
    const std::string huge(9, '\xff');
    const std::string gauges(3, '\0');
    const std::string counters(7, '\0');
    const std::string version(1, '\1');
    const std::string one_name = std::string("\x01\x01s", 3);
    for (const std::string& bytes : {version + gauges + huge, version + gauges + '\x01' + huge,
                                     version + gauges + one_name + counters + huge,
                                     version + gauges + one_name + counters + '\0' + huge,
                                     version + gauges + one_name + counters + '\0' + '\0' + huge,
                                     version + gauges + '\0' + huge}) {
        EXPECT_FALSE(decode_snapshot(bytes).ok());
    }
}

}  // namespace
}  // namespace galileo::stats
