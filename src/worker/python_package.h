#pragma once

#include <string>

namespace galileo::worker {

/// The Python to use: `asked_for`, or Debian's where nothing is asked for, or the first on PATH.
std::string python_interpreter(const std::string& asked_for);

/// How much of package galileo is wanted.
enum class PackageParts {
    kWritten,      ///< what is written in Python: enough for client apps
    kCompiledToo,  ///< and module _galileo, which the rest of it needs
};

/// The folder that has these parts, to be put on PYTHONPATH: beside the program where that is
/// installed (by CMake or by pip), else in the build tree, else, without the module, in the sources
/// that it was built from. Empty: there is none.
std::string python_package_directory(PackageParts parts);

}  // namespace galileo::worker
