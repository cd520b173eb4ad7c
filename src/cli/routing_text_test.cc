#include "cli/routing_text.h"

#include <gmock/gmock.h>

namespace galileo::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(RoutingTable, LooksLikeTheOriginals) {
    EXPECT_EQ(routing_table({{"echo", {"127.0.0.1:8099", "localhost:8099"}, {1, 2}}}),
              R"(+---------------------------+----------------------+-----------+
| Service                   |                Hosts |   Weights |
+---------------------------+----------------------+-----------+
| echo                      |       127.0.0.1:8099 |       1.0 |
|                           |       localhost:8099 |       2.0 |
+---------------------------+----------------------+-----------+)");
}

TEST(RoutingTable, HasAHeadWithoutRecords) {
    EXPECT_EQ(routing_table({}),
              R"(+---------------------------+----------------------+-----------+
| Service                   |                Hosts |   Weights |
+---------------------------+----------------------+-----------+)");
}

TEST(RoutingRecord, ShowsTheShareOfEachHost) {
    EXPECT_EQ(routing_record({"checkout", {"node-a:8080", "b:1"}, {3, 2}}),
              " checkout   node-a:8080  3   60.0 %\n"
              "            b:1          2   40.0 %\n");
}

TEST(RoutingRecord, CountsWeightsAsTheRouterDoes) {
    const model::RoutingRecord record{"s", {"a", "b"}, {0.5, 2.9}};
    EXPECT_EQ(routing_record(record),
              " s   a  0.5    0.0 %\n"
              "     b  2.9  100.0 %\n");
    EXPECT_THAT(routing_warning(record), HasSubstr("0.5 of a counts as 0"));
    EXPECT_THAT(routing_warning({"s", {"a"}, {0.5}}), HasSubstr("no host of 's' gets requests"));
    EXPECT_THAT(routing_warning({"s", {"a"}, {2}}), IsEmpty());
    EXPECT_THAT(routing_warning({"s", {"a", "b", "a"}, {2, 1, 1}}),
                HasSubstr("a stands more than once in 's'"));
}

TEST(RoutingJson, HoldsHostsWithWeightsAndShares) {
    EXPECT_EQ(routing_json({"s", {"a", "b"}, {1, 3}}).dump(),
              R"({"service":"s","hosts":[{"host":"a","weight":1.0,"share":0.25},)"
              R"({"host":"b","weight":3.0,"share":0.75}]})");
    EXPECT_EQ(routing_json({"s", {"a"}, {0}}).dump(),
              R"({"service":"s","hosts":[{"host":"a","weight":0.0,"share":null}]})");
}

TEST(ParseHostWeight, ReadsHostsWithAndWithoutWeight) {
    EXPECT_EQ(parse_host_weight("node-a:8080=3").value().host, "node-a:8080");
    EXPECT_EQ(parse_host_weight("node-a:8080=3").value().weight, 3);
    EXPECT_EQ(parse_host_weight("node-a:8080").value().weight, 1);
    EXPECT_EQ(parse_host_weight("[::1]:80=0.5").value().host, "[::1]:80");
    for (const auto* text : {"", "=3", "a=", "a=x", "a=-1", "a=inf", "a=1 "}) {
        EXPECT_FALSE(parse_host_weight(text).ok()) << text;
    }
}

}  // namespace
}  // namespace galileo::cli
