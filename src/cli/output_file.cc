#include "cli/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace galileo::cli {

namespace {

constexpr std::string_view kSqliteMagic = "SQLite format 3";

bool is_sqlite(const std::string& path) {
    std::string begin(kSqliteMagic.size(), '\0');
    std::ifstream file(path, std::ios::binary);
    return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) &&
           begin == kSqliteMagic;
}

/// Opening a pipe or a device to look into it would take from it, or wait for ever.
bool is_regular(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path) {
    if (is_regular(path) && is_sqlite(path)) {
        return Error(ErrorCode::kConflict,
                     fmt::format("{}: it is an SQLite database, which would be lost; choose "
                                 "another file",
                                 path));
    }
    base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd) {
        return base::errno_error(errno, path);
    }
    const int number = fd.get();
    return OutputFile(path, number, std::move(fd));
}

OutputFile OutputFile::standard_output() {
    return OutputFile("stdout", STDOUT_FILENO, base::UniqueFd());
}

Result<OutputFile::Reader> OutputFile::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd_, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EPIPE) {
            return Reader::kGone;
        } else if (errno != EINTR) {
            return base::errno_error(errno, fmt::format("{}: the output is not complete", name_));
        }
    }
    return Reader::kThere;
}

Result<void> OutputFile::close() {
    if (owned_ && ::close(owned_.release()) != 0 && errno != EINTR) {
        return base::errno_error(errno, fmt::format("{}: the output is not complete", name_));
    }
    return {};
}

}  // namespace galileo::cli
