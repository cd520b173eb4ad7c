// The documentation and the examples against the code.
#include "experiment/spec_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/process.h"
#include "experiment/spec.h"
#include "pacing/distribution.h"

namespace galileo::experiment {
namespace {

/// The root of the source tree that this program was built in: above its own path.
std::filesystem::path repository() {
    std::filesystem::path folder(base::own_program_path());
    while (folder.has_relative_path()) {
        folder = folder.parent_path();
        if (std::filesystem::exists(folder / "docs" / "spec-file.md")) {
            return folder;
        }
    }
    ADD_FAILURE() << "no docs/spec-file.md above " << base::own_program_path();
    return {};
}

std::string content(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

TEST(SpecKeys, DocumentHoldsTheTablesOfTheCode) {
    const std::string document = content(repository() / "docs" / "spec-file.md");
    for (const auto& section : spec_sections()) {
        const std::string table = spec_section_table(section);
        EXPECT_NE(document.find(table), std::string::npos)
            << "docs/spec-file.md should have under '" << section.title << "':\n"
            << table;
    }
    EXPECT_NE(document.find(distribution_table()), std::string::npos)
        << "docs/spec-file.md should have:\n"
        << distribution_table();
}

TEST(SpecKeys, DistributionsAreThoseOfPacing) {
    std::vector<std::string_view> names;
    for (const auto& distribution : distribution_keys()) {
        names.push_back(distribution.name);
    }
    EXPECT_THAT(names, testing::UnorderedElementsAreArray(pacing::Distribution::names()));
}

TEST(SpecKeys, YamlSamplesOfTheDocumentsAreCorrect) {
    for (const char* const name : {"spec-file.md", "run.md"}) {
        const std::string document = content(repository() / "docs" / name);
        std::size_t samples = 0;
        for (std::size_t at = document.find("```yaml\n"); at != std::string::npos;
             at = document.find("```yaml\n", at + 1)) {
            const std::size_t begin = at + 8;
            const auto text = document.substr(begin, document.find("```", begin) - begin);
            const auto spec = parse_spec(text, name);
            EXPECT_TRUE(spec.ok()) << spec.error().message() << "\nin\n" << text;
            ++samples;
        }
        EXPECT_GT(samples, 0U) << name;
    }
}

TEST(SpecKeys, ExamplesAreCorrect) {
    std::size_t examples = 0;
    for (const auto& entry : std::filesystem::directory_iterator(repository() / "examples")) {
        if (entry.path().extension() == ".yml") {
            const auto spec = load_spec(entry.path());
            EXPECT_TRUE(spec.ok()) << spec.error().message();
            ++examples;
        }
    }
    EXPECT_GE(examples, 4U);
}

TEST(SpecKeys, QuickstartIsTheDemo) {
    const auto spec = load_spec(repository() / "examples" / "quickstart.yml");
    ASSERT_TRUE(spec.ok()) << spec.error().message();
    EXPECT_EQ(spec->duration, std::chrono::seconds(20));
    ASSERT_EQ(spec->workers.size(), 2U);
    EXPECT_EQ(spec->workers[0].labels.at("galileo_zone"), "A");
    EXPECT_EQ(spec->workers[1].labels.at("galileo_zone"), "B");
    ASSERT_EQ(spec->services.size(), 1U);
    ASSERT_EQ(spec->services[0].routes.size(), 2U);
    EXPECT_EQ(spec->services[0].routes[0].weight, 1);
    EXPECT_EQ(spec->services[0].routes[1].weight, 2);
    const auto profile = rate_profile(*spec, spec->workloads.at(0));
    ASSERT_TRUE(profile.has_value());
    EXPECT_EQ(profile->rate_at(std::chrono::seconds(19)), 2000);
}

TEST(SpecKeys, NearestWordForgivesSmallMistakes) {
    const std::vector<std::string_view> known = {"rate", "ticks", "stages"};
    EXPECT_EQ(nearest_word("rates", known), "rate");
    EXPECT_EQ(nearest_word("tikcs", known), "ticks");
    EXPECT_EQ(nearest_word("stage", known), "stages");
    EXPECT_EQ(nearest_word("colour", known), std::nullopt);
    EXPECT_EQ(nearest_word("", known), std::nullopt);
    EXPECT_EQ(nearest_word(std::string(1000, 'x'), known), std::nullopt);
}

}  // namespace
}  // namespace galileo::experiment
