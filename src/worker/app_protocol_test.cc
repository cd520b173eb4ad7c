#include "worker/app_protocol.h"

#include <gtest/gtest.h>

#include <string>

namespace galileo::worker {
namespace {

/// What the reader makes of `bytes`, given to it in pieces of `piece` bytes.
std::string read_all(std::string_view bytes, std::size_t piece) {
    AppReader reader;
    std::string seen;
    while (!bytes.empty()) {
        const auto read = reader.read(bytes.substr(0, piece), [&](const AppMessage& message) {
            constexpr std::string_view kKinds = "ORqFE";
            seen += kKinds[static_cast<std::size_t>(message.kind)];
            seen += std::to_string(message.client) + "(" + std::string(message.text) + ")";
        });
        if (!read) {
            return seen + read.error().message();
        }
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    return seen;
}

TEST(AppReaderTest, CutsLinesWhateverPiecesTheyComeIn) {
    const std::string text =
        "opened 7\nrequests 7 2\n[\"get\"]\nopened 9\nfailed 7 {\"error\": \"x y\"}\nended 12\n"
        "refused 3 {}\nrequests 8 0\nopened 1\n";
    for (const std::size_t piece : {1U, 2U, 7U, 1000U}) {
        EXPECT_EQ(read_all(text, piece),
                  "O7()q7([\"get\"])q7(opened 9)F7({\"error\": \"x y\"})E12()R3({})O1()")
            << piece;
    }
}

TEST(AppReaderTest, RefusesWhatMakesNoSense) {
    for (const auto* line : {"hello 1", "opened", "opened x", "requests 1", "requests 1 x",
                             "requests x 1", "", "opened 99999999999999999999"}) {
        EXPECT_EQ(read_all(std::string(line) + "\n", 100),
                  "unexpected line '" + std::string(line) + "'");
    }
}

TEST(AppProtocolTest, ALineIsARequest) {
    EXPECT_EQ(request_of_app_line(R"(["post", "/a", {"data": "x"}])")->method(), "POST");
    EXPECT_EQ(request_of_app_line(R"(["get", "/", null])")->method(), "GET");
    EXPECT_FALSE(request_of_app_line(R"(["get", "/"])").ok());
    EXPECT_FALSE(request_of_app_line(R"(["get", 5, {}])").ok());
    EXPECT_FALSE(request_of_app_line("get").ok());
}

TEST(AppProtocolTest, ErrorsHaveTheirTraceback) {
    EXPECT_EQ(app_error_text(R"({"error": "E: x", "traceback": "File"})"), "E: x\nFile");
    EXPECT_EQ(app_error_text(R"({"error": "E: x"})"), "E: x");
    EXPECT_EQ(app_error_text("nonsense"), "unknown");
}

}  // namespace
}  // namespace galileo::worker
