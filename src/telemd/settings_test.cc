#include "telemd/settings.h"

#include <gmock/gmock.h>

#include "base/process.h"

namespace galileo::telemd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

Result<Settings> read(base::Environment::Map variables,
                      const std::string& file = "",
                      const std::string& name = "") {
    const base::Environment environment(std::move(variables));
    return read_settings({name, environment, "config.ini", file});
}

std::vector<std::string> names_of(const Settings& settings) {
    std::vector<std::string> names;
    for (const auto& chosen : settings.instruments) {
        names.emplace_back(chosen.kind->name);
    }
    return names;
}

std::chrono::milliseconds period_of(const Settings& settings, std::string_view name) {
    for (const auto& chosen : settings.instruments) {
        if (chosen.kind->name == name) {
            return chosen.period;
        }
    }
    return {};
}

TEST(SettingsTest, WithoutAnyAllIsMeasuredAsTheOriginalDoes) {
    const auto settings = read({}).value();
    EXPECT_EQ(settings.node, base::host_name());
    EXPECT_EQ(settings.redis, "");
    EXPECT_EQ(settings.host.proc, "/proc");
    EXPECT_EQ(settings.host.sys, "/sys");
    EXPECT_THAT(settings.host.net_devices, IsEmpty());
    EXPECT_EQ(settings.instruments.size(), hostmon::instrument_kinds().size());
    for (const auto& chosen : settings.instruments) {
        EXPECT_EQ(chosen.period, chosen.kind->period);
    }
    EXPECT_EQ(settings.retry_pause, 2s);
}

TEST(SettingsTest, VariablesOfTheOriginal) {
    const auto settings = read({{"telemd_nodename", "node2"},
                                {"telemd_redis_url", "redis://:sesame@h:1"},
                                {"telemd_net_devices", "eth0 wlan0"},
                                {"telemd_disk_devices", "sda"},
                                {"telemd_period_procs", "70ms"},
                                {"telemd_instruments_enable", "procs ram, cpu"},
                                {"telemd_instruments_disable", "cpu"},
                                {"telemd_proc_mount", "/host/proc/"},
                                {"telemd_sys_mount", "/host/sys"},
                                {"telemd_redis_Retry_backoff", "500ms"},
                                {"telemd_kubernetes_adapter_redis_host", "other"}})
                              .value();
    EXPECT_EQ(settings.node, "node2");
    EXPECT_EQ(settings.redis, "redis://:sesame@h:1");
    EXPECT_THAT(settings.host.net_devices, ElementsAre("eth0", "wlan0"));
    EXPECT_THAT(settings.host.disk_devices, ElementsAre("sda"));
    EXPECT_THAT(names_of(settings), ElementsAre("procs", "ram"));
    EXPECT_EQ(period_of(settings, "procs"), 70ms);
    EXPECT_EQ(period_of(settings, "ram"), 1s);
    EXPECT_EQ(settings.host.proc, "/host/proc");
    EXPECT_EQ(settings.host.sys, "/host/sys");
    EXPECT_EQ(settings.retry_pause, 500ms);
}

TEST(SettingsTest, RedisByHostAndPort) {
    EXPECT_EQ(read({{"telemd_redis_host", "h"}})->redis, "redis://h:6379");
    EXPECT_EQ(read({{"telemd_redis_port", "7"}})->redis, "redis://localhost:7");
    EXPECT_EQ(read({{"telemd_redis_host", "::1"}, {"telemd_redis_port", "7"}})->redis,
              "redis://[::1]:7");
    EXPECT_EQ(read({{"telemd_redis_host", "h"}, {"telemd_redis_url", "redis://u"}})->redis,
              "redis://u");
}

TEST(SettingsTest, TheSectionOfTheNodeHolds) {
    constexpr const char* kFile =
        "# for all\n"
        "period_cpu = 2s\n"
        "net_devices = eth0  ; not the others\n"
        "[node1]\n"
        "telemd_redis_host = \"one\"\n"
        "redis_Retry_backoff=1s\n"
        "[node2]\n"
        "redis_host = two\n"
        "net_devices = eth1\n";
    const auto one = read({}, kFile, "node1").value();
    EXPECT_EQ(one.redis, "redis://one:6379");
    EXPECT_EQ(period_of(one, "cpu"), 2s);
    EXPECT_THAT(one.host.net_devices, ElementsAre("eth0"));
    EXPECT_EQ(one.retry_pause, 1s);
    const auto two =
        read({{"telemd_nodename", "node2"}, {"telemd_redis_host", "over"}}, kFile).value();
    EXPECT_EQ(two.redis, "redis://over:6379");
    EXPECT_THAT(two.host.net_devices, ElementsAre("eth1"));
    EXPECT_EQ(read({}, kFile, "node3")->redis, "");
}

TEST(SettingsTest, MistakesSayWhereAndWhatIsAllowed) {
    const auto message = [](base::Environment::Map variables, const std::string& file = "",
                            const std::string& name = "n") {
        const auto settings = read(std::move(variables), file, name);
        EXPECT_FALSE(settings.ok());
        EXPECT_EQ(settings.error().code(), ErrorCode::kInvalidInput);
        return settings.error().message();
    };
    EXPECT_THAT(message({{"telemd_period_procs", "often"}}), HasSubstr("telemd_period_procs"));
    EXPECT_THAT(message({{"telemd_period_procs", "1ms"}}), HasSubstr("not within 10ms and 24h"));
    EXPECT_THAT(message({{"telemd_period_prcs", "1s"}}),
                AllOf(HasSubstr("no instrument 'prcs'"), HasSubstr("procs")));
    EXPECT_THAT(message({{"telemd_instruments_enable", "cpu rma"}}), HasSubstr("'rma'"));
    EXPECT_THAT(
        message({{"telemd_instruments_enable", "cpu"}, {"telemd_instruments_disable", "cpu"}}),
        HasSubstr("no instrument is left"));
    EXPECT_THAT(message({{"telemd_proc_mount", "proc"}}), HasSubstr("absolute"));
    EXPECT_THAT(message({{"telemd_redis_port", "port"}}), HasSubstr("telemd_redis_port"));
    EXPECT_THAT(message({{"telemd_redis_url", "redis://:sesame@host:badport"}}),
                AllOf(HasSubstr("telemd_redis_url"), Not(HasSubstr("sesame"))));
    EXPECT_THAT(message({}, "[n]\nperiod_cpu = 0\n"), HasSubstr("config.ini: line 2: period_cpu"));
    EXPECT_THAT(message({}, "a = b\nsesame\n"),
                AllOf(HasSubstr("config.ini: line 2"), Not(HasSubstr("sesame"))));
    EXPECT_THAT(message({}, "", "a/b"), HasSubstr("--name"));
    EXPECT_THAT(message({{"telemd_nodename", "a b"}}, "", ""), HasSubstr("telemd_nodename"));
}

}  // namespace
}  // namespace galileo::telemd
