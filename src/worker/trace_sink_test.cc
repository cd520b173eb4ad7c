#include "worker/trace_sink.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace galileo::worker {
namespace {

class CsvSinkTest : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = testing::TempDir() + "csv_sink_" + std::to_string(::getpid());
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string contents() const {
        std::ifstream file(directory_ + "/traces-w1.csv", std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    static model::Trace trace() {
        model::Trace trace;
        trace.request_id = "0123456789:1";
        trace.client = "w1:echo:0";
        trace.service = "echo";
        trace.created = 1.5;
        trace.sent = 2.25;
        trace.done = 3;
        trace.status = 200;
        trace.server = "h:80";
        trace.headers = R"({"A": "b"})";
        trace.response = "two\nlines, \"quoted\"";
        return trace;
    }

    std::string directory_;
};

TEST_F(CsvSinkTest, WritesTheOriginalsForm) {
    auto sink = open_csv_sink(directory_, "w1");
    ASSERT_TRUE(sink.ok()) << sink.error().message();
    ASSERT_TRUE((*sink)->write(std::vector{trace()}).ok());
    EXPECT_EQ(
        contents(),
        "request_id,client,service,created,sent,done,status,server,exp_id,headers,response\r\n"
        "0123456789:1,w1:echo:0,echo,1.5000000,2.2500000,3.0000000,200,h:80,,\"{\"\"A\"\": "
        "\"\"b\"\"}\",\"two\nlines, \"\"quoted\"\"\"\r\n");
}

TEST_F(CsvSinkTest, AppendsWithoutASecondHeader) {
    for (int times = 0; times < 2; ++times) {
        auto sink = open_csv_sink(directory_, "w1");
        ASSERT_TRUE((*sink)->write(std::vector{trace()}).ok());
    }
    const std::string text = contents();
    EXPECT_EQ(text.find("request_id"), text.rfind("request_id"));
}

TEST_F(CsvSinkTest, SaysWhichDirectoryItCannotMake) {
    const auto sink = open_csv_sink("/dev/null/traces", "w1");
    ASSERT_FALSE(sink.ok());
    EXPECT_NE(sink.error().message().find("/dev/null/traces"), std::string::npos);
}

}  // namespace
}  // namespace galileo::worker
