#include "routing/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

namespace galileo::routing {
namespace {

model::RoutingRecord record(std::string service,
                            std::vector<std::string> hosts,
                            std::vector<double> weights) {
    return {
        .service = std::move(service), .hosts = std::move(hosts), .weights = std::move(weights)};
}

TEST(ParseTarget, ReadsHostsAsPeopleWriteThem) {
    const std::pair<const char*, Target> rows[] = {
        {"host1:8080", {Scheme::kHttp, "host1", 8080, "host1:8080", ""}},
        {"host1", {Scheme::kHttp, "host1", 80, "host1", ""}},
        {"127.0.0.1:1", {Scheme::kHttp, "127.0.0.1", 1, "127.0.0.1:1", ""}},
        {"http://Host.example:8080",
         {Scheme::kHttp, "Host.example", 8080, "Host.example:8080", ""}},
        {"https://host", {Scheme::kHttps, "host", 443, "host", ""}},
        {"https://host:8443/api/v1/", {Scheme::kHttps, "host", 8443, "host:8443", "/api/v1"}},
        {"http://localhost/", {Scheme::kHttp, "localhost", 80, "localhost", ""}},
        {"host:80/base", {Scheme::kHttp, "host", 80, "host:80", "/base"}},
        {"[::1]:8080", {Scheme::kHttp, "::1", 8080, "[::1]:8080", ""}},
        {"https://[fe80::1]", {Scheme::kHttps, "fe80::1", 443, "[fe80::1]", ""}},
        {"host:65535", {Scheme::kHttp, "host", 65535, "host:65535", ""}},
    };
    for (const auto& [text, expected] : rows) {
        const auto target = parse_target(text);
        ASSERT_TRUE(target.ok()) << target.error().message();
        EXPECT_EQ(*target, expected) << text;
    }
    EXPECT_EQ(base_url(parse_target("https://h:1/a/").value()), "https://h:1/a");
    EXPECT_EQ(base_url(parse_target("h:1").value()), "http://h:1");
}

TEST(ParseTarget, SaysWhatIsWrong) {
    const std::pair<std::string, const char*> rows[] = {
        {"", "the host name is missing"},
        {"http://", "the host name is missing"},
        {":80", "the host name is missing"},
        {"[]:80", "the host name is missing"},
        {"a b", "without spaces"},
        {"a,b", "without spaces, commas"},
        {"a\nb", "without spaces"},
        {std::string("a\0b", 3), "without spaces"},
        {"h\xC3\xB6st", "without spaces"},
        {"user:pw@host", "credentials"},
        {"host?x=1", "query"},
        {"ftp://host", "only http:// and https:// are allowed"},
        {"HTTP://host", "only http:// and https:// are allowed"},
        {"host:", "the port must be a number from 1 to 65535"},
        {"host:0", "the port must be a number from 1 to 65535"},
        {"host:65536", "the port must be a number from 1 to 65535"},
        {"host:8o", "the port must be a number from 1 to 65535"},
        {"host:-1", "the port must be a number from 1 to 65535"},
        {"::1", "put IPv6 addresses in brackets"},
        {"[::1", "']' is missing"},
        {"[::1]8080", "expected ':' and a port"},
        {"a]b", "brackets enclose IPv6 addresses only"},
        {std::string(3000, 'a'), "longer than 2048 bytes"},
    };
    for (const auto& [text, expected] : rows) {
        const auto target = parse_target(text);
        ASSERT_FALSE(target.ok()) << text;
        EXPECT_EQ(target.error().code(), ErrorCode::kInvalidInput);
        EXPECT_THAT(target.error().message(), testing::HasSubstr(expected)) << text;
    }
}

TEST(RoutingRecord, SaysWhatIsWrong) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const std::pair<model::RoutingRecord, const char*> rows[] = {
        {record("s", {"a", "b"}, {1}), "The number of weights does not match the population"},
        {record("s", {}, {}), "no hosts given"},
        {record("s", {"a"}, {-1}), "weight -1 is not a number from 0"},
        {record("s", {"a"}, {std::nan("")}), "weight nan is not a number from 0"},
        {record("s", {"a"}, {kInfinity}), "weight inf is not a number from 0"},
        {record("s", {"a"}, {1e16}), "weight 1e+16 is not a number from 0"},
        {record("s", {"a,b"}, {1}), "service 's': 'a,b' is not a host"},
        {record("s", {"a\n"}, {1}), "is not a host"},
        {record("", {"a"}, {1}), "the service name must have"},
        {record("a b", {"a"}, {1}), "the service name must have"},
        {record("a,b", {"a"}, {1}), "the service name must have"},
        {record(std::string(256, 'x'), {"a"}, {1}), "the service name must have"},
        {record("s", std::vector<std::string>(65'537, "h"), std::vector<double>(65'537, 1)),
         "more than 65,536 hosts"},
    };
    for (const auto& [bad, expected] : rows) {
        RoutingTable table;
        const auto set = table.set(bad);
        ASSERT_FALSE(set.ok()) << expected;
        EXPECT_EQ(set.error().code(), ErrorCode::kInvalidInput);
        EXPECT_THAT(set.error().message(), testing::HasSubstr(expected));
        EXPECT_EQ(table.version(), 0U);
    }
    EXPECT_TRUE(validate(record("s", {"a", "b"}, {0, 0})).ok());
}

TEST(RoutingTable, CountsChangesAndOnlyChanges) {
    RoutingTable table;
    EXPECT_EQ(table.find("echo"), nullptr);
    ASSERT_TRUE(table.set(record("echo", {"a:1", "b:2"}, {1, 2})).ok());
    const auto first = table.version();
    EXPECT_GT(first, 0U);
    ASSERT_TRUE(table.set(record("echo", {"a:1", "b:2"}, {1, 2})).ok());
    EXPECT_EQ(table.version(), first);
    table.remove("nosuch");
    EXPECT_EQ(table.version(), first);

    ASSERT_TRUE(table.set(record("echo", {"a:1", "b:2"}, {1, 3})).ok());
    const auto second = table.version();
    EXPECT_GT(second, first);
    EXPECT_EQ(table.find("echo")->version, second);
    table.remove("echo");
    EXPECT_GT(table.version(), second);
    EXPECT_EQ(table.find("echo"), nullptr);
    const auto third = table.version();
    table.clear();
    EXPECT_EQ(table.version(), third);
}

TEST(RoutingTable, SnapshotsOutliveTheirRecord) {
    RoutingTable table;
    ASSERT_TRUE(table.set(record("echo", {"a:1"}, {1})).ok());
    const auto kept = table.find("echo");
    table.clear();
    EXPECT_EQ(kept->record.hosts.front(), "a:1");
    EXPECT_EQ(kept->host_targets.front().port, 1);
    EXPECT_EQ(kept->service_targets.front().prefix, "/echo");
}

TEST(RoutingTable, ReplacesAllAtOnceAndKeepsWhatIsEqual) {
    RoutingTable table;
    ASSERT_TRUE(table.set(record("a", {"a:1"}, {1})).ok());
    ASSERT_TRUE(table.set(record("b", {"b:1"}, {1})).ok());
    const auto version_of_a = table.find("a")->version;
    ASSERT_TRUE(table
                    .replace_all({record("c", {"old:1"}, {1}), record("a", {"a:1"}, {1}),
                                  record("c", {"c:1"}, {1})})
                    .ok());
    EXPECT_EQ(table.find("a")->version, version_of_a);
    EXPECT_EQ(table.find("b"), nullptr);
    EXPECT_EQ(table.find("c")->record.hosts.front(), "c:1");
    ASSERT_EQ(table.records().size(), 2U);
    EXPECT_EQ(table.records()[0].service, "a");

    const auto before = table.version();
    EXPECT_FALSE(table.replace_all({record("d", {"d:1"}, {1}), record("e", {}, {})}).ok());
    EXPECT_EQ(table.version(), before);
    EXPECT_EQ(table.find("d"), nullptr);
    ASSERT_TRUE(table.replace_all({}).ok());
    EXPECT_TRUE(table.records().empty());
    EXPECT_GT(table.version(), before);
}

TEST(RoutingTable, ReadersOnOtherThreadsSeeWholeRecords) {
    RoutingTable table;
    ASSERT_TRUE(table.set(record("s", {"h:1"}, {1})).ok());
    std::atomic<bool> stop{false};
    std::atomic<int> torn{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            std::uint64_t seen = 0;
            std::uint64_t newest = 0;
            while (!stop.load()) {
                const auto version = table.version();
                if (version == seen) {
                    continue;
                }
                seen = version;
                const auto set = table.find("s");
                // The record is at least as new as the version that announced it.
                if (set == nullptr || set->version < version || set->version < newest ||
                    set->record.hosts.size() != set->host_targets.size() ||
                    set->record.weights.front() != static_cast<double>(set->record.hosts.size())) {
                    ++torn;
                }
                newest = set->version;
            }
        });
    }
    for (std::size_t change = 0; change < 3'000; ++change) {
        const std::size_t hosts = 1 + change % 7;
        ASSERT_TRUE(table
                        .set(record("s", std::vector<std::string>(hosts, "h:1"),
                                    std::vector<double>(hosts, static_cast<double>(hosts))))
                        .ok());
    }
    stop = true;
    for (auto& reader : readers) {
        reader.join();
    }
    EXPECT_EQ(torn.load(), 0);
}

}  // namespace
}  // namespace galileo::routing
