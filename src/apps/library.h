#pragma once

#include <filesystem>
#include <string>

#include "apps/archive.h"
#include "apps/manifest.h"
#include "apps/repository.h"
#include "base/clock.h"
#include "base/result.h"

namespace galileo::apps {

/// An app on this machine. A value.
struct App {
    std::string name;            ///< of its directory, which is what clients ask for
    std::filesystem::path path;  ///< absolute, of its directory
    Manifest manifest;
};

/// The apps that clients of this machine can use: those in a local directory, and those that a
/// repository has, which are downloaded into that directory at first use and then stay as they are.
/// Thread-safe, also against other processes with the same directory. Blocks on disk and network.
class Library {
  public:
    struct Options {
        std::filesystem::path directory = "apps";
        std::string repository = "http://localhost:5001";  ///< without `/api`; empty: none
        std::string token{};                               ///< for the repository; empty: none
        ArchiveLimits limits;
    };

    /// `clock` must outlive it.
    Library(Options options, base::Clock& clock);

    /// kInvalidInput: no usable name, or what is there or was downloaded is no app; kNotFound: `No
    /// app with name X found`; kUnavailable, kProtocol: the repository; kConflict: the directory
    /// holds something else under this name.
    [[nodiscard]] Result<App> find(const std::string& name) const;

  private:
    [[nodiscard]] Result<App> local(const std::string& name) const;
    [[nodiscard]] Result<App> fetch(const std::string& name) const;
    [[nodiscard]] Result<void> install(const std::filesystem::path& unpacked,
                                       const std::string& name) const;

    const Options options_;
    const Repository repository_;
};

/// Reads a file of at most `most` bytes. kNotFound, kDenied, kExhausted (too large).
Result<std::string> read_app_file(const std::filesystem::path& path, std::size_t most);

}  // namespace galileo::apps
