#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiment/spec.h"
#include "experiment/spec_document.h"
#include "experiment/spec_problems.h"

namespace galileo::experiment {

/// A mapping of the file whose keys are those of one section of spec_keys.h. Opening it reports
/// unknown keys; each read_… function leaves its output alone when the key is absent, and reports a
/// value of the wrong type with what is allowed. An empty value (null) where a list or a mapping
/// belongs counts as absent. Borrows the node and the problems. Thread-compatible.
class SpecMapping {
  public:
    /// Null counts as empty. Any other kind is reported, and the mapping is empty.
    SpecMapping(const SpecNode& node,
                std::string path,
                std::string_view section,
                SpecProblems& problems);

    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
    [[nodiscard]] const SpecNode* find(std::string_view key) const;  ///< or null
    /// The whole path of one of its keys.
    [[nodiscard]] std::string path(std::string_view key) const;
    [[nodiscard]] SpecProblems& problems() const { return problems_; }

    void read_text(std::string_view key, std::string& output) const;
    void read_number(std::string_view key, double& output) const;
    void read_whole(std::string_view key, std::uint64_t& output) const;
    void read_whole(std::string_view key, std::optional<std::uint64_t>& output) const;
    void read_flag(std::string_view key, bool& output) const;
    void read_duration(std::string_view key, std::chrono::nanoseconds& output) const;
    void read_size(std::string_view key, std::uint64_t& output) const;
    void read_labels(std::string_view key, Labels& output) const;
    /// A mapping, as JSON.
    void read_object(std::string_view key, model::Json& output) const;
    /// The index of the word in `words`; nothing when absent or not among them.
    [[nodiscard]] std::optional<std::size_t> read_choice(
        std::string_view key, const std::vector<std::string_view>& words) const;
    /// The items of a list, with their paths; empty when absent or not a list, or too long.
    [[nodiscard]] std::vector<std::pair<std::string, const SpecNode*>> read_list(
        std::string_view key) const;
    /// The entries of a mapping with free names, with their paths.
    [[nodiscard]] std::vector<std::pair<std::string, const SpecEntry*>> read_entries(
        std::string_view key) const;

    /// Reports that the value of `key` is of the wrong type.
    void refuse(std::string_view key) const;

  private:
    void check_keys() const;

    const SpecNode& node_;
    std::string path_;
    std::string_view section_;
    SpecProblems& problems_;
};

/// A finite number of 0 or more digits and fraction; nothing for other nodes.
std::optional<double> to_number(const SpecNode& node);
/// A whole number of 0 to 2^64 - 1, also when written as `1e6`.
std::optional<std::uint64_t> to_whole(const SpecNode& node);
/// Any scalar but null, as it is written.
std::optional<std::string> to_text(const SpecNode& node);
/// Text such as `1m30s`, or a number of seconds.
std::optional<std::chrono::nanoseconds> to_duration(const SpecNode& node);

/// Reports keys that occur twice in any mapping below `node`.
void refuse_repeated_keys(const SpecNode& node, const std::string& path, SpecProblems& problems);

}  // namespace galileo::experiment
