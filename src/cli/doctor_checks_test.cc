#include "cli/doctor_checks.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace galileo::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A machine without fault.
Facts good_machine() {
    Facts facts;
    facts.open_files_soft = 1024;
    facts.open_files_hard = 1'048'576;
    facts.ephemeral_first = 32768;
    facts.ephemeral_last = 60999;
    facts.accept_queue = 4096;
    facts.kernel = "6.1.0";
    facts.has_epoll_pwait2 = true;
    facts.cpus = 2;
    facts.clock_source = "tsc";
    facts.clock_read = std::chrono::nanoseconds(26);
    facts.directory = "/tmp/here";
    facts.disk_free_bytes = std::uint64_t{10} << 30U;
    facts.directory_writable = true;
    facts.redis_server = "7.0.15";
    return facts;
}

Check find(const Facts& facts, const std::string& name) {
    const auto checks = diagnose(facts);
    const auto found = std::find_if(checks.begin(), checks.end(),
                                    [&name](const Check& check) { return check.name == name; });
    return found == checks.end() ? Check{"missing", Verdict::kFailure, {}, {}} : *found;
}

TEST(Diagnose, FindsNothingOnAGoodMachine) {
    for (const auto& check : diagnose(good_machine())) {
        EXPECT_EQ(check.verdict, Verdict::kOk) << check.name << ": " << check.detail;
        EXPECT_THAT(check.fix, IsEmpty());
        EXPECT_FALSE(check.detail.empty());
    }
}

struct Fault {
    const char* check;
    void (*plant)(Facts&);
    Verdict verdict;
};

class DiagnoseFault : public testing::TestWithParam<Fault> {};

TEST_P(DiagnoseFault, IsFoundWithItsFix) {
    Facts facts = good_machine();
    GetParam().plant(facts);
    const Check check = find(facts, GetParam().check);
    EXPECT_EQ(check.verdict, GetParam().verdict) << check.detail;
    EXPECT_FALSE(check.fix.empty());
    EXPECT_FALSE(check.detail.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All,
    DiagnoseFault,
    testing::Values(
        Fault{"open files", [](Facts& facts) { facts.open_files_hard = 1024; }, Verdict::kWarning},
        Fault{"open files", [](Facts& facts) { facts.open_files_hard = 64; }, Verdict::kFailure},
        Fault{"open files", [](Facts& facts) { facts.open_files_soft.reset(); }, Verdict::kWarning},
        Fault{"outgoing ports", [](Facts& facts) { facts.ephemeral_first = 60000; },
              Verdict::kWarning},
        Fault{"outgoing ports", [](Facts& facts) { facts.ephemeral_last.reset(); },
              Verdict::kWarning},
        Fault{"accept queue", [](Facts& facts) { facts.accept_queue = 128; }, Verdict::kWarning},
        Fault{"accept queue", [](Facts& facts) { facts.accept_queue.reset(); }, Verdict::kWarning},
        Fault{"kernel", [](Facts& facts) { facts.has_epoll_pwait2 = false; }, Verdict::kWarning},
        Fault{"processors", [](Facts& facts) { facts.cpus = 1; }, Verdict::kWarning},
        Fault{"clock", [](Facts& facts) { facts.clock_read = std::chrono::microseconds(1); },
              Verdict::kWarning},
        Fault{"disk space", [](Facts& facts) { facts.disk_free_bytes = 1 << 28; },
              Verdict::kWarning},
        Fault{"disk space", [](Facts& facts) { facts.disk_free_bytes = 1 << 20; },
              Verdict::kFailure},
        Fault{"disk space", [](Facts& facts) { facts.disk_free_bytes.reset(); }, Verdict::kWarning},
        Fault{"write access", [](Facts& facts) { facts.directory_writable = false; },
              Verdict::kFailure},
        Fault{"redis-server", [](Facts& facts) { facts.redis_server.clear(); }, Verdict::kFailure},
        Fault{"redis-server", [](Facts& facts) { facts.redis_server = "4.0.1"; },
              Verdict::kFailure}));

TEST(Diagnose, AsksForALocalRedisServerOnlyWhenNoneIsConfigured) {
    Facts facts = good_machine();
    facts.redis_server.clear();
    facts.redis_configured = true;
    facts.redis_version = "7.0.15";
    EXPECT_EQ(find(facts, "redis-server").verdict, Verdict::kWarning);
    EXPECT_EQ(find(facts, "Redis").verdict, Verdict::kOk);
}

TEST(Diagnose, TellsAWrongPasswordFromAnAbsentServer) {
    Facts facts = good_machine();
    facts.redis_configured = true;
    facts.redis_error = "redis://h:1: connection refused";
    EXPECT_EQ(find(facts, "Redis").verdict, Verdict::kFailure);
    EXPECT_THAT(find(facts, "Redis").fix, HasSubstr("start it"));
    facts.redis_denied = true;
    EXPECT_THAT(find(facts, "Redis").fix, HasSubstr("galileo_redis_password"));
}

TEST(GatherFacts, ReadsThisMachine) {
    const Facts facts = gather_facts();
    EXPECT_GT(facts.open_files_hard.value_or(0), 0U);
    EXPECT_GT(facts.cpus, 0U);
    EXPECT_FALSE(facts.kernel.empty());
    EXPECT_FALSE(facts.directory.empty());
    EXPECT_GT(facts.clock_read.count(), 0);
}

}  // namespace
}  // namespace galileo::cli
