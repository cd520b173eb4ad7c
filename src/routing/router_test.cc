#include "routing/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace galileo::routing {
namespace {

Router make(RouterType type, const RoutingTable& table, std::string prefix = "http://localhost") {
    auto router = Router::create({.type = type, .static_prefix = std::move(prefix)}, table);
    EXPECT_TRUE(router.ok());
    return std::move(router).value();
}

void set(RoutingTable& table, std::vector<std::string> hosts, std::vector<double> weights) {
    ASSERT_TRUE(
        table.set({.service = "echo", .hosts = std::move(hosts), .weights = std::move(weights)})
            .ok());
}

std::string draw(Router& router, std::string_view service = "echo") {
    const auto route = router.next(service);
    return route ? base_url(*route->target) : "error: " + route.error().message();
}

TEST(RouterType, KnowsTheOriginalsNames) {
    EXPECT_EQ(parse_router_type("CachingSymmetryHostRouter").value(), RouterType::kHost);
    EXPECT_EQ(parse_router_type("SymmetryHostRouter").value(), RouterType::kHost);
    EXPECT_EQ(parse_router_type("CachingSymmetryServiceRouter").value(), RouterType::kService);
    EXPECT_EQ(parse_router_type("SymmetryServiceRouter").value(), RouterType::kService);
    EXPECT_EQ(parse_router_type("StaticRouter").value(), RouterType::kStatic);
    EXPECT_EQ(parse_router_type("DebugRouter").value(), RouterType::kDebug);
    const auto unknown = parse_router_type("WeirdRouter");
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().message(), "Unknown router type WeirdRouter");
    EXPECT_FALSE(parse_router_type("").ok());
}

TEST(HostRouter, DrawsByWeightAndSeesChangesAtOnce) {
    RoutingTable table;
    Router router = make(RouterType::kHost, table);
    set(table, {"a:1", "https://b:2"}, {1, 2});
    EXPECT_EQ(draw(router), "https://b:2");
    EXPECT_EQ(draw(router), "http://a:1");
    EXPECT_EQ(draw(router), "https://b:2");
    set(table, {"c:3"}, {1});
    EXPECT_EQ(draw(router), "http://c:3");
}

TEST(ServiceRouter, PutsTheServiceIntoThePath) {
    RoutingTable table;
    Router router = make(RouterType::kService, table);
    set(table, {"a:1", "b:2/base"}, {1, 1});
    EXPECT_EQ(draw(router), "http://a:1/echo");
    EXPECT_EQ(draw(router), "http://b:2/base/echo");
}

TEST(StaticRouter, NeedsNoTable) {
    RoutingTable table;
    Router router = make(RouterType::kStatic, table, "https://gateway:8443/function/");
    EXPECT_EQ(draw(router, "anything"), "https://gateway:8443/function");
    Router bare = make(RouterType::kStatic, table, "gateway:8080");
    EXPECT_EQ(draw(bare), "http://gateway:8080");
    const auto bad =
        Router::create({.type = RouterType::kStatic, .static_prefix = "ftp://x"}, table);
    ASSERT_FALSE(bad.ok());
    EXPECT_THAT(bad.error().message(), testing::HasSubstr("prefix of StaticRouter: 'ftp://x'"));
}

TEST(DebugRouter, NamesItsHost) {
    RoutingTable table;
    Router router = make(RouterType::kDebug, table);
    EXPECT_EQ(router.type(), RouterType::kDebug);
    EXPECT_EQ(draw(router), "http://debughost");
    EXPECT_EQ(router.next("x")->target->authority, "debughost");
}

TEST(Router, RecoversFromEveryError) {
    RoutingTable table;
    Router router = make(RouterType::kHost, table);
    EXPECT_EQ(router.next("echo").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(draw(router), "error: no routing record for service 'echo'");
    set(table, {"a:1", "b:1"}, {0, 0.5});
    EXPECT_EQ(router.next("echo").error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(draw(router), "error: all weights of service 'echo' are 0");
    set(table, {"a:1", "b:1"}, {1, 2});
    EXPECT_EQ(draw(router), "http://b:1");
    table.remove("echo");
    EXPECT_EQ(router.next("echo").error().code(), ErrorCode::kNotFound);
    set(table, {"a:1", "b:1"}, {1, 2});
    EXPECT_EQ(draw(router), "http://a:1");
}

TEST(Router, KeyOfARouteNamesItsTarget) {
    RoutingTable table;
    Router router = make(RouterType::kHost, table);
    set(table, {"a:1", "b:1"}, {1, 1});
    const auto a = router.next("echo").value();
    const auto b = router.next("echo").value();
    const auto again = router.next("echo").value();
    EXPECT_NE(a.host_index, b.host_index);
    EXPECT_EQ(a.version, again.version);
    EXPECT_EQ(a.host_index, again.host_index);
    EXPECT_EQ(a.target, again.target);

    // A change elsewhere leaves the key as it is, a change of the service's own record does not.
    ASSERT_TRUE(table.set({.service = "other", .hosts = {"x:1"}, .weights = {1}}).ok());
    EXPECT_EQ(router.next("echo")->version, a.version);
    set(table, {"a:1", "c:1"}, {1, 1});
    EXPECT_NE(router.next("echo")->version, a.version);
}

TEST(Router, EveryClientAndServiceHasItsOwnSequence) {
    RoutingTable table;
    set(table, {"a:1", "b:1"}, {1, 1});
    ASSERT_TRUE(table.set({.service = "two", .hosts = {"x:1", "y:1"}, .weights = {1, 1}}).ok());
    Router first = make(RouterType::kHost, table);
    Router second = make(RouterType::kHost, table);
    EXPECT_EQ(draw(first), "http://a:1");
    EXPECT_EQ(draw(second), "http://a:1");
    EXPECT_EQ(draw(first, "two"), "http://x:1");
    EXPECT_EQ(draw(first), "http://b:1");
    EXPECT_EQ(draw(first, "two"), "http://y:1");
    EXPECT_EQ(draw(second), "http://b:1");
}

TEST(Router, CanBeMovedBetweenDraws) {
    RoutingTable table;
    set(table, {"a:1", "b:1"}, {1, 1});
    Router router = make(RouterType::kHost, table);
    EXPECT_EQ(draw(router), "http://a:1");
    Router moved = std::move(router);
    EXPECT_EQ(draw(moved), "http://b:1");
}

TEST(Router, BoundsTheServicesOfOneClient) {
    RoutingTable table;
    Router router = make(RouterType::kHost, table);
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_EQ(router.next(std::to_string(i)).error().code(), ErrorCode::kNotFound);
    }
    EXPECT_EQ(router.next("one more").error().code(), ErrorCode::kExhausted);
    EXPECT_EQ(router.next("7").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace galileo::routing
