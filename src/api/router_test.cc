#include "api/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace galileo::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Endpoint named_endpoint(const std::string& name) {
    return {Role::kViewer, 0, [name](const Call&) {
                Response response;
                response.body = name;
                return response;
            }};
}

class RouterTest : public ::testing::Test {
  protected:
    RouterTest() {
        router_.add("/api", {{"GET", named_endpoint("root")}});
        router_.add("/api/apps",
                    {{"GET", named_endpoint("list")}, {"POST", named_endpoint("add")}});
        router_.add("/api/apps/{name}", {{"GET", named_endpoint("one")}});
        router_.add("/api/apps/{name}/download", {{"GET", named_endpoint("download")}});
        router_.add("/api/apps/special", {{"GET", named_endpoint("special")}});
    }
    std::string found(std::string_view path) {
        const auto match = router_.find(path);
        if (!match) {
            return "none";
        }
        const Request request;
        return match->endpoints->at("GET").answer({request, match->parameters}).body;
    }
    Router router_;
};

TEST_F(RouterTest, FindsPatternsAndTheirParameters) {
    EXPECT_EQ(found("/api"), "root");
    EXPECT_EQ(found("/api/apps"), "list");
    EXPECT_EQ(found("/api/apps/x"), "one");
    EXPECT_EQ(found("/api/apps/special"), "special");
    EXPECT_EQ(found("/api/apps/x/download"), "download");
    EXPECT_THAT(router_.find("/api/apps/x/download")->parameters, ElementsAre("x"));
    EXPECT_THAT(router_.find("/api/apps/a%20b%2Fc")->parameters, ElementsAre("a b/c"));
    EXPECT_THAT(router_.find("/api")->parameters, IsEmpty());
}

TEST_F(RouterTest, FindsNothingElse) {
    for (const auto* path :
         {"", "/", "//", "*", "api", "/api/", "/api/apps/", "/api//apps", "/API",
          "/api/apps//download", "/api/apps/x/", "/api/apps/x/download/y", "/api/apps/%",
          "/api/apps/%2", "/api/apps/%zz", "http://host/api", "/x/../api"}) {
        EXPECT_EQ(found(path), "none") << path;
    }
}

TEST_F(RouterTest, NamesMethods) {
    const auto match = router_.find("/api/apps");
    EXPECT_EQ(methods_of(*match->endpoints, WithOptions::kNo), "GET, POST");
    EXPECT_EQ(methods_of(*match->endpoints, WithOptions::kYes), "GET, POST, OPTIONS");
}

}  // namespace
}  // namespace galileo::api
