#include "apps/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
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

/// Copies the current entry into a new file; `room` is what is left of the limit.
Result<void> unpack_file(archive* reader,
                         const std::filesystem::path& path,
                         std::string_view name,
                         std::uint64_t& room) {
    TRY(make_directories(path.parent_path()));
    const base::UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file) {
        return errno == EEXIST ? bad_entry(name, "is there twice")
                               : base::errno_error(errno, path.string());
    }
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
        const auto count = static_cast<std::size_t>(got);
        if (count > room) {
            return bad_entry(name, "the archive is larger than allowed when unpacked");
        }
        room -= count;
        TRY(write_all(file.get(), {buffer.data(), count}, path.string()));
    }
}

Result<void> unpack_entry(archive* reader,
                          archive_entry* entry,
                          const std::filesystem::path& directory,
                          std::uint64_t& room) {
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
        return make_directories(directory / relative);
    }
    if (archive_entry_filetype(entry) != AE_IFREG) {
        return bad_entry(name, "is neither a file nor a directory");
    }
    return unpack_file(reader, directory / relative, name, room);
}

}  // namespace

Result<void> unpack_zip(std::string_view bytes,
                        const std::filesystem::path& directory,
                        const ArchiveLimits& limits) {
    if (bytes.size() > limits.archive_bytes) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("the archive has {} bytes; allowed are up to {}", bytes.size(),
                                 limits.archive_bytes));
    }
    const Reader reader(archive_read_new());
    if (!reader || archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
        archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
        return bad_archive(reader.get());
    }
    std::uint64_t room = limits.unpacked_bytes;
    std::uint64_t entries = 0;
    while (true) {
        archive_entry* entry = nullptr;
        const int next = archive_read_next_header(reader.get(), &entry);
        if (next == ARCHIVE_EOF) {
            return {};
        }
        if (next != ARCHIVE_OK && next != ARCHIVE_WARN) {
            return bad_archive(reader.get());
        }
        if (++entries > limits.entries) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("the archive has more than {} entries", limits.entries));
        }
        TRY(unpack_entry(reader.get(), entry, directory, room));
    }
}

}  // namespace galileo::apps
