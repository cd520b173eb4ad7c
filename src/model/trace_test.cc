#include "model/trace.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace galileo::model {
namespace {

// The two captured lines of contract 2.9.
constexpr std::string_view kAnswered =
    R"(2205fbcccc:2,w1:echo:1,echo,1795487318.3821054,1795487318.3882649,1795487318.3956628,200,127.0.0.1:8099,None,{"Server": "BaseHTTP/0.6 Python/3.11.2"| "Date": "Tue| 24 Nov 2026 02:28:38 GMT"| "Content-Type": "text/plain"| "X-Multi": "a| b"| "Content-Length": "30"},hello, world\nline2,with comma)";
constexpr std::string_view kFailed =
    "2172c8aea4:1,w1:late:3,late,1795487900.1182854,-1.0000000,1795487900.1308517,-1,None,None,"
    "None,None";

Trace answered() {
    return {
        .request_id = "2205fbcccc:2",
        .client = "w1:echo:1",
        .service = "echo",
        .created = 1795487318.3821054,
        .sent = 1795487318.3882649,
        .done = 1795487318.3956628,
        .status = 200,
        .server = "127.0.0.1:8099",
        .exp_id = std::nullopt,
        .headers =
            R"({"Server": "BaseHTTP/0.6 Python/3.11.2", "Date": "Tue, 24 Nov 2026 02:28:38 GMT", "Content-Type": "text/plain", "X-Multi": "a, b", "Content-Length": "30"})",
        .response = "hello, world\nline2,with comma"};
}

Trace failed() {
    Trace trace;
    trace.request_id = "2172c8aea4:1";
    trace.client = "w1:late:3";
    trace.service = "late";
    trace.created = 1795487900.1182854;
    trace.done = 1795487900.1308517;
    return trace;
}

TEST(TraceLine, WritesCapturedLines) {
    EXPECT_EQ(to_trace_line(answered()), kAnswered);
    EXPECT_EQ(to_trace_line(failed()), kFailed);
}

TEST(TraceLine, ReadsCapturedLines) {
    const auto whole = parse_trace_line(kAnswered);
    ASSERT_TRUE(whole.ok()) << whole.error().message();
    EXPECT_EQ(*whole, answered());
    const auto none = parse_trace_line(kFailed);
    ASSERT_TRUE(none.ok()) << none.error().message();
    EXPECT_EQ(*none, failed());
}

TEST(TraceLine, KeepsItsFieldsApartWhateverTheNamesHold) {
    Trace trace = answered();
    trace.client = "a,b";
    trace.server = "h,1:80";
    trace.exp_id = "e,1";
    const auto read = parse_trace_line(to_trace_line(trace));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->client, "a;b");
    EXPECT_EQ(read->server, "h;1:80");
    EXPECT_EQ(read->exp_id, "e;1");
    EXPECT_EQ(read->response, trace.response);
}

TEST(TraceLine, EmptyTextIsNotAbsent) {
    Trace trace = answered();
    trace.response = "";
    trace.headers = "";
    const auto read = parse_trace_line(to_trace_line(trace));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->response, "");
    EXPECT_EQ(read->headers, "");
}

TEST(TraceLine, ReadsLinesWithoutHeaders) {
    const std::pair<std::string, const char*> rows[] = {
        {"hello", "hello"},
        {"{\"a\": 1, \"b\": [2, 3]}", "{\"a\": 1, \"b\": [2, 3]}"},
        {"one, two\\nthree,", "one, two\nthree,"},
    };
    for (const auto& [field, response] : rows) {
        const auto read = parse_trace_line("a,b,c,1,2,3,200,srv,None," + field);
        ASSERT_TRUE(read.ok()) << field;
        EXPECT_EQ(read->server, "srv");
        EXPECT_EQ(read->headers, std::nullopt);
        EXPECT_EQ(read->response, response);
    }
    const auto nothing = parse_trace_line("a,b,c,1,-1,3,-1,None,None,None");
    ASSERT_TRUE(nothing.ok());
    EXPECT_EQ(nothing->response, std::nullopt);
}

TEST(TraceLine, AppendsToWhatIsThere) {
    std::string out = "x\n";
    append_trace_line(out, failed());
    EXPECT_EQ(out, "x\n" + std::string(kFailed));
}

TEST(TraceLine, NamesTheFieldThatIsWrong) {
    const std::pair<const char*, const char*> rows[] = {
        {"", "client is missing; expected 11 comma-separated fields, got 1"},
        {"a,b,c,1,2,3,200,srv,None", "headers is missing; expected 11 comma-separated"},
        {"a,b,c,x,2,3,200,srv,None,{},r", "created: 'x' is not a number"},
        {"a,b,c,1,nan,3,200,srv,None,{},r", "sent: 'nan' is not a number"},
        {"a,b,c,1,2,inf,200,srv,None,{},r", "done: 'inf' is not a number"},
        {"a,b,c,1,2,1e999,200,srv,None,{},r", "done: '1e999' is not a number"},
        {"a,b,c,1,2,None,200,srv,None,{},r", "done: 'None' is not a number"},
        {"a,b,c,1,2,3,2.5,srv,None,{},r", "status: '2.5' is not a number"},
        {"a,b,c,1,2,3,99999999999,srv,None,{},r", "status: '99999999999' is not a number"},
        {"a,b,c,1,2,3,,srv,None,{},r", "status: '' is not a number"},
    };
    for (const auto& [line, expected] : rows) {
        const auto read = parse_trace_line(line);
        ASSERT_FALSE(read.ok()) << line;
        EXPECT_EQ(read.error().code(), ErrorCode::kInvalidInput);
        EXPECT_NE(read.error().message().find(expected), std::string::npos)
            << line << " gave " << read.error().message();
    }
}

TEST(TraceLine, SurvivesMutatedLines) {
    base::Rng rng(11);
    for (int round = 0; round < 30'000; ++round) {
        std::string line(rng.below(2) == 0 ? kAnswered : kFailed);
        for (auto edits = 1 + rng.below(8); edits > 0 && !line.empty(); --edits) {
            const auto at = rng.below(line.size());
            if (rng.below(3) == 0) {
                line.erase(at, 1 + rng.below(20));
            } else {
                line[at] = static_cast<char>(rng.below(256));
            }
        }
        const auto read = parse_trace_line(line);
        if (read) {
            ASSERT_TRUE(std::isfinite(read->created) && std::isfinite(read->sent) &&
                        std::isfinite(read->done));
            ASSERT_TRUE(parse_trace_line(to_trace_line(*read)).ok()) << "round " << round;
        }
    }
}

TEST(TraceLine, WritesTimesOfAnySize) {
    Trace trace = failed();
    trace.created = 1.7976931348623157e308;
    const auto read = parse_trace_line(to_trace_line(trace));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->created, trace.created);
}

}  // namespace
}  // namespace galileo::model
