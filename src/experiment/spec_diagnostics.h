#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace galileo::experiment {

/// One thing that is wrong in an experiment file.
struct SpecDiagnostic {
    int line = 0;         ///< from 1; 0: no position (built from flags, or about the whole file)
    int column = 0;       ///< from 1, in bytes
    std::string key;      ///< where, such as `workloads[0].stages[1].to`; empty: the whole file
    std::string message;  ///< what is wrong, what was given and what is allowed

    bool operator==(const SpecDiagnostic&) const = default;
};

/// Everything that is wrong in an experiment file, in the order of the file, up to kLimit problems.
/// A value; thread-compatible.
struct SpecDiagnostics {
    static constexpr std::size_t kLimit = 20;

    std::string file;
    std::vector<SpecDiagnostic> problems;
    std::size_t left_out = 0;  ///< problems beyond kLimit

    [[nodiscard]] bool empty() const { return problems.empty(); }

    /// One line a problem: `x.yml:12:11: workloads[0].rate: given -5, allowed: ...`.
    [[nodiscard]] std::string to_text() const;
};

}  // namespace galileo::experiment
