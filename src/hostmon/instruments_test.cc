#include "hostmon/instruments.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "hostmon/testing/host_tree.h"

namespace galileo::hostmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class InstrumentsTest : public ::testing::Test {
  protected:
    std::unique_ptr<Instrument> make(std::string_view name) {
        const auto* const kind = find_instrument(name);
        EXPECT_NE(kind, nullptr) << name;
        return kind->make(tree_.host());
    }
    static std::vector<std::string> sample(std::unique_ptr<Instrument>& instrument) {
        return testing::HostTree::sample(*instrument);
    }

    testing::HostTree tree_;
};

TEST_F(InstrumentsTest, AllAreInOrderOfNameWithTheOriginalsPeriods) {
    std::string_view last;
    for (const auto& kind : instrument_kinds()) {
        EXPECT_LT(last, kind.name);
        last = kind.name;
        EXPECT_EQ(find_instrument(kind.name), &kind);
        const bool quick = kind.name == "cpu" || kind.name == "freq" || kind.name == "procs" ||
                           kind.name == "net" || kind.name == "disk" ||
                           kind.name.starts_with("psi_");
        EXPECT_EQ(kind.period, kind.name == "load" ? 5s : quick ? 500ms : 1000ms) << kind.name;
    }
    EXPECT_EQ(find_instrument("nosuch"), nullptr);
}

TEST_F(InstrumentsTest, AllSayThatAnEmptyHostHasNothing) {
    for (const auto& kind : instrument_kinds()) {
        auto instrument = kind.make(tree_.host());
        EXPECT_THAT(sample(instrument), ElementsAre("!not_found")) << kind.name;
        EXPECT_THAT(sample(instrument), ElementsAre("!not_found")) << kind.name;
    }
}

TEST_F(InstrumentsTest, AllFindWhatAppearsLater) {
    auto ram = make("ram");
    EXPECT_THAT(sample(ram), ElementsAre("!not_found"));
    tree_.write("proc/meminfo", "MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: 40 kB\n");
    EXPECT_THAT(sample(ram), ElementsAre("ram 60"));
}

TEST_F(InstrumentsTest, AllSurviveGarbage) {
    const std::string long_text(ReadBuffer::kSize + 1, '9');
    for (const std::string_view text :
         {std::string_view(""), std::string_view("\n\n\n"), std::string_view("cpu"),
          std::string_view("a b c d e f g h i j k"), std::string_view("total=\nsome total=\n"),
          std::string_view("MemTotal: x kB\nMemAvailable:\n"), std::string_view("cpu -1 nan inf\n"),
          std::string_view("eth0:\n:\n:::: 1 2 3\n"), std::string_view("\0\xff\n", 3),
          std::string_view(long_text)}) {
        for (const std::string_view file :
             {"proc/stat", "proc/loadavg", "proc/meminfo", "proc/diskstats", "proc/net/dev",
              "proc/pressure/cpu", "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"}) {
            tree_.write(file, text);
        }
        for (const auto& kind : instrument_kinds()) {
            auto instrument = kind.make(tree_.host());
            for (const auto& line : sample(instrument)) {
                EXPECT_TRUE(line.starts_with('!')) << line;
            }
        }
    }
}

TEST_F(InstrumentsTest, CpuIsThePartOfTheTimeThatWasNotIdle) {
    tree_.write("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3 4\n");
    auto cpu = make("cpu");
    EXPECT_THAT(sample(cpu), IsEmpty());
    tree_.write("proc/stat", "cpu  130 10 120 820 10 5 5 0 30 0\n");
    EXPECT_THAT(sample(cpu), ElementsAre("cpu 70"));
    tree_.write("proc/stat", "cpu  130 10 120 920 10 5 5 0 30 0\n");
    EXPECT_THAT(sample(cpu), ElementsAre("cpu 0"));
    EXPECT_THAT(sample(cpu), IsEmpty());  // no time has passed
    tree_.write("proc/stat", "cpu  1 1 1 1\n");
    EXPECT_THAT(sample(cpu), IsEmpty());  // went back
    tree_.write("proc/stat", "cpu  2 1 1 1\n");
    EXPECT_THAT(sample(cpu), ElementsAre("cpu 100"));
}

TEST_F(InstrumentsTest, FreqIsTheMeanOfTheCpusThatTell) {
    tree_.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1800000\n");
    tree_.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "600000\n");
    tree_.write("sys/devices/system/cpu/cpu2/online", "0\n");
    tree_.write("sys/devices/system/cpu/cpufreq/scaling_cur_freq", "1\n");
    auto freq = make("freq");
    EXPECT_THAT(sample(freq), ElementsAre("freq 1200000"));
}

TEST_F(InstrumentsTest, LoadAndProcsComeFromOneFile) {
    tree_.write("proc/loadavg", "1.83 2.19 0.12 6/180 11206\n");
    auto load = make("load");
    auto procs = make("procs");
    EXPECT_THAT(sample(load), ElementsAre("load1 1.83", "load5 2.19"));
    EXPECT_THAT(sample(procs), ElementsAre("procs 6"));
}

TEST_F(InstrumentsTest, PressureIsTheTotalOfEachShare) {
    tree_.write("proc/pressure/cpu",
                "some avg10=0.00 avg60=0.12 avg300=0.00 total=304049960\nfull avg10=0.00 "
                "avg60=0.00 avg300=0.00 total=0\n");
    tree_.write("proc/pressure/io", "some avg10=0.00 avg60=0.12 avg300=0.00 total=7\n");
    auto cpu = make("psi_cpu");
    auto io = make("psi_io");
    EXPECT_THAT(sample(cpu), ElementsAre("psi_cpu/some 304049960", "psi_cpu/full 0"));
    EXPECT_THAT(sample(io), ElementsAre("psi_io/some 7"));
}

constexpr std::string_view kDisksBefore =
    "   7       0 loop0 1 0 1 0 0 0 0 0 0 0 0\n"
    " 254       0 vda 100 5 2000 9 50 6 4000 8 0 1 1 0 0 0 0\n"
    " 254       1 vda1 100 5 2000 9 50 6 4000 8 0 1 1 0 0 0 0\n";
constexpr std::string_view kDisksAfter =
    " 254       0 vda 200 5 12000 9 50 6 4008 8 0 1 1 0 0 0 0\n"
    " 254       1 vda1 200 5 12000 9 50 6 4008 8 0 1 1 0 0 0 0\n"
    " 254      16 vdb 200 5 12000 9 50 6 4008 8 0 1 1 0 0 0 0\n";

TEST_F(InstrumentsTest, DiskIsARateOfWholeDisks) {
    tree_.write("sys/block/vda/size", "1\n");
    tree_.write("sys/block/vdb/size", "1\n");
    tree_.write("sys/block/loop0/size", "1\n");
    tree_.write("proc/diskstats", kDisksBefore);
    auto disk = make("disk");
    EXPECT_THAT(sample(disk), IsEmpty());
    tree_.write("proc/diskstats", kDisksAfter);
    tree_.clock().advance(500ms);
    // 10,000 sectors of 512 bytes in half a second; vdb is new.
    EXPECT_THAT(sample(disk), ElementsAre("rd/vda 10240", "wr/vda 8.192"));
    tree_.clock().advance(1s);
    EXPECT_THAT(sample(disk), ElementsAre("rd/vda 0", "wr/vda 0", "rd/vdb 0", "wr/vdb 0"));
    tree_.write("proc/diskstats", "");
    EXPECT_THAT(sample(disk), IsEmpty());
    tree_.write("proc/diskstats", kDisksBefore);
    tree_.clock().advance(1s);
    EXPECT_THAT(sample(disk), IsEmpty());  // taken out and put in again
}

TEST_F(InstrumentsTest, DevicesCanBeChosen) {
    auto options = tree_.options();
    options.disk_devices = {"vda1"};
    options.net_devices = {"lo"};
    Host host(options, tree_.clock());
    tree_.write("proc/diskstats", kDisksBefore);
    tree_.write("proc/net/dev",
                "    lo: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0\n  eth0: 1 1 0 0 0 0 0 0 1 1\n");
    auto disk = find_instrument("disk")->make(host);
    auto net = find_instrument("net")->make(host);
    sample(disk);
    sample(net);
    tree_.clock().advance(1s);
    EXPECT_THAT(sample(disk), ElementsAre("rd/vda1 0", "wr/vda1 0"));
    EXPECT_THAT(sample(net), ElementsAre("rx/lo 0", "tx/lo 0"));
}

TEST_F(InstrumentsTest, NetIsARateOfTheHostsDevices) {
    constexpr std::string_view kHead =
        "Inter-|   Receive                   |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes packets\n";
    const auto devices = [&](std::uint64_t received, std::uint64_t sent) {
        return fmt::format(
            "{0}    lo: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0\nveth12ab: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 "
            "0\n  eth0:{1} 9 0 0 0 0 0 0 {2} 9 0 0 0 0 0 0\n",
            kHead, received, sent);
    };
    tree_.write("proc/net/dev", "  eth9: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");  // our own namespace
    tree_.write("proc/1/net/dev", devices(1'000, 5'000));
    auto net = make("net");
    EXPECT_THAT(sample(net), IsEmpty());
    tree_.write("proc/1/net/dev", devices(3'000, 6'500));
    tree_.clock().advance(500ms);
    EXPECT_THAT(sample(net), ElementsAre("rx/eth0 4", "tx/eth0 3"));
    tree_.write("proc/1/net/dev", devices(10, 7'500));
    tree_.clock().advance(1s);
    EXPECT_THAT(sample(net), ElementsAre("tx/eth0 1"));  // the driver was loaded anew
}

}  // namespace
}  // namespace galileo::hostmon
