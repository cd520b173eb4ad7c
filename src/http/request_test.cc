#include "http/request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/exchange.h"

namespace galileo::http {
namespace {

using model::Json;

const Origin kOrigin{.host = "h", .port = 1, .authority = "h:1"};

std::string replace(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

struct RequestCase {
    std::string parameters;
    std::string bytes;  ///< {D}: Host and the default headers; {H}: Host alone
};

class Rendering : public ::testing::TestWithParam<RequestCase> {};

// Captured from python-requests 2.28.1 (Debian 12) sending to a socket.
const std::vector<RequestCase> kCaptured{
    // clang-format off
    {R"({})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"method": "post"})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"method": "PuT", "path": "/x"})",
     "PUT /x HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"method": "delete"})",
     "DELETE / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"method": "head"})",
     "HEAD / HTTP/1.1\r\n{D}\r\n"},
    {R"({"method": "options"})",
     "OPTIONS / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"method": "patch"})",
     "PATCH / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"path": ""})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "?a=1"})",
     "GET /?a=1 HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/a b/ä?q=ü x&y=%20%7e%zz"})",
     "GET /a%20b/%C3%A4?q=%C3%BC%20x&y=%2520%257E%25zz HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/a%20b%7e%2f?x=%41"})",
     "GET /a%20b~%2F?x=A HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/a/../b/./c/.."})",
     "GET /b/ HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/a#frag"})",
     "GET /a HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/x[1]?y[]=1&z={}|^`\"<>\\"})",
     "GET /x%5B1%5D?y%5B%5D=1&z=%7B%7D%7C%5E%60%22%3C%3E%5C HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "//double"})",
     "GET //double HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/%zz%41"})",
     "GET /%25zz%2541 HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"params": {"a": "b c", "l": [1, 2.5, true, null, "ä"], "n": null, "f": 1e+22, "t": true}}})",
     "GET /?a=b+c&l=1&l=2.5&l=True&l=%C3%A4&f=1e%2B22&t=True HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/p?x=1", "kwargs": {"params": {"y": "2"}}})",
     "GET /p?x=1&y=2 HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/p?x=1#f", "kwargs": {"params": "raw=a b&c=ä"}})",
     "GET /p?x=1&raw=a%20b&c=%C3%A4 HTTP/1.1\r\n{D}\r\n"},
    {R"({"path": "/p?", "kwargs": {"params": {"y": "2"}}})",
     "GET /p?y=2 HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"params": [["a", "1"], ["a", "2"]]}})",
     "GET /?a=1&a=2 HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"params": {}}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"params": {"o": {"k": 1, "j": 2}}}})",
     "GET /?o=k&o=j HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"params": {"a&b": "c=d/e?f+g~h*i"}}})",
     "GET /?a%26b=c%3Dd%2Fe%3Ff%2Bg~h%2Ai HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"params": {"e": []}}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"method": "post", "kwargs": {"data": "{\"a\": 1}"}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 8\r\n\r\n{\"a\": 1}"},
    // contract 2.10 (and python-requests from 2.32 on): UTF-8; 2.28 sent ISO-8859-1
    {R"({"kwargs": {"data": "über"}})",
     "GET / HTTP/1.1\r\n{D}Content-Length: 5\r\n\r\n\xc3\xbc""ber"},
    {R"({"method": "post", "kwargs": {"data": {"a": "b c", "l": [1, 2], "n": null, "t": "ä&="}}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 28\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=b+c&l=1&l=2&t=%C3%A4%26%3D"},
    {R"({"method": "post", "kwargs": {"data": [["k", "v"], ["k", "w"]]}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 7\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nk=v&k=w"},
    {R"({"method": "post", "kwargs": {"data": ""}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"method": "post", "kwargs": {"data": {}}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"method": "post", "kwargs": {"data": {}, "json": {"x": 1}}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 8\r\nContent-Type: application/json\r\n\r\n{\"x\": 1}"},
    {R"({"method": "post", "kwargs": {"data": "d", "json": {"x": 1}}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 1\r\n\r\nd"},
    {R"({"method": "post", "kwargs": {"data": {"n": null}}})",
     "POST / HTTP/1.1\r\n{D}Content-Type: application/x-www-form-urlencoded\r\n\r\n"},
    {R"({"method": "post", "kwargs": {"data": 0}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"method": "post", "kwargs": {"json": {"a": [1, 2.0, null, "ä€"], "b": {"c": true}}}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 55\r\nContent-Type: application/json\r\n\r\n{\"a\": [1, 2.0, null, \"\\u00e4\\u20ac\"], \"b\": {\"c\": true}}"},
    {R"({"kwargs": {"json": {}}})",
     "GET / HTTP/1.1\r\n{D}Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"},
    {R"({"kwargs": {"json": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"json": 0}})",
     "GET / HTTP/1.1\r\n{D}Content-Length: 1\r\nContent-Type: application/json\r\n\r\n0"},
    {R"({"method": "post", "kwargs": {"json": "text"}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 6\r\nContent-Type: application/json\r\n\r\n\"text\""},
    {R"({"method": "post", "kwargs": {"json": []}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 2\r\nContent-Type: application/json\r\n\r\n[]"},
    {R"({"method": "post", "kwargs": {"json": false}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 5\r\nContent-Type: application/json\r\n\r\nfalse"},
    {R"({"kwargs": {"headers": {"X-A": "1", "user-agent": "me", "Accept": null}}})",
     "GET / HTTP/1.1\r\n{H}user-agent: me\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nX-A: 1\r\n\r\n"},
    {R"({"kwargs": {"headers": {"X": "é"}}})",
     "GET / HTTP/1.1\r\n{D}X: \xe9""\r\n\r\n"},
    {R"({"kwargs": {"headers": {"X": ""}}})",
     "GET / HTTP/1.1\r\n{D}X: \r\n\r\n"},
    {R"({"kwargs": {"headers": {"X": "trail  "}}})",
     "GET / HTTP/1.1\r\n{D}X: trail  \r\n\r\n"},
    {R"({"kwargs": {"headers": {"Host": "other"}}})",
     "GET / HTTP/1.1\r\nUser-Agent: UA\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\nHost: other\r\n\r\n"},
    {R"({"method": "post", "kwargs": {"data": "abc", "headers": {"Content-Type": "text/x", "Content-Length": "1"}}})",
     "POST / HTTP/1.1\r\n{D}Content-Type: text/x\r\nContent-Length: 3\r\n\r\nabc"},
    {R"({"method": "post", "kwargs": {"json": {}, "headers": {"content-type": "application/foo"}}})",
     "POST / HTTP/1.1\r\n{D}content-type: application/foo\r\nContent-Length: 2\r\n\r\n{}"},
    {R"({"kwargs": {"headers": {"Content-Length": "0"}}})",
     "GET / HTTP/1.1\r\n{D}Content-Length: 0\r\n\r\n"},
    {R"({"kwargs": {"headers": {"Cookie": "z=1"}, "cookies": {"a": "b"}}})",
     "GET / HTTP/1.1\r\n{D}Cookie: z=1\r\n\r\n"},
    {R"({"method": "post", "kwargs": {"data": "abc", "headers": {"Content-Length": null, "Content-Type": null}}})",
     "POST / HTTP/1.1\r\n{D}Content-Length: 3\r\n\r\nabc"},
    {R"({"kwargs": {"cookies": {"a": "b", "c": "d e"}}})",
     "GET / HTTP/1.1\r\n{D}Cookie: a=b; c=d e\r\n\r\n"},
    {R"({"kwargs": {"cookies": {}}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"method": "post", "kwargs": {"cookies": {"a": "b"}, "json": {"x": 1}, "headers": {"X-Z": "1"}}})",
     "POST / HTTP/1.1\r\n{D}X-Z: 1\r\nCookie: a=b\r\nContent-Length: 8\r\nContent-Type: application/json\r\n\r\n{\"x\": 1}"},
    {R"({"kwargs": {"cookies": {"b": "1", "a": "2"}}})",
     "GET / HTTP/1.1\r\n{D}Cookie: b=1; a=2\r\n\r\n"},
    {R"({"kwargs": {"timeout": 5}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"timeout": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"timeout": 0.5}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"allow_redirects": false}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"allow_redirects": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"allow_redirects": 0}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"verify": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"verify": "/nope"}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"verify": 0}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"stream": true}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"stream": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"auth": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"auth": {}}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"auth": []}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"files": {}}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"proxies": {}}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"cert": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"hooks": {}}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    {R"({"kwargs": {"hooks": null}})",
     "GET / HTTP/1.1\r\n{D}\r\n"},
    // clang-format on
};

TEST_P(Rendering, IsWhatPythonRequestsSends) {
    const auto made =
        RequestTemplate::from_parameters(model::parse_json(GetParam().parameters).release_value());
    ASSERT_TRUE(made.ok()) << made.error().message();
    std::string expected = replace(GetParam().bytes, "{D}",
                                   "{H}User-Agent: UA\r\nAccept-Encoding: gzip, deflate\r\n"
                                   "Accept: */*\r\nConnection: keep-alive\r\n");
    expected = replace(expected, "{H}", "Host: h:1\r\n");
    EXPECT_EQ(replace(made->render(kOrigin, ""), "galileo/" GALILEO_VERSION, "UA"), expected)
        << GetParam().parameters;
}

INSTANTIATE_TEST_SUITE_P(Captured, Rendering, ::testing::ValuesIn(kCaptured));

class Refusal : public ::testing::TestWithParam<RequestCase> {};

// What makes python-requests raise, or would hang; the second column is part of our message.
const std::vector<RequestCase> kRefused{
    {R"([])", "client parameters is [], not an object"},
    {R"({"methods": "get"})", "'methods'"},
    {R"({"method": "get x"})", "method"},
    {R"({"method": ""})", "method"},
    {R"({"method": 5})", "method"},
    {R"({"path": "x"})", "begins with '/'"},
    {R"({"path": 5})", "path"},
    {R"({"kwargs": []})", "kwargs"},
    {R"({"kwargs": {"bogus": 1}})", "unknown key 'bogus'"},
    {R"({"kwargs": {"path": "/"}})", "unknown key 'path'"},
    {R"({"kwargs": {"params": 5}})", "params"},
    {R"({"kwargs": {"params": ["a"]}})", "params"},
    {R"({"kwargs": {"params": {"a": [[[1]]]}}})", "'a'"},
    {R"({"kwargs": {"data": 5}})", "data is 5"},
    {R"({"kwargs": {"data": ["a", "b"]}})", "data"},
    {R"({"kwargs": {"json": {"a": [NaN]}}})", "json"},
    {R"({"kwargs": {"headers": {"X": 5}}})", "header 'X' is 5"},
    {R"({"kwargs": {"headers": {"X": "\u20ac"}}})", "ISO-8859-1"},
    {R"({"kwargs": {"headers": {"X": " lead"}}})", "leading"},
    {R"({"kwargs": {"headers": {"X": "a\r\nb"}}})", "line ends"},
    {R"({"kwargs": {"headers": {"A B": "x"}}})", "A B"},
    {R"({"kwargs": {"headers": {"Transfer-Encoding": "chunked"}}})", "Transfer-Encoding"},
    {R"({"kwargs": {"headers": {"Content-Length": "5"}}})", "Content-Length"},
    {R"({"kwargs": {"headers": "x"}})", "headers"},
    {R"({"kwargs": {"cookies": "str"}})", "cookies"},
    {R"({"kwargs": {"cookies": {"i": 5}}})", "cookie 'i'"},
    {R"({"kwargs": {"timeout": 0}})", "timeout is 0"},
    {R"({"kwargs": {"timeout": -1}})", "timeout"},
    {R"({"kwargs": {"timeout": [1, 2, 3]}})", "timeout"},
    {R"({"kwargs": {"timeout": "5"}})", "timeout"},
    {R"({"kwargs": {"timeout": true}})", "timeout"},
    {R"({"kwargs": {"allow_redirects": "no"}})", "allow_redirects"},
    {R"({"kwargs": {"verify": []}})", "verify"},
    {R"({"kwargs": {"auth": ["u"]}})", "auth is not a list of user name and password"},
    {R"({"kwargs": {"auth": "u"}})", "auth is not a list of user name and password"},
    {R"({"kwargs": {"auth": ["\u65e5", "p"]}})", "ISO-8859-1"},
    {R"({"kwargs": {"files": {"f": ["x"]}}})", "file 'f' is [\"x\"]"},
    {R"({"kwargs": {"files": {"f": "x"}, "data": "text"}})", "data is \"text\""},
    {R"({"kwargs": {"files": "x"}})", "files is \"x\""},
    {R"({"kwargs": {"data": {"__bytes__": "%"}}})", "__bytes__"},
    {R"({"kwargs": {"proxies": {"http": "socks5://x"}}})",
     "proxy for 'http': 'socks5://x' is no proxy"},
    {R"({"kwargs": {"proxies": {"http": "ftp://u:secret@x"}}})", "'ftp://x' is no proxy"},
    {R"({"kwargs": {"cert": 5}})", "cert is 5"},
    {R"({"kwargs": {"hooks": {"response": "f"}}})", "hooks: functions cannot be given"},
};

TEST_P(Refusal, NamesWhatIsWrong) {
    const auto made =
        RequestTemplate::from_parameters(model::parse_json(GetParam().parameters).release_value());
    ASSERT_FALSE(made.ok()) << GetParam().parameters;
    EXPECT_EQ(made.error().code(), ErrorCode::kInvalidInput);
    EXPECT_NE(made.error().message().find(GetParam().bytes), std::string::npos)
        << made.error().message();
}

INSTANTIATE_TEST_SUITE_P(Bad, Refusal, ::testing::ValuesIn(kRefused));

TEST(RequestTemplate, NullMeansAPlainGet) {
    const auto made = RequestTemplate::from_parameters(Json(nullptr)).release_value();
    EXPECT_TRUE(made.render(kOrigin, "").starts_with("GET / HTTP/1.1\r\nHost: h:1\r\n"));
    EXPECT_EQ(made.method(), "GET");
    EXPECT_FALSE(made.timeout().has_value());
    EXPECT_TRUE(made.follows_redirects());
    EXPECT_TRUE(made.verifies_tls());
}

TEST(RequestTemplate, PutsThePrefixBeforeThePath) {
    const auto made =
        RequestTemplate::from_parameters(Json{{"path", "/a b?q"}, {"method", nullptr}})
            .release_value();
    EXPECT_TRUE(made.render(kOrigin, "/my service").starts_with("GET /my%20service/a%20b?q HTTP"));
}

TEST(RequestTemplate, KeepsWhatConcernsTheExchange) {
    const auto made =
        RequestTemplate::from_parameters(
            Json{{"method", "head"},
                 {"kwargs", {{"timeout", 1.5}, {"allow_redirects", false}, {"verify", "/ca.pem"}}}})
            .release_value();
    EXPECT_EQ(made.timeout(), std::chrono::milliseconds(1500));
    const RenderedRequest request = render_request(made, kOrigin, "");
    EXPECT_TRUE(request.is_head);
    EXPECT_FALSE(request.follow_redirects);
    EXPECT_TRUE(request.verify_tls);
    EXPECT_EQ(request.ca_file, "/ca.pem");
    EXPECT_EQ(request.origin, kOrigin);
    EXPECT_EQ(
        RequestTemplate::from_parameters(Json{{"kwargs", {{"timeout", {1, 2.5}}}}})->timeout(),
        std::chrono::milliseconds(3500));
    EXPECT_EQ(
        RequestTemplate::from_parameters(Json{{"kwargs", {{"timeout", {nullptr, 2}}}}})->timeout(),
        std::nullopt);
    const auto unverified =
        RequestTemplate::from_parameters(Json{{"kwargs", {{"verify", false}}}}).release_value();
    EXPECT_FALSE(unverified.verifies_tls());
}

}  // namespace
}  // namespace galileo::http
