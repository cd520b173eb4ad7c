#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "experiment/spec_diagnostics.h"
#include "model/json.h"

namespace galileo::experiment {

/// Limits of a specification file.
inline constexpr std::size_t kMaxSpecBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kMaxSpecNodes = 250'000;  ///< values, aliases counted in full
inline constexpr int kMaxSpecDepth = 32;

struct SpecEntry;

/// A value of a YAML or JSON file together with its place, so that problems can point at it. A
/// value; thread-compatible.
struct SpecNode {
    enum class Kind { kNull, kScalar, kList, kMapping };

    Kind kind = Kind::kNull;
    int line = 0;                 ///< from 1
    int column = 0;               ///< from 1, in bytes
    bool quoted = false;          ///< of a scalar: written in quotes or as a block, so it is text
    std::string text;             ///< of a scalar
    std::vector<SpecNode> items;  ///< of a list
    std::vector<SpecEntry> entries;  ///< of a mapping, in the order of the file; keys may repeat

    /// Values in here, itself included.
    [[nodiscard]] std::size_t size() const;
};

struct SpecEntry {
    SpecNode key;  ///< a scalar
    SpecNode value;
};

/// Reads YAML 1.2 (JSON is a subset of it) within the limits above: one document; anchors and
/// aliases, but no tags and no merge keys. Otherwise one problem is added to `problems` and the
/// returned node is null. Never throws.
SpecNode parse_document(std::string_view text, SpecDiagnostics& problems);

/// A scalar's type by the core schema of YAML 1.2 (section 10.3.2).
enum class ScalarType { kNull, kBoolean, kInteger, kFloat, kText };
ScalarType scalar_type(const SpecNode& scalar);

/// The node as JSON; integers beyond 64 bits become floats.
model::Json to_json(const SpecNode& node);

/// For messages: `'abc'`, `"abc" (text)`, `nothing`, `a list of 3`, `a mapping`.
std::string describe(const SpecNode& node);

}  // namespace galileo::experiment
