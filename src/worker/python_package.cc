#include "worker/python_package.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/process.h"

namespace galileo::worker {

namespace fs = std::filesystem;

namespace {

bool has_parts(const fs::path& directory, PackageParts parts) {
    std::error_code error;
    if (!fs::exists(directory / "galileo" / "apphost.py", error)) {
        return false;
    }
    if (parts == PackageParts::kWritten) {
        return true;
    }
    const fs::directory_iterator entries(directory, error);
    return std::any_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
        return entry.path().filename().string().starts_with("_galileo.");
    });
}

}  // namespace

std::string python_interpreter(const std::string& asked_for) {
    if (!asked_for.empty()) {
        return asked_for;
    }
    constexpr const char* kDebian = "/usr/bin/python3";
    return ::access(kDebian, X_OK) == 0 ? kDebian : "python3";
}

std::string python_package_directory(PackageParts parts) {
    const auto program = fs::path(base::own_program_path()).parent_path();
    const std::array<fs::path, 4> places{
        program.parent_path() / "share/galileo/python",  // <prefix>/bin
        program.parent_path().parent_path(),             // site-packages/galileo/bin
        program.parent_path().parent_path() / "python",  // <build>/src/cli
        GALILEO_PYTHON_DIR};
    const auto* const found = std::find_if(
        places.begin(), places.end(), [&](const auto& place) { return has_parts(place, parts); });
    return found == places.end() ? std::string() : found->string();
}

}  // namespace galileo::worker
