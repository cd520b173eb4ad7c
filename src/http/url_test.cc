#include "http/url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace galileo::http {
namespace {

std::string shown(const Result<Url>& url) {
    if (!url.ok()) {
        return "error";
    }
    const Origin& origin = url->origin;
    return std::string(origin.scheme == Scheme::kHttps ? "https " : "http ") + origin.host + ' ' +
           std::to_string(origin.port) + ' ' + origin.authority + ' ' + url->target;
}

struct Case {
    std::string url;
    std::string shown;
};

class ParseUrl : public ::testing::TestWithParam<Case> {};

TEST_P(ParseUrl, SplitsOrRefuses) {
    EXPECT_EQ(shown(parse_url(GetParam().url)), GetParam().shown) << GetParam().url;
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    ParseUrl,
    ::testing::Values(Case{"http://host", "http host 80 host /"},
                      Case{"host:8080", "http host 8080 host:8080 /"},
                      Case{"host:8080/x?y=z#f", "http host 8080 host:8080 /x?y=z"},
                      Case{"https://Host.Example/", "https host.example 443 Host.Example /"},
                      Case{"HTTPS://h:444?q", "https h 444 h:444 /?q"},
                      Case{"http://127.0.0.1:80/a b", "http 127.0.0.1 80 127.0.0.1:80 /a%20b"},
                      Case{"http://[::1]:8080/", "http ::1 8080 [::1]:8080 /"},
                      Case{"[::1]", "http ::1 80 [::1] /"},
                      Case{"http://h:/x", "http h 80 h /x"},
                      Case{"  http://h/x ", "http h 80 h /x"},
                      Case{"http://h/\xc3\xa4?\xc3\xbc", "http h 80 h /%C3%A4?%C3%BC"},
                      Case{"http://my_service/x", "http my_service 80 my_service /x"},
                      Case{"", "error"},
                      Case{"http://", "error"},
                      Case{"http:///path", "error"},
                      Case{"ftp://h/", "error"},
                      Case{"http://user:secret@h/", "error"},
                      Case{"http://h:0/", "error"},
                      Case{"http://h:65536/", "error"},
                      Case{"http://h:8080foo", "error"},
                      Case{"http://h h/", "error"},
                      Case{"http://[::1/", "error"},
                      Case{"http://[::1]x/", "error"},
                      Case{"http://[host]/", "error"},
                      Case{"http://\xc3\xa4.de/", "error"}));

TEST(ParseUrl, SaysWhatIsWrong) {
    const auto url = parse_url("http://h:8080foo");
    ASSERT_FALSE(url.ok());
    EXPECT_EQ(url.error().code(), ErrorCode::kInvalidInput);
    EXPECT_NE(url.error().message().find("port '8080foo'"), std::string::npos);
}

TEST(Encoding, LeavesNothingThatARequestLineCannotHold) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string target = encode_target(std::string("/a") + static_cast<char>(byte) + "b");
        for (const char c : target) {
            EXPECT_TRUE(c > 0x20 && c < 0x7f) << byte;
        }
    }
}

/// RFC 3986, section 5.4, but for schemes that cannot be followed.
class Reference : public ::testing::TestWithParam<Case> {};

TEST_P(Reference, IsResolvedByTheRfc) {
    const Url base = parse_url("http://a/b/c/d;p?q").release_value();
    const auto url = resolve_reference(base, GetParam().url);
    ASSERT_TRUE(url.ok());
    EXPECT_EQ("http://" + url->origin.authority + url->target, GetParam().shown) << GetParam().url;
}

INSTANTIATE_TEST_SUITE_P(Rfc,
                         Reference,
                         ::testing::Values(Case{"g", "http://a/b/c/g"},
                                           Case{"./g", "http://a/b/c/g"},
                                           Case{"g/", "http://a/b/c/g/"},
                                           Case{"/g", "http://a/g"},
                                           Case{"//g", "http://g/"},
                                           Case{"?y", "http://a/b/c/d;p?y"},
                                           Case{"g?y", "http://a/b/c/g?y"},
                                           Case{"#s", "http://a/b/c/d;p?q"},
                                           Case{"g#s", "http://a/b/c/g"},
                                           Case{";x", "http://a/b/c/;x"},
                                           Case{"", "http://a/b/c/d;p?q"},
                                           Case{".", "http://a/b/c/"},
                                           Case{"..", "http://a/b/"},
                                           Case{"../g", "http://a/b/g"},
                                           Case{"../..", "http://a/"},
                                           Case{"../../../g", "http://a/g"},
                                           Case{"/./g", "http://a/g"},
                                           Case{"/../g", "http://a/g"},
                                           Case{"g.", "http://a/b/c/g."},
                                           Case{"..g", "http://a/b/c/..g"},
                                           Case{"./g/.", "http://a/b/c/g/"},
                                           Case{"g/../h", "http://a/b/c/h"},
                                           Case{"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                           Case{"g?y/../x", "http://a/b/c/g?y/../x"}));

TEST(ResolveReference, RefusesWhatCannotBeFollowed) {
    const Url base = parse_url("http://a/").release_value();
    for (const char* reference : {"mailto:x", "ftp://x/", "javascript:alert(1)", "http:g", "//"}) {
        EXPECT_FALSE(resolve_reference(base, reference).ok()) << reference;
    }
}

}  // namespace
}  // namespace galileo::http
