#include "apps/repository_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "apps/manifest.h"
#include "base/fd.h"
#include "base/ids.h"
#include "base/log.h"

namespace galileo::apps {

namespace {

constexpr std::string_view kManifestFile = "manifest.yml";

Result<RepositoryDirectory::Entry> entry_of(const std::filesystem::path& archive) {
    const std::string text = TRY(read_zip_file_on_disk(archive, kManifestFile, kManifestBytes));
    auto manifest = TRY(parse_manifest(text));
    return RepositoryDirectory::Entry{std::move(manifest.name), std::move(manifest.content),
                                      archive};
}

Error app_not_found(std::string_view name) {
    return {ErrorCode::kNotFound, fmt::format("No app with name {} found", name)};
}

/// Writes a file that appears under its name only when it is whole and on the disk.
Result<void> write_beside(const std::filesystem::path& path, std::string_view bytes) {
    const auto part =
        path.parent_path() / fmt::format(".{}.{}", path.filename().string(), base::random_hex(12));
    base::UniqueFd file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file) {
        return base::errno_error(errno, part.string());
    }
    int number = 0;
    while (!bytes.empty() && number == 0) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            number = errno;
        }
    }
    if (number == 0 && ::fsync(file.get()) != 0) {
        number = errno;
    }
    if (number == 0 && ::rename(part.c_str(), path.c_str()) != 0) {
        number = errno;
    }
    if (number != 0) {
        ::unlink(part.c_str());
        return base::errno_error(number, path.string());
    }
    return {};
}

}  // namespace

Result<std::vector<std::filesystem::path>> RepositoryDirectory::archives() const {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    for (std::filesystem::directory_iterator at(options_.directory, error), end;
         !error && at != end; at.increment(error)) {
        std::error_code ignored;
        const auto& path = at->path();
        if (path.extension() == ".zip" && !path.filename().string().starts_with('.') &&
            at->is_regular_file(ignored)) {
            found.push_back(path);
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return base::errno_error(error.value(), options_.directory.string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<std::vector<RepositoryDirectory::Entry>> RepositoryDirectory::list() const {
    std::map<std::string, Entry> by_name;
    for (const auto& archive : TRY(archives())) {
        auto entry = entry_of(archive);
        if (!entry) {
            base::log_info("{} is left out: {}", archive.string(), entry.error().message());
            continue;
        }
        const std::string name = entry->name;
        const bool own = archive.stem() == name;
        const auto [place, added] = by_name.try_emplace(name, *entry);
        if (!added && own) {
            place->second = *std::move(entry);
        }
    }
    std::vector<Entry> entries;
    entries.reserve(by_name.size());
    for (auto& [name, entry] : by_name) {
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<RepositoryDirectory::Entry> RepositoryDirectory::find(std::string_view name) const {
    if (check_app_name(name)) {
        auto entry = entry_of(options_.directory / fmt::format("{}.zip", name));
        if (entry && entry->name == name) {
            return entry;
        }
    }
    for (auto& entry : TRY(list())) {
        if (entry.name == name) {
            return std::move(entry);
        }
    }
    return app_not_found(name);
}

Result<RepositoryDirectory::Entry> RepositoryDirectory::add(std::string_view bytes) const {
    auto text = read_zip_file(bytes, kManifestFile, kManifestBytes);
    if (!text) {
        return Error(ErrorCode::kInvalidInput, text.error().message());
    }
    auto manifest = parse_manifest(*text);
    if (!manifest) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{}: {}", kManifestFile, manifest.error().message()));
    }
    TRY_WITHIN(kManifestFile, check_app_name(manifest->name));
    TRY(check_zip(bytes, options_.limits));
    std::error_code error;
    std::filesystem::create_directories(options_.directory, error);
    if (error) {
        return base::errno_error(error.value(), options_.directory.string());
    }
    const auto path = options_.directory / (manifest->name + ".zip");
    if (!std::filesystem::exists(path, error) && TRY(archives()).size() >= options_.apps_max) {
        return Error(ErrorCode::kExhausted,
                     fmt::format("the repository holds {} apps; remove some", options_.apps_max));
    }
    TRY(write_beside(path, bytes));
    return Entry{std::move(manifest->name), std::move(manifest->content), path};
}

Result<bool> RepositoryDirectory::remove(std::string_view name) const {
    bool removed = false;
    while (true) {
        const auto entry = find(name);
        if (!entry) {
            return entry.error().code() == ErrorCode::kNotFound ? Result<bool>(removed)
                                                                : Result<bool>(entry.error());
        }
        // Archives of other file names may have the same app: then the next round finds them.
        if (::unlink(entry->archive.c_str()) != 0 && errno != ENOENT) {
            return base::errno_error(errno, entry->archive.string());
        }
        removed = true;
    }
}

}  // namespace galileo::apps
