#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace galileo::cli {

/// Large output to a file or to stdout, whose errors matter. Thread-compatible.
class OutputFile {
  public:
    enum class Reader { kThere, kGone };

    /// Empties the file or makes it. kConflict when it is an SQLite database, which nobody means to
    /// overwrite.
    static Result<OutputFile> create(const std::string& path);
    /// Writes to stdout; call base::ignore_broken_pipes() first.
    static OutputFile standard_output();

    /// Writes all of `text`; kGone: the other end of the pipe was closed, nobody wants more.
    /// kExhausted when the disk is full, other errors of the system; they name the output.
    Result<Reader> write(std::string_view text);
    /// Closes a file: some file systems say only now that they could not keep it.
    Result<void> close();

  private:
    OutputFile(std::string name, int fd, base::UniqueFd owned)
        : name_(std::move(name)), fd_(fd), owned_(std::move(owned)) {}

    std::string name_;
    int fd_;
    base::UniqueFd owned_;  ///< empty: stdout
};

}  // namespace galileo::cli
