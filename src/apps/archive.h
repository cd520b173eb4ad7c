#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace galileo::apps {

/// What an archive may hold at most.
struct ArchiveLimits {
    std::uint64_t archive_bytes = 64ULL * 1024 * 1024;
    std::uint64_t unpacked_bytes = 256ULL * 1024 * 1024;  ///< of all files together
    std::uint64_t entries = 10'000;
};

/// Unpacks the zip archive `bytes` into `directory`, which must exist and be empty, and to nowhere
/// else: an entry with an absolute path, a `..`, a backslash or a control character in its name, a
/// link, a device, an encrypted entry, two entries of one name and whatever is beyond the limits
/// refuse the whole archive. kInvalidInput names the entry; others: the disk. What was unpacked
/// before an error stays. Files get mode 0644, directories 0755.
Result<void> unpack_zip(std::string_view bytes,
                        const std::filesystem::path& directory,
                        const ArchiveLimits& limits);

}  // namespace galileo::apps
