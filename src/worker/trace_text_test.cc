#include "worker/trace_text.h"

#include <gtest/gtest.h>

namespace galileo::worker {
namespace {

base::WallTime at(double seconds) {
    return base::from_epoch_seconds(seconds);
}

engine::TraceView answered() {
    engine::TraceView view;
    view.client = "w1:echo:2";
    view.service = "echo";
    view.run_id = "run-1";
    view.request_prefix = "0123456789";
    view.number = 7;
    view.created = at(1'700'000'000.25);
    view.sent = at(1'700'000'000.5);
    view.done = at(1'700'000'000.75);
    view.status = 200;
    view.server = "127.0.0.1:8080";
    view.head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Twice: a\r\nX-Twice: b\r\n\r\n";
    view.body = "  hello \n";
    return view;
}

TEST(ToTrace, FillsEveryFieldOfAnAnsweredRequest) {
    model::Trace trace;
    to_trace(answered(), 1024, trace);
    EXPECT_EQ(trace.request_id, "0123456789:7");
    EXPECT_EQ(trace.client, "w1:echo:2");
    EXPECT_EQ(trace.service, "echo");
    EXPECT_DOUBLE_EQ(trace.created, 1'700'000'000.25);
    EXPECT_DOUBLE_EQ(trace.sent, 1'700'000'000.5);
    EXPECT_DOUBLE_EQ(trace.done, 1'700'000'000.75);
    EXPECT_EQ(trace.status, 200);
    EXPECT_EQ(trace.server, "127.0.0.1:8080");
    EXPECT_EQ(trace.exp_id, "run-1");
    EXPECT_EQ(trace.headers, R"({"Content-Type": "text/plain", "X-Twice": "a, b"})");
    EXPECT_EQ(trace.response, "hello");
}

TEST(ToTrace, LeavesNothingOfTheTraceBeforeInAFailure) {
    model::Trace trace;
    to_trace(answered(), 1024, trace);
    engine::TraceView failed = answered();
    failed.run_id = {};
    failed.sent = {};
    failed.status = -1;
    to_trace(failed, 1024, trace);
    EXPECT_EQ(trace.sent, -1.0);
    EXPECT_EQ(trace.status, -1);
    EXPECT_FALSE(trace.exp_id || trace.server || trace.headers || trace.response);
}

TEST(ToTrace, KeepsNoTextOfTheResponseWhenToldSo) {
    model::Trace trace;
    to_trace(answered(), 0, trace);
    EXPECT_FALSE(trace.response);
    EXPECT_TRUE(trace.headers);
}

}  // namespace
}  // namespace galileo::worker
