#include "store/influx/influx_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "store/testing/influx_server.h"

namespace galileo::store::influx {
namespace {

using store::testing::InfluxServer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

using Request = InfluxServer::Request;
using Reply = InfluxServer::Reply;

class InfluxClientTest : public ::testing::Test {
  protected:
    std::unique_ptr<InfluxClient> client(const InfluxOptions& options) {
        return InfluxClient::open(options, base::system_clock()).value();
    }
    /// All requests get this.
    void always(int status, std::string body = "") {
        server_.answer([=](const Request&) { return Reply{status, body}; });
    }
    std::vector<std::string> lines() {
        std::vector<std::string> found;
        for (const auto& request : server_.requests()) {
            found.push_back(request.line);
        }
        return found;
    }

    InfluxServer server_;
    std::unique_ptr<InfluxClient> client_ = client(server_.options());
    const std::vector<std::string> three_{"a v=1 1", "b v=1 1", "c v=1 1"};
};

TEST_F(InfluxClientTest, WritesLinesToTheBucket) {
    const auto report = client_->write("202611240231-133d", three_);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(report->written, 3U);
    const auto requests = server_.requests();
    ASSERT_THAT(requests, SizeIs(1));
    EXPECT_EQ(requests[0].line,
              "POST /api/v2/write?org=my%20org&bucket=202611240231-133d&precision=ms HTTP/1.1");
    EXPECT_THAT(requests[0].head, AllOf(HasSubstr("Authorization: Token geheim-2718\r\n"),
                                        HasSubstr("Content-Type: text/plain; charset=utf-8\r\n")));
    EXPECT_EQ(requests[0].body, "a v=1 1\nb v=1 1\nc v=1 1\n");
}

TEST_F(InfluxClientTest, AsksNothingForNoLines) {
    EXPECT_EQ(client_->write("b", {})->written, 0U);
    EXPECT_THAT(server_.requests(), SizeIs(0));
}

TEST_F(InfluxClientTest, SplitsWhatIsLong) {
    const std::vector<std::string> long_lines(5, std::string(400'000, 'x'));
    EXPECT_EQ(client_->write("b", long_lines)->written, 5U);
    EXPECT_THAT(server_.requests(), SizeIs(3));
}

TEST_F(InfluxClientTest, GetsTheOthersInWhenInfluxRefusesALine) {
    server_.answer([](const Request& request) {
        const bool bad = request.body.find("b v=") != std::string::npos;
        return bad ? Reply{400, R"({"code": "invalid", "message": "unable to parse 'b v=1 1'"})"}
                   : Reply{204};
    });
    const auto report = client_->write("x", three_);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(report->written, 2U);
    EXPECT_EQ(report->refused, 1U);
    EXPECT_THAT(report->why_refused, HasSubstr("unable to parse 'b v=1 1'"));
}

TEST_F(InfluxClientTest, FailsWhenInfluxRefusesAllLines) {
    always(422, R"({"message": "field type conflict"})");
    const auto report = client_->write("x", three_);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(report.error().message(), HasSubstr("status 422: field type conflict"));
}

TEST_F(InfluxClientTest, SaysByTheCodeWhatTheCallerCanDo) {
    const std::pair<int, ErrorCode> codes[] = {
        {401, ErrorCode::kDenied},      {403, ErrorCode::kDenied},
        {404, ErrorCode::kNotFound},    {408, ErrorCode::kUnavailable},
        {429, ErrorCode::kUnavailable}, {500, ErrorCode::kUnavailable},
        {503, ErrorCode::kUnavailable}, {307, ErrorCode::kProtocol},
        {405, ErrorCode::kInvalidInput}};
    for (const auto& [status, code] : codes) {
        always(status, R"({"message": "no use of Token geheim-2718\r\n here"})");
        const auto report = client_->write("x", three_);
        ASSERT_FALSE(report.ok()) << status;
        EXPECT_EQ(report.error().code(), code) << status;
        EXPECT_THAT(report.error().message(),
                    AllOf(HasSubstr("InfluxDB at http://127.0.0.1:"),
                          HasSubstr(std::to_string(status)), HasSubstr("no use of Token ***"),
                          Not(HasSubstr("geheim")), Not(HasSubstr("\n"))));
    }
}

TEST_F(InfluxClientTest, GivesUpAServerThatSaysNothing) {
    server_.answer([](const Request&) { return std::nullopt; });
    auto options = server_.options();
    options.timeout = std::chrono::milliseconds(50);
    const auto report = client(options)->write("x", three_);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code(), ErrorCode::kTimeout);
    EXPECT_THAT(report.error().message(), HasSubstr("no answer within 50 ms"));
}

TEST_F(InfluxClientTest, SaysThatNobodyIsThere) {
    auto options = server_.options();
    options.url = "http://127.0.0.1:1";
    const auto report = client(options)->write("x", three_);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code(), ErrorCode::kUnavailable);
    EXPECT_THAT(report.error().message(), HasSubstr("InfluxDB at http://127.0.0.1:1: no answer"));
}

TEST_F(InfluxClientTest, MakesABucket) {
    ASSERT_TRUE(client_->make_bucket("exp1").ok());
    const auto requests = server_.requests();
    ASSERT_THAT(requests, SizeIs(1));
    EXPECT_EQ(requests[0].line, "POST /api/v2/buckets HTTP/1.1");
    EXPECT_EQ(requests[0].body,
              R"({"orgID": "0123456789abcdef", "name": "exp1", "retentionRules": []})");
}

TEST_F(InfluxClientTest, TakesABucketThatIsThere) {
    always(422, R"({"code": "conflict", "message": "bucket with name exp1 already exists"})");
    EXPECT_TRUE(client_->make_bucket("exp1").ok());
    always(422, R"({"message": "bucket name _exp1 is invalid"})");
    EXPECT_EQ(client_->make_bucket("_exp1").error().code(), ErrorCode::kInvalidInput);
}

TEST_F(InfluxClientTest, AsksForTheOrganisationOnce) {
    server_.answer([](const Request& request) {
        return request.line.starts_with("GET")
                   ? Reply{200, R"({"orgs": [{"id": "fedcba9876543210", "name": "my org"}]})"}
                   : Reply{201, "{}"};
    });
    auto options = server_.options();
    options.organisation_id = "org-id";
    const auto asking = client(options);
    ASSERT_TRUE(asking->make_bucket("one").ok());
    ASSERT_TRUE(asking->make_bucket("two").ok());
    EXPECT_THAT(lines(),
                ElementsAre("GET /api/v2/orgs?org=my%20org HTTP/1.1",
                            "POST /api/v2/buckets HTTP/1.1", "POST /api/v2/buckets HTTP/1.1"));
    EXPECT_THAT(server_.requests()[1].body, HasSubstr("\"fedcba9876543210\""));

    always(200, R"({"orgs": []})");
    EXPECT_EQ(client(options)->make_bucket("x").error().code(), ErrorCode::kNotFound);
    always(200, "<html>");
    EXPECT_FALSE(client(options)->make_bucket("x").ok());
}

TEST_F(InfluxClientTest, RemovesABucketById) {
    server_.answer([](const Request& request) {
        return request.line.starts_with("GET")
                   ? Reply{200, R"({"buckets": [{"id": "00ff", "name": "exp1"}]})"}
                   : Reply{204};
    });
    ASSERT_TRUE(client_->remove_bucket("exp1").ok());
    EXPECT_THAT(lines(), ElementsAre("GET /api/v2/buckets?name=exp1&org=my%20org HTTP/1.1",
                                     "DELETE /api/v2/buckets/00ff HTTP/1.1"));
}

TEST_F(InfluxClientTest, RemovesNothingWhereThereIsNoBucket) {
    EXPECT_TRUE(client_->remove_bucket("exp1").ok());
    always(404, R"({"message": "bucket \"exp1\" not found"})");
    EXPECT_TRUE(client_->remove_bucket("exp1").ok());
    EXPECT_THAT(lines(), SizeIs(2));
}

TEST_F(InfluxClientTest, KeepsToThePathOfItsAddress) {
    auto options = server_.options();
    options.url += "/influx/";
    (void)client(options)->make_bucket("x");
    EXPECT_THAT(lines(), ElementsAre("POST /influx/api/v2/buckets HTTP/1.1"));
}

TEST(InfluxOptionsTest, NameTheVariableThatIsWrong) {
    const auto error = [](base::Environment::Map variables) {
        return InfluxOptions::from_environment(base::Environment(std::move(variables)))
            .error()
            .message();
    };
    EXPECT_THAT(error({{"galileo_expdb_influxdb_url", "ftp://x"}}),
                HasSubstr("galileo_expdb_influxdb_url"));
    EXPECT_THAT(error({{"galileo_expdb_influxdb_timeout", "0"}}),
                HasSubstr("galileo_expdb_influxdb_timeout: '0' is not allowed"));
    EXPECT_THAT(error({{"galileo_expdb_influxdb_token", "geheim\r\nX: y"}}),
                AllOf(HasSubstr("galileo_expdb_influxdb_token"), Not(HasSubstr("geheim"))));
    const auto options = InfluxOptions::from_environment(base::Environment());
    ASSERT_TRUE(options.ok());
    EXPECT_EQ(options->url, "http://localhost:8086");
    EXPECT_EQ(options->timeout, std::chrono::seconds(10));
}

}  // namespace
}  // namespace galileo::store::influx
