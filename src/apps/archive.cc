#include "apps/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <system_error>

#include <archive.h>
#include <archive_entry.h>

#include "base/fd.h"

namespace galileo::apps {

namespace {

struct Free {
    void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, Free>;

Error bad_entry(std::string_view name, std::string_view why) {
    return {ErrorCode::kInvalidInput, fmt::format("zip entry '{}': {}", name, why)};
}

Error bad_archive(archive* reader) {
    const char* why = archive_error_string(reader);
    return {ErrorCode::kInvalidInput,
            fmt::format("not a readable zip archive: {}", why != nullptr ? why : "unknown")};
}

/// The parts of the entry's name, joined again; all below the directory that it is unpacked into.
Result<std::filesystem::path> relative_path(std::string_view name) {
    if (name.empty() || name.size() > 1024 || name.starts_with('/')) {
        return bad_entry(name.substr(0, 100), "its name must be a relative path");
    }
    const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '\\';
    });
    if (!clean) {
        return bad_entry("?", "control character or backslash in its name");
    }
    std::filesystem::path path;
    for (const auto& part : std::filesystem::path(name)) {
        if (part == "..") {
            return bad_entry(name, "leaves the app's directory");
        }
        if (!part.empty() && part != ".") {
            path /= part;
        }
    }
    return path;
}

Result<void> make_directories(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
        return base::errno_error(error.value(), path.string());
    }
    return {};
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return base::errno_error(errno, name);
        }
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return {};
}

constexpr std::uint64_t kGrowthFree = 1024 * 1024;

/// What is left of the limits of one archive, and the names that it has used.
struct Budget {
    std::uint64_t room = 0;  ///< bytes
    std::uint64_t entries = 0;
    std::set<std::string> files;
    std::set<std::string> folders;
};

Budget budget_of(const ArchiveLimits& limits, std::size_t archive_bytes) {
    Budget budget;
    budget.room =
        std::min(limits.unpacked_bytes, kGrowthFree + limits.growth * std::uint64_t{archive_bytes});
    budget.entries = limits.entries;
    return budget;
}

/// Notes the folders that lead to an entry. None of them may be a file.
Result<void> enter_folders(const std::filesystem::path& folder,
                           std::string_view name,
                           Budget& budget) {
    for (auto path = folder; !path.empty(); path = path.parent_path()) {
        if (budget.files.contains(path.string())) {
            return bad_entry(name, "is in a folder that is a file");
        }
        budget.folders.insert(path.string());
    }
    return {};
}

/// Reads the current entry piece by piece; `take` gets each.
template <typename Take>
Result<void> read_pieces(archive* reader, std::string_view name, Take take) {
    std::array<char, 65'536> buffer{};
    while (true) {
        const la_ssize_t got = archive_read_data(reader, buffer.data(), buffer.size());
        if (got < 0) {
            return bad_entry(name, archive_error_string(reader) != nullptr
                                       ? archive_error_string(reader)
                                       : "cannot be read");
        }
        if (got == 0) {
            return {};
        }
        TRY(take(std::string_view(buffer.data(), static_cast<std::size_t>(got))));
    }
}

/// Copies the current entry into a new file; -1 for `file`: only reads it.
Result<void> copy_file(archive* reader, int file, std::string_view name, Budget& budget) {
    return read_pieces(reader, name, [&](std::string_view piece) -> Result<void> {
        if (piece.size() > budget.room) {
            return bad_entry(name, "the archive is larger than allowed when unpacked");
        }
        budget.room -= piece.size();
        return file < 0 ? Result<void>() : write_all(file, piece, name);
    });
}

Result<void> unpack_file(archive* reader,
                         const std::filesystem::path& path,
                         std::string_view name,
                         Budget& budget) {
    TRY(make_directories(path.parent_path()));
    const base::UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file) {
        return errno == EEXIST ? bad_entry(name, "is there twice")
                               : base::errno_error(errno, path.string());
    }
    return copy_file(reader, file.get(), name, budget);
}

/// `directory` null: checks only.
Result<void> take_entry(archive* reader,
                        archive_entry* entry,
                        const std::filesystem::path* directory,
                        Budget& budget) {
    const char* const pathname = archive_entry_pathname(entry);
    const std::string name = pathname != nullptr ? pathname : "";
    const auto relative = TRY(relative_path(name));
    if (archive_entry_is_encrypted(entry) != 0) {
        return bad_entry(name, "is encrypted");
    }
    if (archive_entry_hardlink(entry) != nullptr || archive_entry_filetype(entry) == AE_IFLNK) {
        return bad_entry(name, "is a link");
    }
    if (archive_entry_filetype(entry) == AE_IFDIR || relative.empty()) {
        TRY(enter_folders(relative, name, budget));
        return directory == nullptr ? Result<void>() : make_directories(*directory / relative);
    }
    if (archive_entry_filetype(entry) != AE_IFREG) {
        return bad_entry(name, "is neither a file nor a directory");
    }
    TRY(enter_folders(relative.parent_path(), name, budget));
    if (budget.folders.contains(relative.string()) ||
        !budget.files.insert(relative.string()).second) {
        return bad_entry(name, "is there twice");
    }
    return directory == nullptr ? copy_file(reader, -1, name, budget)
                                : unpack_file(reader, *directory / relative, name, budget);
}

Result<Reader> open_reader(std::string_view bytes) {
    Reader reader(archive_read_new());
    if (!reader || archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
        archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
        return bad_archive(reader.get());
    }
    return reader;
}

/// The next entry; null at the end.
Result<archive_entry*> next_entry(archive* reader) {
    archive_entry* entry = nullptr;
    const int next = archive_read_next_header(reader, &entry);
    if (next == ARCHIVE_EOF) {
        return nullptr;
    }
    if (next != ARCHIVE_OK && next != ARCHIVE_WARN) {
        return bad_archive(reader);
    }
    return entry;
}

Result<void> take_all(std::string_view bytes,
                      const std::filesystem::path* directory,
                      const ArchiveLimits& limits) {
    if (bytes.size() > limits.archive_bytes) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("the archive has {} bytes; allowed are up to {}", bytes.size(),
                                 limits.archive_bytes));
    }
    const auto reader = TRY(open_reader(bytes));
    Budget budget = budget_of(limits, bytes.size());
    while (archive_entry* const entry = TRY(next_entry(reader.get()))) {
        if (budget.entries-- == 0) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("the archive has more than {} entries", limits.entries));
        }
        TRY(take_entry(reader.get(), entry, directory, budget));
    }
    return {};
}

Result<std::string> find_file(archive* reader, std::string_view wanted, std::size_t most) {
    while (archive_entry* const entry = TRY(next_entry(reader))) {
        const char* const pathname = archive_entry_pathname(entry);
        const std::string name = pathname != nullptr ? pathname : "";
        const auto relative = relative_path(name);
        if (!relative || relative->string() != wanted ||
            archive_entry_filetype(entry) != AE_IFREG) {
            continue;
        }
        std::string text;
        TRY(read_pieces(reader, name, [&](std::string_view piece) -> Result<void> {
            if (piece.size() > most - text.size()) {
                return Error(ErrorCode::kExhausted,
                             fmt::format("{} is larger than {} bytes", wanted, most));
            }
            text += piece;
            return {};
        }));
        return text;
    }
    return Error(ErrorCode::kNotFound, fmt::format("the archive has no {}", wanted));
}

}  // namespace

Result<void> unpack_zip(std::string_view bytes,
                        const std::filesystem::path& directory,
                        const ArchiveLimits& limits) {
    return take_all(bytes, &directory, limits);
}

Result<void> check_zip(std::string_view bytes, const ArchiveLimits& limits) {
    return take_all(bytes, nullptr, limits);
}

Result<std::string> read_zip_file_on_disk(const std::filesystem::path& archive,
                                          std::string_view name,
                                          std::size_t most) {
    const Reader reader(archive_read_new());
    if (!reader || archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
        archive_read_open_filename(reader.get(), archive.c_str(), 65'536) != ARCHIVE_OK) {
        return bad_archive(reader.get());
    }
    return find_file(reader.get(), name, most);
}

Result<std::string> read_zip_file(std::string_view bytes, std::string_view name, std::size_t most) {
    const auto reader = TRY(open_reader(bytes));
    return find_file(reader.get(), name, most);
}

}  // namespace galileo::apps
