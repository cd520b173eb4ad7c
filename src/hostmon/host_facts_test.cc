#include "hostmon/host_facts.h"

#include <gmock/gmock.h>

#include <map>

#include "base/process.h"
#include "hostmon/testing/host_tree.h"

namespace galileo::hostmon {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

std::map<std::string, std::string> facts_of(const HostOptions& options) {
    const auto facts = host_facts(options);
    return {facts.begin(), facts.end()};
}

TEST(HostFactsTest, AreThoseOfTheOriginal) {
    testing::HostTree tree;
    tree.write("proc/stat", "cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 5\nbtime 1795486434\n");
    tree.write("proc/meminfo", "MemTotal:       24683620 kB\nMemAvailable: 1 kB\n");
    tree.write("proc/diskstats",
               " 254 0 vda 1 1 1 1 1 1 1\n 254 1 vda1 1 1 1 1 1 1 1\n 253 0 zram0 1 1 1 1\n");
    tree.write("sys/block/vda/size", "1");
    tree.write("sys/block/zram0/size", "1");
    tree.write(
        "proc/net/dev",
        "  ifb0: 1 1 0 0 0 0 0 0 1 1\n    lo: 1 1 0 0 0 0 0 0 1 1\n  eth0: 1 1 0 0 0 0 0 0 1 1\n");
    tree.write("proc/net/route",
               "Iface\tDestination\tGateway\nifb0\t00000000\t0100000A\neth0\t0000000A\t0\n");
    tree.write("sys/class/net/eth0/speed", "1000\n");
    tree.write("sys/class/net/ifb0/speed", "100\n");
    auto facts = facts_of(tree.options());
    EXPECT_THAT(facts["arch"], Not(IsEmpty()));
    EXPECT_EQ(facts["boot"], "1795486434");
    EXPECT_EQ(facts["hostname"], base::host_name());
    EXPECT_EQ(facts["ram"], "24683620");
    EXPECT_EQ(facts["cpus"], "2");
    EXPECT_EQ(facts["disk"], "vda zram0");
    EXPECT_EQ(facts["net"], "eth0 ifb0");
    EXPECT_EQ(facts["netspeed"], "100");
    EXPECT_EQ(facts.size(), 8U);
    tree.write("proc/net/route", "Iface\tDestination\tGateway\n");
    EXPECT_EQ(facts_of(tree.options())["netspeed"], "1000");
    tree.remove("sys/class/net");
    EXPECT_EQ(facts_of(tree.options())["netspeed"], "-1");
}

TEST(HostFactsTest, AreEmptyWhereNothingIsKnown) {
    const testing::HostTree tree;
    auto facts = facts_of(tree.options());
    for (const auto* name : {"boot", "ram", "disk", "net"}) {
        EXPECT_EQ(facts[name], "") << name;
    }
    EXPECT_EQ(facts["cpus"], "0");
    EXPECT_EQ(facts["netspeed"], "-1");
}

}  // namespace
}  // namespace galileo::hostmon
