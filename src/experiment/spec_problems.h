#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/spec_diagnostics.h"
#include "experiment/spec_document.h"

namespace galileo::experiment {

/// Gathers what is wrong with a specification while it is read and checked, and knows where in the
/// file each key stands. A key is a path such as `workloads[0].rate`. Thread-compatible.
class SpecProblems {
  public:
    /// Remembers where the value of `key` stands.
    void place(const std::string& key, const SpecNode& node);

    /// A value that could not be read at all. Later checks of the same key, of what it holds and of
    /// what holds it stay silent: they would only repeat it.
    void unreadable(const SpecNode& node, const std::string& key, std::string message);
    /// The same for a key that the reader thinks was meant by another.
    void silence(const std::string& key) { unreadable_.insert(key); }

    /// A rule that is broken; placed at `key`, or at what holds it when the key is not in the file.
    void broken(const std::string& key, std::string message);

    /// All of it in the order of the file, at most SpecDiagnostics::kLimit.
    [[nodiscard]] SpecDiagnostics finish(std::string_view file) &&;

  private:
    struct Place {
        int line = 0;
        int column = 0;
    };

    void add(Place place, const std::string& key, std::string message);
    [[nodiscard]] bool is_silenced(const std::string& key) const;
    [[nodiscard]] Place nearest_place(std::string key) const;

    std::map<std::string, Place> places_;
    std::set<std::string> unreadable_;
    std::vector<SpecDiagnostic> problems_;
    std::size_t left_out_ = 0;
};

/// The text of a key's allowed values without Markdown, as messages show it.
std::string allowed_values(std::string_view section, std::string_view key);

}  // namespace galileo::experiment
