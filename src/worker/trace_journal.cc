#include "worker/trace_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/log.h"

namespace galileo::worker {

Result<base::UniqueFd> JournalSpace::make_file() const {
    const std::string& directory = options_.directory;
    base::UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    // EISDIR: a kernel before 3.11; EOPNOTSUPP: a file system without it, such as NFS or overlayfs
    // before Linux 6.1.
    if (!fd && (errno == EOPNOTSUPP || errno == EISDIR)) {
        std::string path = directory + "/galileo-journal-XXXXXX";
        fd.reset(::mkostemp(path.data(), O_CLOEXEC));
        if (fd) {
            ::unlink(path.c_str());
        }
    }
    if (!fd) {
        return base::errno_error(errno, "journal directory " + directory);
    }
    return fd;
}

Result<void> JournalSpace::check() const {
    TRY(make_file());
    return {};
}

bool JournalSpace::reserve(std::uint64_t bytes) noexcept {
    if (used_.fetch_add(bytes) + bytes <= options_.limit_bytes) {
        return true;
    }
    used_ -= bytes;
    return false;
}

TraceJournal::~TraceJournal() {
    while (!segments_.empty()) {
        drop_front_segment();
    }
}

void TraceJournal::push(coord::SealedChunk chunk) {
    traces_ += chunk.traces;
    tail_.push_back(std::move(chunk));
    settle();
}

void TraceJournal::settle() {
    while (!tail_.empty() && stow(tail_.front())) {
        tail_.pop_front();
    }
}

/// False: there is no room for it now.
bool TraceJournal::stow(coord::SealedChunk& chunk) {
    const std::size_t bytes = chunk.bytes.size();
    if (index_.empty() && (head_.empty() || head_bytes_ + bytes <= space_.options().memory_bytes)) {
        head_bytes_ += bytes;
        head_.push_back(std::move(chunk));
        return true;
    }
    if (const auto written = write(chunk.bytes); !written) {
        if (trouble_ != written.error().message()) {
            trouble_ = written.error().message();
            base::log_warn("traces wait in memory: {}", trouble_);
        }
        return false;
    }
    index_.push_back({static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(chunk.traces)});
    return true;
}

Result<void> TraceJournal::write(const std::string& bytes) {
    if (!space_.reserve(bytes.size())) {
        return Error(ErrorCode::kExhausted,
                     fmt::format("the journal in {} has reached its limit of {} bytes",
                                 space_.options().directory, space_.options().limit_bytes));
    }
    if (segments_.empty() ||
        segments_.back().written + bytes.size() > space_.options().segment_bytes) {
        auto fd = space_.make_file();
        if (!fd) {
            space_.release(bytes.size());
            return fd.error();
        }
        segments_.push_back({std::move(*fd)});
    }
    Segment& segment = segments_.back();
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t wrote = ::pwrite(segment.fd.get(), bytes.data() + done, bytes.size() - done,
                                       static_cast<off_t>(segment.written + done));
        if (wrote >= 0) {
            done += static_cast<std::size_t>(wrote);
        } else if (errno != EINTR) {
            const Error error =
                base::errno_error(errno, "journal in " + space_.options().directory);
            if (::ftruncate(segment.fd.get(), static_cast<off_t>(segment.written)) != 0) {
                base::log_debug("half a chunk stays in the journal until it is overwritten");
            }
            space_.release(bytes.size());
            return error;
        }
    }
    segment.written += bytes.size();
    return {};
}

std::vector<coord::SealedChunk> TraceJournal::take(std::size_t most, std::size_t bytes) {
    std::vector<coord::SealedChunk> taken;
    std::size_t taken_bytes = 0;
    while (taken.size() < most && taken_bytes < bytes && !empty()) {
        if (!head_.empty()) {
            head_bytes_ -= head_.front().bytes.size();
            taken.push_back(std::move(head_.front()));
            head_.pop_front();
        } else if (!index_.empty()) {
            const Entry entry = index_.front();
            auto content = read(entry.bytes);
            index_.pop_front();
            if (!content) {
                lost_ += entry.traces;
                traces_ -= entry.traces;
                base::log_error("{} traces are lost: {}", entry.traces, content.error().message());
                continue;
            }
            taken.push_back({std::move(*content), entry.traces});
        } else {
            settle();  // into the memory that is free now
            continue;
        }
        taken_bytes += taken.back().bytes.size();
        traces_ -= taken.back().traces;
    }
    settle();
    return taken;
}

/// The oldest bytes on disk, which are gone from there then.
Result<std::string> TraceJournal::read(std::size_t bytes) {
    while (segments_.front().read ==
           segments_.front().written) {  // one that a full disk left empty
        drop_front_segment();
    }
    Segment& segment = segments_.front();
    std::string content(bytes, '\0');
    std::size_t done = 0;
    int failure = 0;
    while (done < bytes && failure == 0) {
        const ssize_t got = ::pread(segment.fd.get(), content.data() + done, bytes - done,
                                    static_cast<off_t>(segment.read + done));
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (got == 0 || errno != EINTR) {
            failure = got == 0 ? EIO : errno;
        }
    }
    segment.read += bytes;
    if (segment.read == segment.written) {
        drop_front_segment();
    }
    if (failure != 0) {
        return base::errno_error(failure, "journal in " + space_.options().directory);
    }
    return content;
}

void TraceJournal::drop_front_segment() {
    space_.release(segments_.front().written);
    segments_.pop_front();
}

}  // namespace galileo::worker
