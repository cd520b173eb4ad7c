#include "base/units.h"

#include <gtest/gtest.h>

namespace galileo::base {
namespace {

using std::chrono::nanoseconds;

TEST(ParseDuration, ReadsWhatPeopleWrite) {
    const std::pair<const char*, std::int64_t> rows[] = {
        {"10s", 10'000'000'000},       {"1m30s", 90'000'000'000},
        {"250ms", 250'000'000},        {"2h", 7'200'000'000'000},
        {"1.5s", 1'500'000'000},       {"30", 30'000'000'000},
        {"2min", 120'000'000'000},     {"100us", 100'000},
        {"1h2m3s", 3'723'000'000'000}, {"0s", 0},
        {"0.0001", 100'000},
    };
    for (const auto& [text, expected] : rows) {
        const auto parsed = parse_duration(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed->count(), expected) << text;
    }
}

TEST(ParseDuration, RefusesEverythingElse) {
    for (const char* text : {"", "abc", "-1s", "-0s", "1x", "1s1m", "1s1s", "1 s", "s", "inf",
                             "nan", "1e300h", "10s5", "99999999h"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidInput);
    }
    EXPECT_NE(parse_duration("abc").error().message().find("'abc' is not a duration"),
              std::string::npos);
}

TEST(FormatDuration, IsReadBackUnchanged) {
    for (const std::int64_t count :
         {0LL, 1LL, 1'500'000'000LL, 90'000'000'000LL, 7'261'000'000'000LL}) {
        EXPECT_EQ(parse_duration(format_duration(nanoseconds(count))).value().count(), count);
    }
}

TEST(FormatLatency, KeepsThreeDigits) {
    EXPECT_EQ(format_latency(nanoseconds(870)), "870ns");
    EXPECT_EQ(format_latency(nanoseconds(163'400)), "163µs");
    EXPECT_EQ(format_latency(nanoseconds(3'274'000)), "3.27ms");
    EXPECT_EQ(format_latency(nanoseconds(999'999)), "1.00ms");
    EXPECT_EQ(format_latency(nanoseconds(41'160'000)), "41.2ms");
    EXPECT_EQ(format_latency(nanoseconds(1'042'000'000)), "1.04s");
    EXPECT_EQ(format_latency(nanoseconds(308'000'000'000)), "5m08s");
}

TEST(FormatCount, GroupsDigits) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(468000), "468,000");
    EXPECT_EQ(format_count(1234567), "1,234,567");
}

TEST(ParseByteSize, KnowsBothFamiliesOfUnits) {
    EXPECT_EQ(parse_byte_size("512").value(), 512U);
    EXPECT_EQ(parse_byte_size("4KiB").value(), 4096U);
    EXPECT_EQ(parse_byte_size("10MB").value(), 10'000'000U);
    EXPECT_FALSE(parse_byte_size("10X").ok());
    EXPECT_FALSE(parse_byte_size("-1").ok());
}

}  // namespace
}  // namespace galileo::base
