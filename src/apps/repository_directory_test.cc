#include "apps/repository_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "apps/manifest.h"
#include "base/ids.h"

namespace galileo::apps {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RepositoryDirectoryTest : public ::testing::Test {
  protected:
    RepositoryDirectoryTest()
        : root_(fs::path(::testing::TempDir()) / ("galileo-repository-" + base::random_hex(12))),
          directory_({root_ / "apps-repo", {}, 3}) {
        fs::create_directories(root_);
    }
    ~RepositoryDirectoryTest() override { fs::remove_all(root_); }

    std::string archive(const std::string& manifest) {
        const auto app = root_ / ("app-" + base::random_hex(8));
        fs::create_directory(app);
        std::ofstream(app / "generator.py") << "def next_request(): pass\n";
        std::ofstream(app / "manifest.yml") << manifest;
        return pack_zip(app, {}).value();
    }
    void put(const std::string& file, const std::string& bytes) {
        fs::create_directories(root_ / "apps-repo");
        std::ofstream(root_ / "apps-repo" / file, std::ios::binary) << bytes;
    }
    std::vector<std::string> names() {
        std::vector<std::string> names;
        const auto entries = directory_.list().value();
        for (const auto& entry : entries) {
            names.push_back(entry.name);
        }
        return names;
    }

    const fs::path root_;
    const RepositoryDirectory directory_;
};

using Names = std::vector<std::string>;

TEST_F(RepositoryDirectoryTest, KeepsWhatIsAdded) {
    EXPECT_EQ(names(), Names{});
    const auto added = directory_.add(archive("name: b\nversion: 1\n"));
    ASSERT_TRUE(added.ok()) << added.error().message();
    EXPECT_EQ(added->manifest, model::Json({{"name", "b"}, {"version", 1}}));
    ASSERT_TRUE(directory_.add(archive("name: a\n")).ok());
    ASSERT_TRUE(directory_.add(archive("name: b\nversion: 2\n")).ok());
    EXPECT_EQ(names(), (Names{"a", "b"}));
    EXPECT_EQ(directory_.find("b")->manifest["version"], 2);
    EXPECT_EQ(directory_.find("c").error().message(), "No app with name c found");
    EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "apps-repo"), fs::directory_iterator()),
              2);
    EXPECT_TRUE(directory_.remove("b").value());
    EXPECT_FALSE(directory_.remove("b").value());
    EXPECT_EQ(names(), Names{"a"});
}

TEST_F(RepositoryDirectoryTest, RefusesWhatIsNoApp) {
    const auto why = [&](std::string_view bytes) {
        const auto added = directory_.add(bytes);
        EXPECT_FALSE(added.ok());
        EXPECT_EQ(added.error().code(), ErrorCode::kInvalidInput);
        return added.error().message();
    };
    EXPECT_THAT(why("not a zip"), HasSubstr("not a readable zip archive"));
    EXPECT_THAT(why(archive("version: 1\n")), HasSubstr("no `name`"));
    EXPECT_THAT(why(archive("name: ../evil\n")), HasSubstr("allowed are"));
    EXPECT_THAT(why(archive("name: .hidden\n")), HasSubstr("allowed are"));
    EXPECT_THAT(why(archive("name: [\n")), HasSubstr("manifest.yml: line"));
    EXPECT_FALSE(fs::exists(root_ / "apps-repo"));
}

TEST_F(RepositoryDirectoryTest, TakesWhatIsThereByHand) {
    put("other.zip", archive("name: a\nfrom: hand\n"));
    put("broken.zip", "not a zip");
    put(".part.zip", archive("name: hidden\n"));
    put("read.txt", archive("name: text\n"));
    EXPECT_EQ(names(), Names{"a"});
    EXPECT_EQ(directory_.find("a")->manifest["from"], "hand");
    EXPECT_EQ(directory_.find("broken").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(directory_.find("../apps-repo/other").error().code(), ErrorCode::kNotFound);
    ASSERT_TRUE(directory_.add(archive("name: a\nfrom: upload\n")).ok());
    EXPECT_EQ(names(), Names{"a"});
    EXPECT_EQ(directory_.find("a")->manifest["from"], "upload");
    EXPECT_TRUE(directory_.remove("a").value());
    EXPECT_EQ(names(), Names{}) << "a removed app does not come back";
}

TEST_F(RepositoryDirectoryTest, HoldsSoManyApps) {
    for (const auto* name : {"a", "b", "c"}) {
        ASSERT_TRUE(directory_.add(archive(std::string("name: ") + name + "\n")).ok());
    }
    EXPECT_EQ(directory_.add(archive("name: d\n")).error().code(), ErrorCode::kExhausted);
    EXPECT_TRUE(directory_.add(archive("name: a\nversion: 2\n")).ok());
}

}  // namespace
}  // namespace galileo::apps
