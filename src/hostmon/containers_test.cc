#include "hostmon/containers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "hostmon/testing/host_tree.h"

namespace galileo::hostmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const std::string kA(64, 'a');
const std::string kB(64, 'b');
const std::string kShortA(12, 'a');
constexpr std::string_view kTwo = "sys/fs/cgroup";

class ContainersTest : public ::testing::Test {
  protected:
    std::vector<std::string> sample(std::string_view name) {
        auto& instrument = instruments_[std::string(name)];
        if (!instrument) {
            instrument = find_instrument(name)->make(tree_.host());
        }
        tree_.clock().advance(1s);
        return testing::HostTree::sample(*instrument);
    }
    void be_version_two() { tree_.write("sys/fs/cgroup/cgroup.controllers", "cpu io memory\n"); }

    testing::HostTree tree_;
    std::map<std::string, std::unique_ptr<Instrument>> instruments_;
};

TEST_F(ContainersTest, KnowsTheDirectoriesOfContainers) {
    EXPECT_EQ(container_id(kA), kA);
    EXPECT_EQ(container_id("docker-" + kA + ".scope"), kA);
    EXPECT_EQ(container_id("cri-containerd-" + kA + ".scope"), kA);
    EXPECT_EQ(container_id("crio-" + kA + ".scope"), kA);
    EXPECT_EQ(container_id("crio-conmon-" + kA + ".scope"), "");
    EXPECT_EQ(container_id("docker-" + kA), "");
    EXPECT_EQ(container_id("docker.service"), "");
    EXPECT_EQ(container_id(std::string(64, 'g')), "");
    EXPECT_EQ(container_id(std::string(63, 'a')), "");
    EXPECT_EQ(container_id(""), "");
}

TEST_F(ContainersTest, VersionOneHasAHierarchyForEachResource) {
    tree_.write(fmt::format("sys/fs/cgroup/cpu,cpuacct/docker/{}/cpuacct.usage", kA), "1500000\n");
    tree_.write(fmt::format("sys/fs/cgroup/blkio/docker/{}/blkio.throttle.io_service_bytes", kA),
                "8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\nTotal 12288\n");
    tree_.write(fmt::format("sys/fs/cgroup/memory/docker/{}/memory.usage_in_bytes", kA), "777\n");
    EXPECT_THAT(sample("docker_cgrp_cpu"), ElementsAre("docker_cgrp_cpu/" + kShortA + " 1500000"));
    EXPECT_THAT(sample("docker_cgrp_blkio"),
                ElementsAre("docker_cgrp_blkio/" + kShortA + " 12288"));
    EXPECT_THAT(sample("docker_cgrp_memory"), ElementsAre("docker_cgrp_memory/" + kA + " 777"));
    EXPECT_THAT(sample("kubernetes_cgrp_cpu"), ElementsAre("!not_found"));
}

TEST_F(ContainersTest, VersionTwoHasOneHierarchy) {
    be_version_two();
    const auto scope = fmt::format("{}/system.slice/docker-{}.scope", kTwo, kA);
    tree_.write(scope + "/cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n");
    tree_.write(scope + "/io.stat",
                "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=5 dios=0\n8:16 rbytes=1 "
                "wbytes=2 rios=1 wios=1 dbytes=0 dios=0\n");
    tree_.write(scope + "/memory.current", "777\n");
    tree_.write(fmt::format("{}/system.slice/cron.service/cpu.stat", kTwo), "usage_usec 9\n");
    EXPECT_THAT(sample("docker_cgrp_cpu"), ElementsAre("docker_cgrp_cpu/" + kShortA + " 1500000"));
    EXPECT_THAT(sample("docker_cgrp_blkio"),
                ElementsAre("docker_cgrp_blkio/" + kShortA + " 12291"));
    EXPECT_THAT(sample("docker_cgrp_memory"), ElementsAre("docker_cgrp_memory/" + kA + " 777"));
}

TEST_F(ContainersTest, PodsAreFoundUnderEveryDriverAndClass) {
    be_version_two();
    const std::string c(64, 'c');
    const std::string d(64, 'd');
    tree_.write(fmt::format("{}/kubepods.slice/kubepods-burstable.slice/"
                            "kubepods-burstable-pod1.slice/cri-containerd-{}.scope/memory.current",
                            kTwo, kA),
                "1\n");
    tree_.write(
        fmt::format("{}/kubepods.slice/kubepods-pod2.slice/crio-{}.scope/memory.current", kTwo, kB),
        "2\n");
    tree_.write(fmt::format("{}/kubepods/besteffort/pod3/{}/memory.current", kTwo, c), "3\n");
    tree_.write(fmt::format("{}/kubepods/pod4/{}/memory.current", kTwo, d), "4\n");
    tree_.write(fmt::format("{}/kubepods/pod4/memory.current", kTwo), "5\n");
    tree_.write(fmt::format("{}/system.slice/cron.service/memory.current", kTwo), "6\n");
    EXPECT_THAT(
        sample("kubernetes_cgrp_memory"),
        ElementsAre("kubernetes_cgrp_memory/" + kA + " 1", "kubernetes_cgrp_memory/" + kB + " 2",
                    "kubernetes_cgrp_memory/" + c + " 3", "kubernetes_cgrp_memory/" + d + " 4"));
    EXPECT_THAT(sample("docker_cgrp_memory"), ElementsAre("!not_found"));
}

TEST_F(ContainersTest, ContainersComeAndGo) {
    be_version_two();
    const auto file = [](const std::string& id, std::string_view name) {
        return fmt::format("{}/docker/{}/{}", kTwo, id, name);
    };
    tree_.write(file(kA, "memory.current"), "1\n");
    EXPECT_THAT(sample("docker_cgrp_memory"), ElementsAre("docker_cgrp_memory/" + kA + " 1"));
    tree_.write(file(kB, "memory.current"), "2\n");
    EXPECT_THAT(sample("docker_cgrp_memory"),
                ElementsAre("docker_cgrp_memory/" + kA + " 1", "docker_cgrp_memory/" + kB + " 2"));
    tree_.remove(fmt::format("{}/docker/{}", kTwo, kA));
    EXPECT_THAT(sample("docker_cgrp_memory"), ElementsAre("docker_cgrp_memory/" + kB + " 2"));
    tree_.remove(fmt::format("{}/docker/{}", kTwo, kB));
    EXPECT_THAT(sample("docker_cgrp_memory"), IsEmpty());
    tree_.remove(fmt::format("{}/docker", kTwo));
    EXPECT_THAT(sample("docker_cgrp_memory"), ElementsAre("!not_found"));
}

TEST_F(ContainersTest, WhatCannotBeReadIsAnError) {
    be_version_two();
    const auto file = fmt::format("{}/docker/{}/", kTwo, kA);
    tree_.write(file + "cpu.stat", "nothing\n");
    tree_.write(file + "io.stat", "8:0 rbytes=x\n");
    tree_.write(file + "memory.current", "max\n");
    for (const auto* name : {"docker_cgrp_cpu", "docker_cgrp_blkio", "docker_cgrp_memory"}) {
        EXPECT_THAT(sample(name), ElementsAre("!protocol"));
    }
    tree_.write(file + "io.stat", "");
    EXPECT_THAT(sample("docker_cgrp_blkio"), ElementsAre("docker_cgrp_blkio/" + kShortA + " 0"));
}

TEST_F(ContainersTest, TrafficIsThatOfTheNamespaceOfAProcess) {
    be_version_two();
    const auto group = fmt::format("{}/docker/{}", kTwo, kA);
    tree_.write(group + "/cgroup.procs", "4711\n4712\n");
    tree_.write("proc/4711/net/dev",
                "    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n  eth0: 100 1 0 0 0 0 0 0 20 1 0 0 0 0 0 "
                "0\n  eth1: 3 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0\n");
    const auto name = "docker_cgrp_net/" + kA;
    EXPECT_THAT(
        sample("docker_cgrp_net"),
        ElementsAre(name + "/eth0 120", name + "/eth0/rx 100", name + "/eth0/tx 20",
                    name + "/eth1 7", name + "/eth1/rx 3", name + "/eth1/tx 4", name + " 127"));
    tree_.write(group + "/cgroup.procs", "4713\n");
    tree_.write("proc/4713/net/dev", "  eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
    EXPECT_THAT(sample("docker_cgrp_net"), ElementsAre(name + "/eth0 2", name + "/eth0/rx 1",
                                                       name + "/eth0/tx 1", name + " 2"));
}

TEST_F(ContainersTest, TrafficOfAContainerWithGroupsOfItsOwn) {
    be_version_two();
    const auto group = fmt::format("{}/docker/{}", kTwo, kA);
    tree_.write(group + "/cgroup.procs", "");
    EXPECT_THAT(sample("docker_cgrp_net"), IsEmpty());
    tree_.write(group + "/init.scope/cgroup.procs", "4711\n");
    tree_.write("proc/4711/net/dev", "  eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
    EXPECT_THAT(sample("docker_cgrp_net"), ::testing::Contains("docker_cgrp_net/" + kA + " 2"));
    // What a process of another pid namespace looks like.
    tree_.write(group + "/cgroup.procs", "0\n");
    tree_.write(group + "/init.scope/cgroup.procs", "0\n");
    EXPECT_THAT(sample("docker_cgrp_net"), IsEmpty());
}

TEST_F(ContainersTest, NoMoreThanTheLimitAreMeasured) {
    be_version_two();
    for (std::size_t i = 0; i <= ContainerTree::kMost; ++i) {
        tree_.write(fmt::format("{}/docker/{:064x}/cgroup.procs", kTwo, i), "");
    }
    const auto root = tree_.options().sys + "/fs/cgroup";
    auto& tree = tree_.host().containers(Runtime::kDocker, root);
    EXPECT_EQ(tree.look(tree_.clock().monotonic())->size(), ContainerTree::kMost);
}

}  // namespace
}  // namespace galileo::hostmon
