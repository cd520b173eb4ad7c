#include "apps/library.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/fd.h"
#include "base/ids.h"
#include "base/log.h"

namespace galileo::apps {

namespace fs = std::filesystem;

namespace {

/// A directory of ours beside the apps; gone with this object unless it has been renamed.
class Scratch {
  public:
    static Result<Scratch> create(const fs::path& apps, const std::string& name) {
        std::error_code error;
        fs::create_directories(apps, error);
        fs::path path = apps / fmt::format(".{}.{}", name, base::random_hex(12));
        if (!error) {
            fs::create_directory(path, error);
        }
        if (error) {
            return base::errno_error(error.value(), path.string());
        }
        return Scratch(std::move(path));
    }
    Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Scratch& operator=(Scratch&&) = delete;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        if (!path_.empty()) {
            fs::remove_all(path_, ignored);
        }
    }

    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

  private:
    explicit Scratch(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

std::string api_of(std::string_view repository) {
    while (repository.ends_with('/')) {
        repository.remove_suffix(1);
    }
    return fmt::format("{}/api", repository);
}

Result<Manifest> manifest_in(const fs::path& directory) {
    const fs::path path = directory / "manifest.yml";
    const std::string text = TRY(read_app_file(path, kManifestBytes));
    return parse_manifest(text).within(path.string());
}

}  // namespace

Result<std::string> read_app_file(const fs::path& path, std::size_t most) {
    const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat about{};
    if (!file || ::fstat(file.get(), &about) != 0) {
        return base::errno_error(errno, path.string());
    }
    if (!S_ISREG(about.st_mode)) {
        return Error(ErrorCode::kInvalidInput, path.string() + " is not a regular file");
    }
    std::string text;
    std::string piece(std::size_t{64} * 1024, '\0');
    while (true) {
        const ssize_t got = ::read(file.get(), piece.data(), piece.size());
        if (got < 0) {
            return base::errno_error(errno, path.string());
        }
        if (got == 0) {
            return text;
        }
        text.append(piece, 0, static_cast<std::size_t>(got));
        if (text.size() > most) {
            return Error(ErrorCode::kExhausted,
                         fmt::format("{} is larger than {} bytes", path.string(), most));
        }
    }
}

Library::Library(Options options, base::Clock& clock)
    : options_(std::move(options)),
      repository_(api_of(options_.repository), options_.token, clock) {}

Result<App> Library::find(const std::string& name) const {
    TRY(check_app_name(name));
    auto found = local(name);
    if (found) {
        return found;
    }
    // A manifest that cannot be read is the author's to mend, not a reason to look further.
    if (found.error().code() != ErrorCode::kNotFound) {
        return found;
    }
    auto fetched = fetch(name);
    if (!fetched && fetched.error().code() == ErrorCode::kUnavailable) {
        return std::move(fetched).within(
            fmt::format("app {} is not in {}", name, options_.directory.string()));
    }
    return fetched;
}

Result<App> Library::local(const std::string& name) const {
    std::error_code error;
    const fs::path path = fs::absolute(options_.directory, error) / name;
    if (error) {
        return base::errno_error(error.value(), options_.directory.string());
    }
    // Not in the braces below: what they have made by then would not be destroyed when TRY returns.
    auto manifest = TRY(manifest_in(path));
    return App{name, path.lexically_normal(), std::move(manifest)};
}

Result<App> Library::fetch(const std::string& name) const {
    if (options_.repository.empty()) {
        return Error(ErrorCode::kNotFound, fmt::format("No app with name {} found", name));
    }
    TRY(repository_.info(name));
    const std::string archive = TRY(repository_.download(name, options_.limits.archive_bytes));
    {
        const auto scratch = TRY(Scratch::create(options_.directory, name));
        const std::string context = fmt::format("app {} from {}", name, options_.repository);
        TRY_WITHIN(context, unpack_zip(archive, scratch.path(), options_.limits));
        TRY_WITHIN(context, manifest_in(scratch.path()));
        TRY(install(scratch.path(), name));
    }
    base::log_info("app {} is downloaded from {}", name, options_.repository);
    return local(name);
}

/// Others may do the same at the same time: the first one's stays.
Result<void> Library::install(const fs::path& unpacked, const std::string& name) const {
    const fs::path target = options_.directory / name;
    if (::rename(unpacked.c_str(), target.c_str()) == 0) {
        return {};
    }
    const int number = errno;
    if ((number == ENOTEMPTY || number == EEXIST || number == ENOTDIR) && !local(name)) {
        return Error(ErrorCode::kConflict,
                     fmt::format("{} is there but is no app (no manifest.yml with a `name`); "
                                 "remove it to have {} downloaded",
                                 target.string(), name));
    }
    if (local(name)) {
        return {};
    }
    return base::errno_error(number, target.string());
}

}  // namespace galileo::apps
