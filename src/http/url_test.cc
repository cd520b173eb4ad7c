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

struct UrlCase {
    std::string url;
    std::string shown;
};

class ParseUrl : public ::testing::TestWithParam<UrlCase> {};

TEST_P(ParseUrl, SplitsOrRefuses) {
    EXPECT_EQ(shown(parse_url(GetParam().url)), GetParam().shown) << GetParam().url;
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    ParseUrl,
    ::testing::Values(UrlCase{"http://host", "http host 80 host /"},
                      UrlCase{"host:8080", "http host 8080 host:8080 /"},
                      UrlCase{"host:8080/x?y=z#f", "http host 8080 host:8080 /x?y=z"},
                      UrlCase{"https://Host.Example/", "https host.example 443 Host.Example /"},
                      UrlCase{"HTTPS://h:444?q", "https h 444 h:444 /?q"},
                      UrlCase{"http://127.0.0.1:80/a b", "http 127.0.0.1 80 127.0.0.1:80 /a%20b"},
                      UrlCase{"http://[::1]:8080/", "http ::1 8080 [::1]:8080 /"},
                      UrlCase{"[::1]", "http ::1 80 [::1] /"},
                      UrlCase{"http://h:/x", "http h 80 h /x"},
                      UrlCase{"  http://h/x ", "http h 80 h /x"},
                      UrlCase{"http://h/\xc3\xa4?\xc3\xbc", "http h 80 h /%C3%A4?%C3%BC"},
                      UrlCase{"http://my_service/x", "http my_service 80 my_service /x"},
                      UrlCase{"", "error"},
                      UrlCase{"http://", "error"},
                      UrlCase{"http:///path", "error"},
                      UrlCase{"ftp://h/", "error"},
                      UrlCase{"http://user:secret@h/", "error"},
                      UrlCase{"http://h:0/", "error"},
                      UrlCase{"http://h:65536/", "error"},
                      UrlCase{"http://h:8080foo", "error"},
                      UrlCase{"http://h h/", "error"},
                      UrlCase{"http://[::1/", "error"},
                      UrlCase{"http://[::1]x/", "error"},
                      UrlCase{"http://[host]/", "error"},
                      UrlCase{"http://\xc3\xa4.de/", "error"}));

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
class Reference : public ::testing::TestWithParam<UrlCase> {};

TEST_P(Reference, IsResolvedByTheRfc) {
    const Url base = parse_url("http://a/b/c/d;p?q").release_value();
    const auto url = resolve_reference(base, GetParam().url);
    ASSERT_TRUE(url.ok());
    EXPECT_EQ("http://" + url->origin.authority + url->target, GetParam().shown) << GetParam().url;
}

INSTANTIATE_TEST_SUITE_P(Rfc,
                         Reference,
                         ::testing::Values(UrlCase{"g", "http://a/b/c/g"},
                                           UrlCase{"./g", "http://a/b/c/g"},
                                           UrlCase{"g/", "http://a/b/c/g/"},
                                           UrlCase{"/g", "http://a/g"},
                                           UrlCase{"//g", "http://g/"},
                                           UrlCase{"?y", "http://a/b/c/d;p?y"},
                                           UrlCase{"g?y", "http://a/b/c/g?y"},
                                           UrlCase{"#s", "http://a/b/c/d;p?q"},
                                           UrlCase{"g#s", "http://a/b/c/g"},
                                           UrlCase{";x", "http://a/b/c/;x"},
                                           UrlCase{"", "http://a/b/c/d;p?q"},
                                           UrlCase{".", "http://a/b/c/"},
                                           UrlCase{"..", "http://a/b/"},
                                           UrlCase{"../g", "http://a/b/g"},
                                           UrlCase{"../..", "http://a/"},
                                           UrlCase{"../../../g", "http://a/g"},
                                           UrlCase{"/./g", "http://a/g"},
                                           UrlCase{"/../g", "http://a/g"},
                                           UrlCase{"g.", "http://a/b/c/g."},
                                           UrlCase{"..g", "http://a/b/c/..g"},
                                           UrlCase{"./g/.", "http://a/b/c/g/"},
                                           UrlCase{"g/../h", "http://a/b/c/h"},
                                           UrlCase{"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                           UrlCase{"g?y/../x", "http://a/b/c/g?y/../x"}));

TEST(ResolveReference, RefusesWhatCannotBeFollowed) {
    const Url base = parse_url("http://a/").release_value();
    for (const char* reference : {"mailto:x", "ftp://x/", "javascript:alert(1)", "http:g", "//"}) {
        EXPECT_FALSE(resolve_reference(base, reference).ok()) << reference;
    }
}

}  // namespace
}  // namespace galileo::http
