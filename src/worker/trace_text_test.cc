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

TEST(TraceTranscriber, FillsEveryFieldOfAnAnsweredRequest) {
    TraceTranscriber transcriber;
    const auto& trace = transcriber.row(answered(), 1024);
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

TEST(TraceTranscriber, LeavesNothingOfTheTraceBeforeInAFailure) {
    TraceTranscriber transcriber;
    const auto& trace = transcriber.row(answered(), 1024);
    engine::TraceView failed = answered();
    failed.run_id = {};
    failed.sent = {};
    failed.status = -1;
    transcriber.row(failed, 1024);
    EXPECT_EQ(trace.sent, -1.0);
    EXPECT_EQ(trace.status, -1);
    EXPECT_FALSE(trace.exp_id || trace.server || trace.headers || trace.response);
}

TEST(TraceTranscriber, KeepsNoTextOfTheResponseWhenToldSo) {
    TraceTranscriber transcriber;
    transcriber.row(answered(), 1024);
    const auto& trace = transcriber.row(answered(), 0);
    EXPECT_FALSE(trace.response);
    EXPECT_TRUE(trace.headers);
}

TEST(TraceTranscriber, NeverMixesUpAnswersThatAreAlike) {
    TraceTranscriber transcriber;
    const std::string large(5'000, 'x');
    for (int round = 0; round < 3; ++round) {
        for (int number = 0; number < 300; ++number) {
            const auto text = std::to_string(number);
            const std::string head = "HTTP/1.1 200 OK\r\nX-Number: " + text + "\r\n\r\n";
            for (const std::string& body : {text, text + "and more", large + text}) {
                engine::TraceView view = answered();
                view.head = head;
                view.body = body;
                const auto& whole = transcriber.row(view, 100'000);
                EXPECT_EQ(whole.headers, R"({"X-Number": ")" + text + R"("})");
                EXPECT_EQ(whole.response, body);
                EXPECT_EQ(transcriber.row(view, 2).response, body.substr(0, 2));
            }
        }
    }
}

}  // namespace
}  // namespace galileo::worker
