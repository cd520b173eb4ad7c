#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

#include "apps/archive.h"
#include "apps/library.h"

namespace galileo::apps {

namespace {

struct FreeWriter {
    void operator()(archive* writer) const noexcept { archive_write_free(writer); }
};
using Writer = std::unique_ptr<archive, FreeWriter>;

struct FreeEntry {
    void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};

la_ssize_t append_bytes(archive* /*writer*/, void* into, const void* bytes, std::size_t count) {
    static_cast<std::string*>(into)->append(static_cast<const char*>(bytes), count);
    return static_cast<la_ssize_t>(count);
}

Error writer_error(archive* writer, const std::string& name) {
    const char* why = archive_error_string(writer);
    return {ErrorCode::kInternal,
            fmt::format("{} cannot be packed: {}", name, why != nullptr ? why : "unknown")};
}

struct Packed {
    std::string name;  ///< in the archive; a folder's ends with `/`
    std::filesystem::path path;
};

/// Everything below a directory, in order of name.
Result<std::vector<Packed>> contents_of(const std::filesystem::path& directory,
                                        const ArchiveLimits& limits) {
    namespace fs = std::filesystem;
    std::vector<Packed> found;
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code ignored;
        const std::string name = at->path().lexically_relative(directory).generic_string();
        if (at->is_directory(ignored) && !at->is_symlink(ignored)) {
            found.push_back({name + "/", at->path()});
        } else if (at->is_regular_file(ignored)) {
            found.push_back({name, at->path()});
        }
        if (found.size() > limits.entries) {
            return Error(ErrorCode::kExhausted, fmt::format("{} has more than {} files and folders",
                                                            directory.string(), limits.entries));
        }
    }
    if (error) {
        return base::errno_error(error.value(), directory.string());
    }
    std::sort(found.begin(), found.end(),
              [](const Packed& left, const Packed& right) { return left.name < right.name; });
    return found;
}

Result<void> write_entry(archive* writer, const Packed& one, const std::string& content) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    if (!entry) {
        return Error(ErrorCode::kExhausted, "out of memory");
    }
    const bool folder = one.name.ends_with('/');
    archive_entry_set_pathname(entry.get(), one.name.c_str());
    archive_entry_set_filetype(entry.get(), folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), folder ? 0755 : 0644);
    if (!folder) {
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    }
    if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) {
        return writer_error(writer, one.name);
    }
    if (!content.empty() && archive_write_data(writer, content.data(), content.size()) !=
                                static_cast<la_ssize_t>(content.size())) {
        return writer_error(writer, one.name);
    }
    return {};
}

}  // namespace

Result<std::string> pack_zip(const std::filesystem::path& directory, const ArchiveLimits& limits) {
    const auto contents = TRY(contents_of(directory, limits));
    std::string bytes;  // outlives the writer, which writes into it when it is freed
    const Writer writer(archive_write_new());
    if (!writer || archive_write_set_format_zip(writer.get()) != ARCHIVE_OK ||
        archive_write_zip_set_compression_deflate(writer.get()) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(writer.get(), 1) != ARCHIVE_OK ||  // no padding
        archive_write_open(writer.get(), &bytes, nullptr, append_bytes, nullptr) != ARCHIVE_OK) {
        return writer_error(writer.get(), directory.string());
    }
    std::uint64_t room = limits.unpacked_bytes;
    for (const auto& one : contents) {
        std::string content;
        if (!one.name.ends_with('/')) {
            content = TRY(read_app_file(one.path, room));
            room -= content.size();
        }
        TRY(write_entry(writer.get(), one, content));
    }
    if (archive_write_close(writer.get()) != ARCHIVE_OK) {
        return writer_error(writer.get(), directory.string());
    }
    TRY(check_zip(bytes, limits));
    return bytes;
}

}  // namespace galileo::apps
