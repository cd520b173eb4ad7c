#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/archive.h"
#include "base/result.h"
#include "model/json.h"

namespace galileo::apps {

/// The apps that a repository offers: a directory of zip archives, each with a `manifest.yml` at
/// its root, named after the app (contract 3). Files put there by hand, under whatever name, count
/// as well. Thread-safe, also against other processes with the same directory: an archive is
/// written beside and renamed. Blocks on the disk.
class RepositoryDirectory {
  public:
    struct Options {
        std::filesystem::path directory = "apps-repo";  ///< made with the first app
        ArchiveLimits limits{};
        std::size_t apps_max = 1'000;
    };

    struct Entry {
        std::string name;      ///< as the manifest says
        model::Json manifest;  ///< all of it, an object
        std::filesystem::path archive;
    };

    explicit RepositoryDirectory(Options options) : options_(std::move(options)) {}

    /// All apps in order of name; archives that cannot be read are left out. Of several archives
    /// with one name, that with the app's file name, else the first.
    [[nodiscard]] Result<std::vector<Entry>> list() const;

    /// kNotFound: `No app with name X found`.
    [[nodiscard]] Result<Entry> find(std::string_view name) const;

    /// Checks the archive as a whole and stores it; one that is there with its name is replaced.
    /// kInvalidInput says what is wrong with it; kExhausted: there are too many apps.
    [[nodiscard]] Result<Entry> add(std::string_view bytes) const;

    /// False: there is no such app.
    [[nodiscard]] Result<bool> remove(std::string_view name) const;

    [[nodiscard]] const ArchiveLimits& limits() const noexcept { return options_.limits; }

  private:
    [[nodiscard]] Result<std::vector<std::filesystem::path>> archives() const;

    const Options options_;
};

}  // namespace galileo::apps
