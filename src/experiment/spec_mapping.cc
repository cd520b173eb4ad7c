#include "experiment/spec_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/units.h"
#include "experiment/spec_keys.h"

namespace galileo::experiment {

namespace {

const SpecNode& empty_node() {
    static const SpecNode node;
    return node;
}

void refuse_repeated_in(const SpecNode& mapping, const std::string& path, SpecProblems& problems) {
    std::unordered_map<std::string_view, const SpecNode*> seen;
    for (const auto& entry : mapping.entries) {
        const auto [first, fresh] = seen.emplace(entry.key.text, &entry.key);
        if (!fresh) {
            problems.unreadable(
                entry.key, path.empty() ? entry.key.text : path + "." + entry.key.text,
                fmt::format("the key is given twice, first in line {}", first->second->line));
        }
    }
}

}  // namespace

SpecMapping::SpecMapping(const SpecNode& node,
                         std::string path,
                         std::string_view section,
                         SpecProblems& problems)
    : node_(node.kind == SpecNode::Kind::kMapping ? node : empty_node()),
      path_(std::move(path)),
      section_(section),
      problems_(problems) {
    problems_.place(path_, node);
    if (node.kind != SpecNode::Kind::kMapping && node.kind != SpecNode::Kind::kNull) {
        problems_.unreadable(
            node, path_,
            fmt::format("given {}; allowed: a mapping of the keys {}", describe(node),
                        fmt::join(spec_section(section_).key_names(), ", ")));
    }
    check_keys();
    for (const auto& entry : node_.entries) {
        problems_.place(this->path(entry.key.text), entry.value);
    }
}

void SpecMapping::check_keys() const {
    const auto known = spec_section(section_).key_names();
    for (const auto& entry : node_.entries) {
        const std::string& word = entry.key.text;
        if (std::find(known.begin(), known.end(), word) != known.end()) {
            continue;
        }
        if (const auto nearest = nearest_word(word, known)) {
            problems_.silence(path(*nearest));
        }
        const std::string_view note = word == "<<" ? "merge keys are not supported; " : "";
        problems_.unreadable(entry.key, path(word),
                             fmt::format("unknown key; {}{}", note, allowed_words(word, known)));
    }
}

const SpecNode* SpecMapping::find(std::string_view key) const {
    for (const auto& entry : node_.entries) {
        if (entry.key.text == key) {
            return &entry.value;
        }
    }
    return nullptr;
}

std::string SpecMapping::path(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void SpecMapping::refuse(std::string_view key) const {
    const SpecNode* const node = find(key);
    problems_.unreadable(
        *node, path(key),
        fmt::format("given {}; allowed: {}", describe(*node), allowed_values(section_, key)));
}

void SpecMapping::read_text(std::string_view key, std::string& output) const {
    if (const SpecNode* const node = find(key)) {
        if (auto text = to_text(*node)) {
            output = *std::move(text);
        } else {
            refuse(key);
        }
    }
}

void SpecMapping::read_number(std::string_view key, double& output) const {
    if (const SpecNode* const node = find(key)) {
        if (const auto number = to_number(*node)) {
            output = *number;
        } else {
            refuse(key);
        }
    }
}

void SpecMapping::read_whole(std::string_view key, std::uint64_t& output) const {
    std::optional<std::uint64_t> number;
    read_whole(key, number);
    output = number.value_or(output);
}

void SpecMapping::read_whole(std::string_view key, std::optional<std::uint64_t>& output) const {
    if (const SpecNode* const node = find(key)) {
        if (const auto number = to_whole(*node)) {
            output = number;
        } else {
            refuse(key);
        }
    }
}

void SpecMapping::read_flag(std::string_view key, bool& output) const {
    const SpecNode* const node = find(key);
    if (node == nullptr) {
        return;
    }
    if (node->kind != SpecNode::Kind::kScalar || scalar_type(*node) != ScalarType::kBoolean) {
        refuse(key);
        return;
    }
    output = to_json(*node).get<bool>();
}

void SpecMapping::read_duration(std::string_view key, std::chrono::nanoseconds& output) const {
    if (const SpecNode* const node = find(key)) {
        if (const auto duration = to_duration(*node)) {
            output = *duration;
        } else {
            refuse(key);
        }
    }
}

void SpecMapping::read_size(std::string_view key, std::uint64_t& output) const {
    const SpecNode* const node = find(key);
    if (node == nullptr) {
        return;
    }
    if (const auto text = to_text(*node)) {
        if (const auto size = base::parse_byte_size(*text)) {
            output = *size;
            return;
        }
    }
    refuse(key);
}

void SpecMapping::read_labels(std::string_view key, Labels& output) const {
    for (const auto& [label_path, entry] : read_entries(key)) {
        if (auto text = to_text(entry->value)) {
            output.emplace(entry->key.text, *std::move(text));
        } else {
            problems_.unreadable(entry->value, label_path,
                                 fmt::format("given {}; allowed: text", describe(entry->value)));
        }
    }
}

void SpecMapping::read_object(std::string_view key, model::Json& output) const {
    const SpecNode* const node = find(key);
    if (node == nullptr || node->kind == SpecNode::Kind::kNull) {
        return;
    }
    if (node->kind != SpecNode::Kind::kMapping) {
        refuse(key);
        return;
    }
    output = to_json(*node);
}

std::optional<std::size_t> SpecMapping::read_choice(
    std::string_view key, const std::vector<std::string_view>& words) const {
    const SpecNode* const node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto text = to_text(*node);
    const auto found = text ? std::find(words.begin(), words.end(), *text) : words.end();
    if (found == words.end()) {
        problems_.unreadable(
            *node, path(key),
            fmt::format("given {}; {}", describe(*node), allowed_words(text.value_or(""), words)));
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - words.begin());
}

std::vector<std::pair<std::string, const SpecNode*>> SpecMapping::read_list(
    std::string_view key) const {
    std::vector<std::pair<std::string, const SpecNode*>> items;
    const SpecNode* const node = find(key);
    if (node == nullptr || node->kind == SpecNode::Kind::kNull) {
        return items;
    }
    if (node->kind != SpecNode::Kind::kList) {
        refuse(key);
        return items;
    }
    if (node->items.size() > kMaxListLength) {
        problems_.unreadable(*node, path(key),
                             fmt::format("given a list of {}; allowed: at most {}",
                                         node->items.size(), kMaxListLength));
        return items;
    }
    for (std::size_t at = 0; at < node->items.size(); ++at) {
        items.emplace_back(fmt::format("{}[{}]", path(key), at), &node->items[at]);
        problems_.place(items.back().first, node->items[at]);
    }
    return items;
}

std::vector<std::pair<std::string, const SpecEntry*>> SpecMapping::read_entries(
    std::string_view key) const {
    std::vector<std::pair<std::string, const SpecEntry*>> entries;
    const SpecNode* const node = find(key);
    if (node == nullptr || node->kind == SpecNode::Kind::kNull) {
        return entries;
    }
    if (node->kind != SpecNode::Kind::kMapping) {
        refuse(key);
        return entries;
    }
    for (const auto& entry : node->entries) {
        entries.emplace_back(fmt::format("{}.{}", path(key), entry.key.text), &entry);
        problems_.place(entries.back().first, entry.value);
    }
    return entries;
}

std::optional<double> to_number(const SpecNode& node) {
    if (node.kind != SpecNode::Kind::kScalar) {
        return std::nullopt;
    }
    const ScalarType type = scalar_type(node);
    if (type != ScalarType::kInteger && type != ScalarType::kFloat) {
        return std::nullopt;
    }
    const auto number = to_json(node).get<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> to_whole(const SpecNode& node) {
    constexpr double kLargestExact = 9007199254740992.0;  // 2^53: doubles are whole up to here
    const auto number = to_number(node);
    if (!number || *number < 0) {
        return std::nullopt;
    }
    const model::Json json = to_json(node);
    if (json.is_number_unsigned() || json.is_number_integer()) {
        return json.get<std::uint64_t>();
    }
    if (*number > kLargestExact || std::trunc(*number) != *number) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*number);
}

std::optional<std::string> to_text(const SpecNode& node) {
    if (node.kind != SpecNode::Kind::kScalar || scalar_type(node) == ScalarType::kNull) {
        return std::nullopt;
    }
    return node.text;
}

std::optional<std::chrono::nanoseconds> to_duration(const SpecNode& node) {
    const auto text = to_text(node);
    if (!text) {
        return std::nullopt;
    }
    const auto duration = base::parse_duration(*text);
    return duration ? std::optional(*duration) : std::nullopt;
}

void refuse_repeated_keys(const SpecNode& node, const std::string& path, SpecProblems& problems) {
    refuse_repeated_in(node, path, problems);
    for (const auto& entry : node.entries) {
        refuse_repeated_keys(entry.value,
                             path.empty() ? entry.key.text : path + "." + entry.key.text, problems);
    }
    for (std::size_t at = 0; at < node.items.size(); ++at) {
        refuse_repeated_keys(node.items[at], fmt::format("{}[{}]", path, at), problems);
    }
}

}  // namespace galileo::experiment
