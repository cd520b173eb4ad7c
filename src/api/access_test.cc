#include "api/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace galileo::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Verdict = Access::Verdict;

Request request_with(std::vector<Header> headers) {
    Request request;
    request.headers = std::move(headers);
    return request;
}

TEST(Access, LoopbackIsWhatItIs) {
    for (const auto* host : {"localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const auto* host : {"", "0.0.0.0", "10.0.0.1", "127.evil.example",
                             "localhost.evil.example", "127.0.0.1.evil.example", "::", "::2"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

TEST(Access, RefusesForeignHosts) {
    Access::Options options;
    options.hosts = {"proxy.lan"};
    const Access access(options);
    for (const auto* host : {"localhost:5001", "127.0.0.1", "[::1]:5001", "Proxy.lan:80"}) {
        EXPECT_EQ(access.check(request_with({{"host", host}}), Role::kViewer), Verdict::kAllowed)
            << host;
    }
    for (const auto* host : {"evil.example", "localhost.evil.example:5001", "[::2]", "["}) {
        EXPECT_EQ(access.check(request_with({{"Host", host}}), Role::kNobody),
                  Verdict::kForeignHost)
            << host;
    }
    EXPECT_EQ(access.check(request_with({}), Role::kViewer), Verdict::kAllowed);
    options.host_check = Access::Options::HostCheck::kNone;
    EXPECT_EQ(Access(options).check(request_with({{"Host", "evil.example"}}), Role::kAdmin),
              Verdict::kAllowed);
}

TEST(Access, PagesFromElsewhereMayReadAndNotWrite) {
    Access::Options options;
    options.origins = {"https://dash.example"};
    const Access access(options);
    const auto check = [&](const char* origin, Role role) {
        return access.check(request_with({{"Host", "localhost:5001"}, {"Origin", origin}}), role);
    };
    EXPECT_EQ(check("https://evil.example", Role::kViewer), Verdict::kAllowed);
    for (const auto* origin :
         {"https://evil.example", "null", "http://localhost.evil.example", "localhost:5001"}) {
        EXPECT_EQ(check(origin, Role::kOperator), Verdict::kForeignOrigin) << origin;
    }
    for (const auto* origin :
         {"http://localhost:4200", "http://127.0.0.1", "https://dash.example", ""}) {
        EXPECT_EQ(check(origin, Role::kAdmin), Verdict::kAllowed) << origin;
    }
    options.origins = {"*"};
    EXPECT_EQ(
        Access(options).check(request_with({{"Origin", "https://any.example"}}), Role::kAdmin),
        Verdict::kAllowed);
}

TEST(Access, TokensHaveRoles) {
    Access::Options options;
    options.anonymous = Role::kNobody;
    options.tokens = {{"viewer-0123456789", Role::kViewer}, {"admin-01234567890", Role::kAdmin}};
    const Access access(options);
    const auto check = [&](const char* authorization, Role role) {
        return access.check(request_with({{"Authorization", authorization}}), role);
    };
    EXPECT_EQ(access.check(request_with({}), Role::kNobody), Verdict::kAllowed);
    EXPECT_EQ(access.check(request_with({}), Role::kViewer), Verdict::kNoToken);
    EXPECT_EQ(check("Bearer viewer-0123456789", Role::kViewer), Verdict::kAllowed);
    EXPECT_EQ(check("bearer viewer-0123456789", Role::kViewer), Verdict::kAllowed);
    EXPECT_EQ(check("Bearer viewer-0123456789", Role::kOperator), Verdict::kForbidden);
    EXPECT_EQ(check("Bearer admin-01234567890", Role::kAdmin), Verdict::kAllowed);
    for (const auto* wrong : {"Bearer viewer-012345678", "Bearer viewer-0123456789x",
                              "Bearer viewer-0123456780", "Bearer xxxxxxxxxxxxxxxxx"}) {
        EXPECT_EQ(check(wrong, Role::kViewer), Verdict::kWrongToken) << wrong;
    }
    for (const auto* none : {"Bearer ", "Bearer", "Basic abc", ""}) {
        EXPECT_EQ(check(none, Role::kViewer), Verdict::kNoToken) << none;
    }
}

TEST(Access, ReadsTokenFiles) {
    const auto tokens =
        parse_tokens("# comment\n\n0123456789abcdef\r\n viewer  0123456789abcdeg \n");
    ASSERT_TRUE(tokens.ok()) << tokens.error().message();
    ASSERT_EQ(tokens->size(), 2U);
    EXPECT_EQ((*tokens)[0].text, "0123456789abcdef");
    EXPECT_EQ((*tokens)[0].role, Role::kAdmin);
    EXPECT_EQ((*tokens)[1].role, Role::kViewer);
    for (const auto& [text, problem] :
         {std::pair{"", "no token"}, std::pair{"# only\n", "no token"},
          std::pair{"\nsesame-and-more", "line 2: a token of 15 characters"},
          std::pair{"owner 0123456789abcdef", "line 1: the role is not one of"},
          std::pair{"viewer 0123456789abcdef sesame", "line 1: want"}}) {
        const auto refused = parse_tokens(text);
        ASSERT_FALSE(refused.ok()) << text;
        EXPECT_THAT(refused.error().message(), HasSubstr(problem));
        EXPECT_THAT(refused.error().message(), Not(HasSubstr("sesame")));
    }
}

}  // namespace
}  // namespace galileo::api
