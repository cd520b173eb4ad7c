// Goal: lines as the original's client writes them. Those marked "captured" are contract 5.4's.
#include "store/influx/line_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace galileo::store::influx {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LineProtocolTest : public ::testing::Test {
  protected:
    template <typename Row>
    std::string line(const Row& row) {
        return to_line(row, "exp1", texts_);
    }
    std::string line(const model::TraceRow& row) { return to_line(row, "exp1", texts_, report_); }

    BatchReport report_;
    BatchTexts texts_{report_, BatchTexts::OverLong::kKeep};
};

model::TraceRow captured_trace() {
    return {.request_id = "abc:1",
            .client = "zone-a-1:s:0",
            .service = "s",
            .created = 1700000000.1,
            .sent = 1700000000.2,
            .done = 1700000000.3,
            .status = 200,
            .server = "srv:80",
            .exp_id = std::nullopt,
            .headers = R"({"X-A": "b, c=d"})",
            .response = "line1\nline2"};
}

TEST_F(LineProtocolTest, WritesTheCapturedTelemetry) {
    EXPECT_EQ(line(model::TelemetryPoint{1700000000.5, "n1", "cpu", std::nullopt, 12.5}),
              "telemetry,exp_id=exp1,metric=cpu,node=n1,ts=1700000000.5 value=12.5 1700000000500");
    EXPECT_EQ(line(model::TelemetryPoint{1700000000.123456, "n1", "tx", "eth0", 3.0}),
              "telemetry,exp_id=exp1,metric=tx,node=n1,subsystem=eth0,ts=1700000000.123456 value=3 "
              "1700000000123");
}

TEST_F(LineProtocolTest, WritesTheCapturedEvent) {
    EXPECT_EQ(line(model::Event{1700000000.0, "pod/running", R"({"a": "b c"})"}),
              R"(events,exp_id=exp1,name=pod/running,ts=1700000000.0 value="{\"a\": \"b c\"}" )"
              "1700000000000");
}

TEST_F(LineProtocolTest, WritesTheCapturedTrace) {
    EXPECT_EQ(line(captured_trace()),
              R"(traces,client=zone-a-1:s:0,created=1700000000.1,done=1700000000.3,exp_id=exp1,)"
              R"(headers={"X-A":\ "b\,\ c\=d"},response=line1\nline2,sent=1700000000.2,)"
              R"(server=srv:80,service=s,status=200 request_id="abc:1" 1700000000200)");
}

TEST_F(LineProtocolTest, GivesAnEventWithoutValueAnEmptyOne) {
    const std::string wanted = R"(events,exp_id=exp1,name=foo,ts=1.5 value="" 1500)";
    EXPECT_EQ(line(model::Event{1.5, "foo", std::nullopt}), wanted);
    EXPECT_EQ(line(model::Event{1.5, "foo", ""}), wanted);
}

TEST_F(LineProtocolTest, KeepsATraceThatWasNeverSentWhereReadersLook) {
    auto trace = captured_trace();
    trace.sent = -1;
    trace.status = -1;
    trace.server = trace.headers = trace.response = std::nullopt;
    EXPECT_EQ(line(trace),
              "traces,client=zone-a-1:s:0,created=1700000000.1,done=1700000000.3,exp_id=exp1,"
              "sent=-1.0,service=s,status=-1 request_id=\"abc:1\" 1700000000100");
}

TEST_F(LineProtocolTest, LeavesOutEmptyTags) {
    auto trace = captured_trace();
    trace.response = "";
    EXPECT_THAT(line(trace), Not(HasSubstr("response")));
    EXPECT_THAT(line(model::TelemetryPoint{1, "n", "m", "", 1}), Not(HasSubstr("subsystem")));
}

TEST_F(LineProtocolTest, EscapesTagsAndFields) {
    const std::pair<const char*, const char*> tags[] = {{"", ""},
                                                        {"a b", "a\\ b"},
                                                        {"a,b=c", "a\\,b\\=c"},
                                                        {"\"q\"", "\"q\""},
                                                        {"a\r\n\tb", "a\\r\\n\\tb"},
                                                        {"c:\\x", "c:\\x"},
                                                        {"end\\", "end\\ "},
                                                        {"ü ✓", "ü\\ ✓"}};
    for (const auto& [given, wanted] : tags) {
        EXPECT_EQ(tag_value(given), wanted) << given;
    }
    EXPECT_EQ(field_text("a\\\"b\nc ü"), "\"a\\\\\\\"b\nc ü\"");
}

TEST_F(LineProtocolTest, RepairsAndCountsWhatIsNotUtf8) {
    EXPECT_THAT(line(model::Event{1, "a", "\xff!"}), HasSubstr("value=\"\xEF\xBF\xBD!\""));
    EXPECT_EQ(report_.repaired, 1U);
}

TEST_F(LineProtocolTest, CutsWhatInfluxWouldRefuse) {
    auto trace = captured_trace();
    const std::string spaces(60'000, ' ');  // 120,000 bytes escaped
    trace.response = spaces;
    const std::string cut = line(trace);
    const std::size_t key = cut.find(" request_id=");
    EXPECT_LE(key, kMostKeyBytes);
    EXPECT_GT(key, kMostKeyBytes - 10);
    EXPECT_THAT(cut, StartsWith("traces,client="));
    EXPECT_THAT(cut, HasSubstr(",sent=1700000000.2,"));
    EXPECT_THAT(cut, EndsWith(" request_id=\"abc:1\" 1700000000200"));
    EXPECT_EQ(report_.over_long, 1U);

    std::string wide;
    while (wide.size() < 70'000) {
        wide += "€";
    }
    trace.headers = wide;
    const std::string both = line(trace);
    EXPECT_LE(both.find(" request_id="), kMostKeyBytes);
    EXPECT_THAT(both, HasSubstr(",headers=€€"));
    EXPECT_EQ(report_.over_long, 4U) << "headers are longer than a TEXT, too";
}

TEST_F(LineProtocolTest, TellsTimeInMilliseconds) {
    EXPECT_EQ(milliseconds_of(1700000000.2), 1700000000200);
    EXPECT_EQ(milliseconds_of(0.0019), 1);
    EXPECT_EQ(milliseconds_of(-1), -1000);
    EXPECT_EQ(milliseconds_of(1e300), 9'200'000'000'000);
}

}  // namespace
}  // namespace galileo::store::influx
