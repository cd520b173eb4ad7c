#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/json.h"

namespace galileo::apps {

/// How an app makes its requests.
enum class AppKind {
    kGenerator,  ///< `generator.py`, run by a Python process
    kFeed,       ///< a file of requests
};

/// What `manifest.yml` says (contract 3). Only `name` is required; every other key is the app's own
/// affair and is handed to it. A value.
struct Manifest {
    std::string name;
    AppKind kind = AppKind::kGenerator;  ///< `kind: feed`; anything else, or none: a generator
    model::Json content;                 ///< all of it, an object
};

/// Reads the text of a manifest. Plain scalars become what PyYAML makes of them (`yes` is true,
/// `1.5` a number, `1e3` text), except dates, which stay text. kNotFound: no `name`; kInvalidInput
/// says the line; limits: kManifestBytes, 10000 values, 100 levels.
Result<Manifest> parse_manifest(std::string_view text);

inline constexpr std::size_t kManifestBytes = 1024 * 1024;

/// An app's name is a file name and part of a URL: 1 to 100 of `A-Z a-z 0-9 . _ -`, not beginning
/// with a dot. kInvalidInput otherwise.
Result<void> check_app_name(std::string_view name);

}  // namespace galileo::apps
