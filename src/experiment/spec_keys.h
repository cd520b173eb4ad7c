#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Every key of a specification file, in one table: the reader knows no others, and the tables of
/// docs/spec-file.md are made from it.
namespace galileo::experiment {

struct SpecKey {
    std::string_view name;
    std::string_view value;     ///< what may be given
    std::string_view fallback;  ///< what absence means; `required` when it must be given
    std::string_view meaning;
};

/// The keys of one kind of mapping.
struct SpecSection {
    std::string_view name;  ///< as SpecReader asks for it: `workload`, `stage`, ...
    std::string_view title;
    std::vector<SpecKey> keys;

    [[nodiscard]] std::vector<std::string_view> key_names() const;
};

/// All sections, in the order of the document.
const std::vector<SpecSection>& spec_sections();
const SpecSection& spec_section(std::string_view name);  ///< must exist

/// A distribution of pauses and its parameters, in the order in which Distribution::create takes
/// them (contract 2.5).
struct DistributionKey {
    struct Parameter {
        std::string_view name;
        std::optional<double> fallback;  ///< absent: required, unless `last_is_optional`
    };
    std::string_view name;
    std::vector<Parameter> parameters;
    std::string_view meaning;
    bool last_is_optional = false;  ///< the last parameter has a default that depends on the others
};
const std::vector<DistributionKey>& distribution_keys();
const DistributionKey* find_distribution(std::string_view name);  ///< or null

/// The sections and the distributions as Markdown tables, keyed by heading: what docs/spec-file.md
/// holds word for word.
std::string spec_section_table(const SpecSection& section);
std::string distribution_table();

/// The entry of `known` that `word` was probably meant to be; nothing when none is near.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             const std::vector<std::string_view>& known);

/// `a, b and c`; `; did you mean 'b'?` in front of it when `word` is close to b.
std::string allowed_words(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace galileo::experiment
