#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace galileo::hostmon {

/// Where the text of kernel files is read into, one after the other. The memory is taken once; of
/// it only pages that were ever filled exist. Thread-compatible.
class ReadBuffer {
  public:
    static constexpr std::size_t kSize = std::size_t{256} << 10U;

    ReadBuffer() : bytes_(std::make_unique_for_overwrite<char[]>(kSize)) {}

    [[nodiscard]] char* data() noexcept { return bytes_.get(); }

  private:
    std::unique_ptr<char[]> bytes_;
};

/// A file of procfs, sysfs or a cgroup. It is opened by the first read and stays open: reading it
/// again from its beginning is one system call, and the kernel makes the text anew. Movable;
/// thread-compatible.
class KernelFile {
  public:
    explicit KernelFile(std::string path) : path_(std::move(path)) {}

    /// The whole text, valid until `buffer` is used again. kNotFound: there is no such file, or
    /// what it described is gone; it is opened anew the next time. kExhausted: longer than the
    /// buffer.
    Result<std::string_view> read(ReadBuffer& buffer);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    Error fail(int number);

    std::string path_;
    base::UniqueFd fd_;
};

}  // namespace galileo::hostmon
