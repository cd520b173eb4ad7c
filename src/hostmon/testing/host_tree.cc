#include "hostmon/testing/host_tree.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/assert.h"

namespace galileo::hostmon::testing {

namespace {

std::string make_root() {
    std::string root = std::filesystem::temp_directory_path().string() + "/galileo-host-XXXXXX";
    GALILEO_ASSERT(::mkdtemp(root.data()) != nullptr);
    return root;
}

}  // namespace

HostTree::HostTree() : root_(make_root()), host_(options(), clock_) {}

HostTree::~HostTree() {
    std::error_code ignored;  // a directory that stays behind fails no test
    std::filesystem::remove_all(root_, ignored);
}

void HostTree::write(std::string_view path, std::string_view text) {
    const std::filesystem::path file = root_ + "/" + std::string(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::trunc) << text;
}

void HostTree::remove(std::string_view path) {
    std::filesystem::remove_all(root_ + "/" + std::string(path));
}

HostOptions HostTree::options() const {
    return {.proc = root_ + "/proc", .sys = root_ + "/sys"};
}

std::vector<std::string> HostTree::sample(Instrument& instrument) {
    std::vector<std::string> lines;
    const auto sampled = instrument.sample([&](const Sample& sample) {
        const std::string_view slash = sample.subsystem.empty() ? "" : "/";
        lines.push_back(
            fmt::format("{}{}{} {}", sample.metric, slash, sample.subsystem, sample.value));
    });
    if (!sampled) {
        lines.push_back(fmt::format("!{}", base::to_string(sampled.error().code())));
    }
    return lines;
}

}  // namespace galileo::hostmon::testing
