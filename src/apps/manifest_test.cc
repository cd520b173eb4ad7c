#include "apps/manifest.h"

#include <gtest/gtest.h>

#include <string>

namespace galileo::apps {
namespace {

std::string as_json(const std::string& yaml) {
    const auto manifest = parse_manifest(yaml);
    return manifest ? model::to_python_json(manifest->content) : manifest.error().message();
}

TEST(ManifestTest, OnlyTheNameIsRequired) {
    const auto manifest = parse_manifest("name: images\n");
    ASSERT_TRUE(manifest.ok());
    EXPECT_EQ(manifest->name, "images");
    EXPECT_EQ(manifest->kind, AppKind::kGenerator);
    EXPECT_EQ(as_json("version: 1\n"), "no `name`");
    EXPECT_EQ(parse_manifest("version: 1\n").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(as_json(""), "not a mapping; it needs at least `name: ...`");
    EXPECT_EQ(as_json("- name"), "not a mapping; it needs at least `name: ...`");
}

TEST(ManifestTest, OtherKeysAreKeptInOrder) {
    EXPECT_EQ(as_json("name: a\nversion: 0.1\nauthors: [x, {y: z}]\n2: two\nempty:\n"),
              R"({"name": "a", "version": 0.1, "authors": ["x", {"y": "z"}], "2": "two", )"
              R"("empty": null})");
}

TEST(ManifestTest, ScalarsAreThoseOfPyYaml) {
    EXPECT_EQ(as_json("name: a\nv: [yes, Off, True, ~, 12, -3, +4, 0x1f, 017, 1_000, 1.5, .5, "
                      "1.0e+3, 1e3, .inf, '12', \"yes\", !!str 7, 2024-01-01, 1.2.3, -, _]\n"),
              R"({"name": "a", "v": [true, false, true, null, 12, -3, 4, 31, 15, 1000, 1.5, 0.5, )"
              R"(1000.0, "1e3", Infinity, "12", "yes", "7", "2024-01-01", "1.2.3", "-", "_"]})");
}

TEST(ManifestTest, AFeedSaysSo) {
    EXPECT_EQ(parse_manifest("name: a\nkind: feed")->kind, AppKind::kFeed);
    EXPECT_EQ(parse_manifest("name: a\nkind: other")->kind, AppKind::kGenerator);
}

TEST(ManifestTest, RefusesWhatIsNoYaml) {
    EXPECT_TRUE(as_json("name: a\nb: [").starts_with("line 2: ")) << as_json("name: a\nb: [");
    EXPECT_EQ(as_json("name: \xff"), "not UTF-8 text");
}

TEST(ManifestTest, AliasesCannotMakeAHugeTree) {
    std::string text = "name: a\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j) {
            text += (j > 0 ? ", *a" : "*a") + std::to_string(i - 1);
        }
        text += "]\n";
    }
    EXPECT_EQ(as_json(text), "more than 10000 values, or more than 100 levels");
    EXPECT_FALSE(parse_manifest("name: a\nb: " + std::string(5000, '[')).ok());
    EXPECT_FALSE(parse_manifest("name: &a [*a]").ok());
}

TEST(ManifestTest, NamesAreFileNames) {
    for (const auto* name : {"a", "image-classification", "A.b_9"}) {
        EXPECT_TRUE(check_app_name(name).ok()) << name;
    }
    for (const std::string& name :
         {std::string(), std::string(".."), std::string(".hidden"), std::string("a/b"),
          std::string("a b"), std::string("ä"), std::string("a\0b", 3), std::string(101, 'a')}) {
        EXPECT_FALSE(check_app_name(name).ok()) << name;
    }
}

}  // namespace
}  // namespace galileo::apps
