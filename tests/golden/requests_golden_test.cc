/// What we send and make of answers is what python-requests sends and makes of them: every row of
/// requests_golden.jsonl and responses_golden.jsonl, which capture_requests.py has written.

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/base64.h"
#include "http/latin1.h"
#include "http/redirect.h"
#include "http/request.h"
#include "http/request_environment.h"
#include "http/request_rules.h"
#include "http/response.h"

namespace galileo::http {
namespace {

using model::Json;

std::vector<Json> rows_of(const std::string& file) {
    std::ifstream lines(GALILEO_GOLDEN "/" + file);
    std::vector<Json> rows;
    for (std::string line; std::getline(lines, line);) {
        rows.push_back(model::parse_json(line).release_value());
    }
    return rows;
}

std::string replace(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

struct Name {
    std::string operator()(const ::testing::TestParamInfo<Json>& info) const {
        return replace(info.param["name"].get<std::string>(), "-", "_");
    }
};

std::string bytes_of(const Json& text) {
    return to_latin1(text.get<std::string>()).value();
}

std::shared_ptr<const RequestEnvironment> environment_of(const Json& row) {
    base::Environment::Map variables;
    for (const auto& [name, value] : row["env"].items()) {
        variables[name] = value.get<std::string>();
    }
    return std::make_shared<const RequestEnvironment>(
        base::Environment(std::move(variables)),
        row["netrc"].is_null() ? "" : row["netrc"].get<std::string>());
}

Origin origin_of(const Json& row) {
    return parse_url(row["scheme"].get<std::string>() + "://" + row["host"].get<std::string>())
        .release_value()
        .origin;
}

/// The answer to request `index` of a row: what the recording server gave.
int status_of(const Json& row, std::size_t index) {
    return index < row["answers"].size() ? row["answers"][index][0].get<int>() : 200;
}

std::string head_of(const Json& row, std::size_t index) {
    std::string head = "HTTP/1.1 " + std::to_string(status_of(row, index)) + " X";
    if (index < row["answers"].size()) {
        for (const Json& field : row["answers"][index][1]) {
            head += "\r\n" + field[0].get<std::string>() + ": " + field[1].get<std::string>();
        }
    }
    return head;
}

std::string peer_of(const RenderedRequest& request) {
    const Origin& peer = request.proxy ? request.proxy->origin : request.origin;
    return peer.host + ":" + std::to_string(peer.port);
}

std::string sent_to_peer(const RenderedRequest& request) {
    const bool tunnel = request.proxy && request.origin.scheme == Scheme::kHttps;
    return replace(tunnel ? tunnel_request(*request.proxy, request.origin) : request.bytes,
                   "galileo/" GALILEO_VERSION, "UA");
}

class Requests : public ::testing::TestWithParam<Json> {
  protected:
    /// What python-requests sent as request `index`, or what we say to send instead.
    static std::string expected(const Json& row, std::size_t index) {
        std::string bytes = bytes_of(row["sent"][index]);
        if (row["ours"].is_object()) {
            for (const Json& change : row["ours"].value("replace", Json::array())) {
                bytes = replace(bytes, bytes_of(change[0]), bytes_of(change[1]));
            }
        }
        return bytes;
    }

    /// Follows the prepared answers and compares each request.
    static void compare_chain(const Json& row, RenderedRequest request) {
        for (std::size_t index = 0; index < row["sent"].size(); ++index) {
            EXPECT_EQ(sent_to_peer(request), expected(row, index)) << "request " << index;
            EXPECT_EQ(peer_of(request), row["peers"][index].get<std::string>());
            if (row["ours"].is_object() && row["ours"].contains("first_only")) {
                return;
            }
            const std::string head = head_of(row, index);
            const bool follows = is_redirect(status_of(row, index)) && request.follow_redirects &&
                                 !find_header(head, "location").empty();
            const bool is_last = index + 1 == row["sent"].size();
            ASSERT_EQ(follows && row["error"].is_null(), !is_last);
            if (follows) {
                auto next = redirect(request, status_of(row, index), head);
                ASSERT_EQ(next.ok(), !is_last);
                request = is_last ? request : std::move(next).value();
            }
        }
    }
};

TEST_P(Requests, AreThoseOfPythonRequests) {
    const Json& row = GetParam();
    const auto made = RequestTemplate::from_parameters(
        row["parameters"],
        {.environment = environment_of(row), .boundary = "0123456789abcdef0123456789abcdef"});
    const bool accepts = row["ours"].is_object() && row["ours"].contains("accepts");
    const bool fails = row["sent"].empty() && !row["error"].is_null() && !accepts;
    if (fails || row["ours"] == Json("refused")) {
        EXPECT_FALSE(made.ok());
        return;
    }
    ASSERT_TRUE(made.ok()) << made.error().message();
    if (accepts) {
        return;
    }
    compare_chain(row, render_request(*made, origin_of(row), ""));
}

INSTANTIATE_TEST_SUITE_P(Golden,
                         Requests,
                         ::testing::ValuesIn(rows_of("requests_golden.jsonl")),
                         Name());

class Responses : public ::testing::TestWithParam<Json> {};

TEST_P(Responses, AreReadAsPythonRequestsReadsThem) {
    const Json& row = GetParam();
    std::string head = "HTTP/1.1 200 OK";
    for (const Json& field : row["fields"]) {
        head += "\r\n" + field[0].get<std::string>() + ": " + field[1].get<std::string>();
    }
    const std::string body = base::from_base64(row["body"].get<std::string>()).release_value();
    EXPECT_EQ(decode_body(head, body, 1 << 20), row["text"].get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Golden,
                         Responses,
                         ::testing::ValuesIn(rows_of("responses_golden.jsonl")),
                         Name());

}  // namespace
}  // namespace galileo::http
