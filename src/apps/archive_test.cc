#include "apps/archive.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

#include "apps/library.h"
#include "base/ids.h"

namespace galileo::apps {
namespace {

namespace fs = std::filesystem;

struct Entry {
    std::string name;
    std::string content;
    unsigned type = AE_IFREG;
};

std::string zip_of(const std::vector<Entry>& entries) {
    std::string bytes(1024 * 1024 + 65'536, '\0');
    std::size_t used = 0;
    archive* writer = archive_write_new();
    archive_write_set_format_zip(writer);
    archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
    for (const auto& entry : entries) {
        archive_entry* header = archive_entry_new();
        archive_entry_set_pathname(header, entry.name.c_str());
        archive_entry_set_filetype(header, entry.type);
        archive_entry_set_perm(header, 0777);
        if (entry.type == AE_IFLNK) {
            archive_entry_set_symlink(header, entry.content.c_str());
        } else {
            archive_entry_set_size(header, static_cast<la_int64_t>(entry.content.size()));
        }
        archive_write_header(writer, header);
        if (entry.type == AE_IFREG) {
            archive_write_data(writer, entry.content.data(), entry.content.size());
        }
        archive_entry_free(header);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    bytes.resize(used);
    return bytes;
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class ArchiveTest : public ::testing::Test {
  protected:
    ArchiveTest()
        : root_(fs::path(::testing::TempDir()) / ("galileo-apps-" + base::random_hex(12))),
          inside_(root_ / "inside") {
        fs::create_directories(inside_);
    }
    ~ArchiveTest() override { fs::remove_all(root_); }

    /// Why the archive is not unpacked; checking alone must say the same.
    std::string refusal(const std::vector<Entry>& entries) {
        const std::string bytes = zip_of(entries);
        const auto checked = check_zip(bytes, limits_);
        const auto unpacked = unpack_zip(bytes, inside_, limits_);
        EXPECT_EQ(checked.ok(), unpacked.ok());
        if (!unpacked && !checked) {
            EXPECT_EQ(checked.error().message(), unpacked.error().message());
        }
        return unpacked ? "none" : unpacked.error().message();
    }

    const fs::path root_;
    const fs::path inside_;
    ArchiveLimits limits_;
};

TEST_F(ArchiveTest, UnpacksFilesAndDirectories) {
    EXPECT_EQ(refusal({{"sub/", "", AE_IFDIR},
                       {"manifest.yml", "name: a\n"},
                       {"./sub/data.txt", std::string(200'000, 'x')},
                       {"deep/er/file", ""}}),
              "none");
    EXPECT_EQ(content_of(inside_ / "manifest.yml"), "name: a\n");
    EXPECT_EQ(content_of(inside_ / "sub/data.txt").size(), 200'000U);
    EXPECT_TRUE(fs::exists(inside_ / "deep/er/file"));
    EXPECT_EQ(fs::status(inside_ / "manifest.yml").permissions() & fs::perms::owner_exec,
              fs::perms::none);
}

TEST_F(ArchiveTest, NothingLeavesTheDirectory) {
    EXPECT_EQ(refusal({{"../evil", "x"}}), "zip entry '../evil': leaves the app's directory");
    EXPECT_EQ(refusal({{"a/../../evil", "x"}}),
              "zip entry 'a/../../evil': leaves the app's directory");
    EXPECT_EQ(refusal({{"/evil", "x"}}), "zip entry '/evil': its name must be a relative path");
    EXPECT_NE(refusal({{"..\\evil", "x"}}), "none");  // some write \ for /
    EXPECT_EQ(refusal({{"link", "../..", AE_IFLNK}, {"link/evil", "x"}}),
              "zip entry 'link': is a link");
    EXPECT_FALSE(fs::exists(root_ / "evil"));
    EXPECT_EQ(std::distance(fs::directory_iterator(root_), fs::directory_iterator()), 1);
}

TEST_F(ArchiveTest, TwoEntriesOfOneNameAndAFileForADirectory) {
    EXPECT_EQ(refusal({{"a", "1"}, {"a", "2"}}), "zip entry 'a': is there twice");
    EXPECT_NE(refusal({{"f", "1"}, {"f/g", "2"}}), "none");
}

TEST_F(ArchiveTest, Limits) {
    limits_.entries = 2;
    EXPECT_EQ(refusal({{"a", ""}, {"b", ""}, {"c", ""}}), "the archive has more than 2 entries");
    fs::remove_all(inside_);
    fs::create_directory(inside_);
    limits_.unpacked_bytes = 1000;
    EXPECT_EQ(refusal({{"a", std::string(600, 'x')}, {"b", std::string(600, 'x')}}),
              "zip entry 'b': the archive is larger than allowed when unpacked");
    limits_.unpacked_bytes = 1ULL << 40;
    limits_.growth = 0;
    EXPECT_EQ(refusal({{"bomb", std::string(1024 * 1024 + 1, '\0')}}),
              "zip entry 'bomb': the archive is larger than allowed when unpacked");
    limits_.archive_bytes = 10;
    EXPECT_TRUE(refusal({{"a", ""}}).ends_with("bytes; allowed are up to 10"));
}

TEST_F(ArchiveTest, RefusesWhatIsNoZip) {
    EXPECT_TRUE(unpack_zip("nonsense", inside_, limits_)
                    .error()
                    .message()
                    .starts_with("not a readable zip archive: "));
    EXPECT_FALSE(unpack_zip("", inside_, limits_).ok());
    std::string cut = zip_of({{"a", std::string(5000, 'x')}});
    cut.resize(cut.size() / 2);
    EXPECT_FALSE(unpack_zip(cut, inside_, limits_).ok());
}

TEST_F(ArchiveTest, ReadsOneFile) {
    const std::string bytes = zip_of({{"sub/a", "1"}, {"./a", "two"}, {"../a", "evil"}});
    EXPECT_EQ(read_zip_file(bytes, "a", 3).value(), "two");
    EXPECT_EQ(read_zip_file(bytes, "sub/a", 3).value(), "1");
    EXPECT_EQ(read_zip_file(bytes, "a", 2).error().code(), ErrorCode::kExhausted);
    EXPECT_EQ(read_zip_file(bytes, "b", 2).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(read_zip_file("no zip", "a", 3).error().code(), ErrorCode::kInvalidInput);
    std::ofstream(inside_ / "x.zip", std::ios::binary) << bytes;
    EXPECT_EQ(read_zip_file_on_disk(inside_ / "x.zip", "a", 3).value(), "two");
    EXPECT_FALSE(read_zip_file_on_disk(inside_ / "nosuch.zip", "a", 3).ok());
}

TEST_F(ArchiveTest, PacksWhatItUnpacks) {
    fs::create_directories(inside_ / "sub" / "empty");
    std::ofstream(inside_ / "manifest.yml") << "name: a\n";
    std::ofstream(inside_ / "sub" / "data.txt") << std::string(100'000, 'x');
    fs::create_symlink(root_, inside_ / "up");
    const auto packed = pack_zip(inside_, limits_);
    ASSERT_TRUE(packed.ok()) << packed.error().message();
    EXPECT_LT(packed->size(), 5000U);
    const auto copy = root_ / "copy";
    fs::create_directory(copy);
    ASSERT_TRUE(unpack_zip(*packed, copy, limits_).ok());
    EXPECT_EQ(content_of(copy / "manifest.yml"), "name: a\n");
    EXPECT_EQ(content_of(copy / "sub/data.txt").size(), 100'000U);
    EXPECT_TRUE(fs::is_directory(copy / "sub/empty"));
    EXPECT_FALSE(fs::exists(copy / "up"));
    limits_.unpacked_bytes = 1000;
    EXPECT_EQ(pack_zip(inside_, limits_).error().code(), ErrorCode::kExhausted);
    EXPECT_EQ(pack_zip(root_ / "nosuch", limits_).error().code(), ErrorCode::kNotFound);
}

TEST_F(ArchiveTest, TheLibraryFindsLocalApps) {
    const Library library({root_, "", {}, {}}, base::system_clock());
    EXPECT_EQ(library.find("inside").error().message(), "No app with name inside found");
    EXPECT_EQ(library.find("../inside").error().code(), ErrorCode::kInvalidInput);
    std::ofstream(inside_ / "manifest.yml") << "name: other\nkind: feed\nmode: once\n";
    const auto app = library.find("inside");
    ASSERT_TRUE(app.ok()) << app.error().message();
    EXPECT_EQ(app->name, "inside");
    EXPECT_TRUE(app->path.is_absolute());
    EXPECT_EQ(app->manifest.name, "other");
    std::ofstream(inside_ / "manifest.yml") << "name: [\n";
    EXPECT_EQ(library.find("inside").error().code(), ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace galileo::apps
