#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::apps {

/// What an archive may hold at most.
struct ArchiveLimits {
    std::uint64_t archive_bytes = 64ULL * 1024 * 1024;
    std::uint64_t unpacked_bytes = 256ULL * 1024 * 1024;  ///< of all files together
    std::uint64_t entries = 10'000;
    /// A bomb is small and grows: beyond a mebibyte, all files together may have so many bytes for
    /// each byte of the archive.
    std::uint64_t growth = 100;
};

/// Unpacks the zip archive `bytes` into `directory`, which must exist and be empty, and to nowhere
/// else: an entry with an absolute path, a `..`, a backslash or a control character in its name, a
/// link, a device, an encrypted entry, two entries of one name and whatever is beyond the limits
/// refuse the whole archive. kInvalidInput names the entry; others: the disk. What was unpacked
/// before an error stays. Files get mode 0644, directories 0755.
Result<void> unpack_zip(std::string_view bytes,
                        const std::filesystem::path& directory,
                        const ArchiveLimits& limits);

/// Checks an archive as unpack_zip() does, with the same errors, and writes nothing.
Result<void> check_zip(std::string_view bytes, const ArchiveLimits& limits);

/// The content of the file `name` (with `/` between folders) of an archive, on disk or in memory;
/// only that file is unpacked. kNotFound: there is none; kExhausted: more than `most` bytes;
/// kInvalidInput: not a readable archive; others: the disk.
Result<std::string> read_zip_file_on_disk(const std::filesystem::path& archive,
                                          std::string_view name,
                                          std::size_t most);
Result<std::string> read_zip_file(std::string_view bytes, std::string_view name, std::size_t most);

/// All files below `directory` as a zip archive: deflated, with names relative to it, sorted, an
/// entry for each folder. Links to files are followed, links to folders are not taken. The limits
/// are those of unpack_zip (kExhausted); kInvalidInput: a name that it would refuse.
Result<std::string> pack_zip(const std::filesystem::path& directory, const ArchiveLimits& limits);

}  // namespace galileo::apps
