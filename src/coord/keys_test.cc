#include "coord/keys.h"

#include <gtest/gtest.h>

#include <set>

#include <fnmatch.h>

namespace galileo::coord::keys {
namespace {

TEST(Keys, AreThoseOfTheContract) {
    EXPECT_EQ(worker_clients("w1"), "galileo:worker:w1:clients");
    EXPECT_EQ(client("w1:echo:0"), "galileo:client:w1:echo:0");
    EXPECT_EQ(worker_labels("w1"), "w1");
    EXPECT_EQ(recorded_profile("w1:echo:0"), "w1:echo:0");
    EXPECT_EQ(routing_hosts("echo"), "routing:hosts:echo");
    EXPECT_EQ(routing_weights("echo"), "routing:weights:echo");
    EXPECT_EQ(routing_drained("echo"), "galileo:routing:drained:echo");
    EXPECT_EQ(telemetry_info("n"), "telemd.info:n");
    EXPECT_EQ(telemetry_commands("n"), "telemcmd/n");
    EXPECT_EQ(telemetry_samples("n", "cpu", ""), "telem/n/cpu");
    EXPECT_EQ(telemetry_samples("n", "tx", "eth0"), "telem/n/tx/eth0");
    EXPECT_EQ(bus(kPing), "__eventbus:global:WorkerDaemon.ping");
    EXPECT_EQ(create_client("w1"), "WorkerDaemon.create_client:w1");
    EXPECT_EQ(worker_lease("w1"), "galileo:lease:worker:w1");
    EXPECT_EQ(trace_stream("202611240231-7828"), "galileo:traces:202611240231-7828");
}

TEST(LonePattern, IsADifferentOneForEachIndexAndMatchesOnlyTheName) {
    const auto name = bus(kGetInfo);
    std::set<std::string> patterns;
    for (std::uint64_t index = 0; index < 5000; ++index) {
        const auto pattern = lone_pattern(name, index);
        EXPECT_TRUE(patterns.insert(pattern).second) << pattern;
        EXPECT_EQ(::fnmatch(pattern.c_str(), name.c_str(), 0), 0) << pattern;
        EXPECT_NE(::fnmatch(pattern.c_str(), (name + "x").c_str(), 0), 0) << pattern;
        EXPECT_NE(::fnmatch(pattern.c_str(), bus("Client.get_inf0").c_str(), 0), 0) << pattern;
    }
    EXPECT_EQ(lone_pattern(name, 0), "__eventbus:global:Client.get_inf[o]");
}

TEST(LonePattern, EscapesGlobCharactersInTheName) {
    const std::string name = "a*[b]?\\c^";
    for (std::uint64_t index = 0; index < 7; ++index) {
        const auto pattern = lone_pattern(name, index);
        EXPECT_EQ(::fnmatch(pattern.c_str(), name.c_str(), 0), 0) << pattern;
        EXPECT_NE(::fnmatch(pattern.c_str(), "axb?c^", 0), 0) << pattern;
    }
    EXPECT_EQ(glob_escaped("a*[b]"), "a\\*\\[b\\]");
}

TEST(UsableName, ForbidsWhatWouldClashOrBreakLines) {
    for (const std::string good : {"w1", "host-1.example.org", "w1:echo:0", "zone-A", "größe"}) {
        EXPECT_TRUE(is_usable_name(good)) << good;
    }
    for (const std::string bad :
         {"", "a,b", "a b", "a\nb", "a\tb", "galileo:workers", "routing:services",
          "galileo:client:x", "__eventbus:global:x", "telemd.info:n"}) {
        EXPECT_FALSE(is_usable_name(bad)) << bad;
    }
    EXPECT_FALSE(is_usable_name(std::string(201, 'a')));
}

}  // namespace
}  // namespace galileo::coord::keys
