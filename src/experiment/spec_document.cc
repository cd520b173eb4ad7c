#include "experiment/spec_document.h"

#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/assert.h"
#include "model/utf8.h"

namespace galileo::experiment {

namespace {

/// A refusal of ours on its way out of yaml-cpp; never leaves parse_document().
class Refusal : public std::exception {
  public:
    Refusal(int line, int column, std::string message)
        : line_(line), column_(column), message_(std::move(message)) {}
    [[nodiscard]] SpecDiagnostic diagnostic() const { return {line_, column_, "", message_}; }

  private:
    int line_;
    int column_;
    std::string message_;
};

/// Counted from 1; 0: the whole file.
[[noreturn]] void refuse(int line, int column, std::string message) {
    // tidy: an exception is the only way to stop yaml-cpp from within its events.
    throw Refusal(line, column, std::move(message));
}

/// Builds the tree from yaml-cpp's events. Its own node API would lose the places of aliases and
/// would follow them without limit.
class TreeBuilder final : public YAML::EventHandler {
  public:
    explicit TreeBuilder(std::vector<std::string_view> lines) : lines_(std::move(lines)) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(started_, true)) {
            refuse(mark.line + 1, mark.column + 1,
                   "unexpected text after the end of the first value: wrong indentation, "
                   "or a second document");
        }
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        accept(make(mark, SpecNode::Kind::kNull), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            refuse(mark.line + 1, mark.column + 1, "an alias inside the value that it stands for");
        }
        count(mark, found->second.size());
        accept(found->second, YAML::NullAnchor);
    }
    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        SpecNode node = make(mark, SpecNode::Kind::kScalar);
        const bool text_tag = tag == "tag:yaml.org,2002:str";
        if (!text_tag) {
            refuse_tag(mark, tag);
        }
        node.quoted = text_tag || tag == "!";
        node.text = value;
        if (node.quoted) {
            check_closed(node);
        }
        accept(std::move(node), anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        refuse_tag(mark, tag);
        open(mark, SpecNode::Kind::kList, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        refuse_tag(mark, tag);
        open(mark, SpecNode::Kind::kMapping, anchor);
    }
    void OnMapEnd() override { close(); }

    SpecNode take_root() { return std::move(root_); }

  private:
    struct Open {
        SpecNode node;
        YAML::anchor_t anchor = YAML::NullAnchor;
        bool has_key = false;
        SpecNode key;
    };

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            refuse(mark.line + 1, mark.column + 1,
                   fmt::format("tags are not supported: '{}'", tag));
        }
    }

    SpecNode make(const YAML::Mark& mark, SpecNode::Kind kind) {
        count(mark, 1);
        SpecNode node;
        node.kind = kind;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }

    void count(const YAML::Mark& mark, std::size_t nodes) {
        nodes_ += nodes;
        if (nodes_ > kMaxSpecNodes) {
            refuse(mark.line + 1, mark.column + 1,
                   fmt::format("more than {} values, with aliases counted in full", kMaxSpecNodes));
        }
    }

    void open(const YAML::Mark& mark, SpecNode::Kind kind, YAML::anchor_t anchor) {
        if (open_.size() >= static_cast<std::size_t>(kMaxSpecDepth)) {
            refuse(mark.line + 1, mark.column + 1,
                   fmt::format("nested deeper than {} levels", kMaxSpecDepth));
        }
        open_.push_back(Open{make(mark, kind), anchor, false, {}});
    }

    void close() {
        GALILEO_ASSERT(!open_.empty());
        Open done = std::move(open_.back());
        open_.pop_back();
        accept(std::move(done.node), done.anchor);
    }

    void accept(SpecNode node, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            count_anchored(node);
            anchors_[anchor] = node;
        }
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == SpecNode::Kind::kList) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.has_key) {
            if (node.kind != SpecNode::Kind::kScalar) {
                refuse(node.line, node.column, "a key must be one word or quoted text");
            }
            parent.key = std::move(node);
            parent.has_key = true;
        } else {
            if (node.kind == SpecNode::Kind::kNull) {  // yaml-cpp places it where the next thing is
                node.line = parent.key.line;
                node.column = parent.key.column;
            }
            parent.node.entries.push_back(SpecEntry{std::move(parent.key), std::move(node)});
            parent.has_key = false;
        }
    }

    /// The copy kept for aliases costs memory too.
    void count_anchored(const SpecNode& node) {
        YAML::Mark mark;
        mark.line = node.line - 1;
        mark.column = node.column - 1;
        count(mark, node.size());
    }

    /// yaml-cpp takes the end of the file for the closing quote.
    void check_closed(const SpecNode& node) const {
        auto line = static_cast<std::size_t>(node.line - 1);
        auto at = static_cast<std::size_t>(node.column - 1);
        if (line >= lines_.size() || at >= lines_[line].size()) {
            return;
        }
        const char quote = lines_[line][at];
        if (quote != '"' && quote != '\'') {
            return;  // a block, or an anchor stands before the quote
        }
        ++at;
        for (; line < lines_.size(); ++line, at = 0) {
            for (; at < lines_[line].size(); ++at) {
                const char here = lines_[line][at];
                if (here == '\\' && quote == '"') {
                    ++at;
                } else if (here == quote) {
                    return;  // a doubled single quote opens the scalar again and must close too
                }
            }
        }
        refuse(node.line, node.column, "the quote that opens here is never closed");
    }

    std::vector<std::string_view> lines_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, SpecNode> anchors_;
    SpecNode root_;
    std::size_t nodes_ = 0;
    bool started_ = false;
};

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

/// What yaml-cpp would read as something else without a word.
void refuse_bad_bytes(const std::vector<std::string_view>& lines) {
    for (std::size_t line = 0; line < lines.size(); ++line) {
        std::size_t at = 0;
        const auto refuse_here = [&](std::string message) {
            refuse(static_cast<int>(line) + 1, static_cast<int>(at) + 1, std::move(message));
        };
        while (at < lines[line].size()) {
            const model::CodePoint character = model::decode_utf8(lines[line], at);
            const auto byte = static_cast<unsigned char>(lines[line][at]);
            if (!character.valid) {
                refuse_here(fmt::format("byte 0x{:02x} is not UTF-8 text", byte));
            }
            if ((byte < 0x20U && byte != '\t' && byte != '\r') || byte == 0x7FU) {
                refuse_here(fmt::format("control character 0x{:02x}", byte));
            }
            at += character.length;
        }
    }
}

std::optional<unsigned> hex4(std::string_view text) {
    unsigned value = 0;
    if (text.size() < 4) {
        return std::nullopt;
    }
    const char* const begin = text.data();
    const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
    if (error != std::errc() || end != begin + 4) {
        return std::nullopt;
    }
    return value;
}

/// JSON writes characters above U+FFFF as two \u escapes (RFC 8259 section 7), which yaml-cpp
/// refuses; YAML has \U with eight digits.
std::string join_surrogate_escapes(std::string_view text) {
    std::string joined;
    joined.reserve(text.size());
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] != '\\') {
            joined += text[at++];
            continue;
        }
        const auto escape = text.substr(at);
        const auto high = escape.size() >= 12 && escape[1] == 'u' && escape.substr(6, 2) == "\\u"
                              ? hex4(escape.substr(2))
                              : std::nullopt;
        const auto low = high ? hex4(escape.substr(8)) : std::nullopt;
        if (high && low && *high >= 0xD800U && *high <= 0xDBFFU && *low >= 0xDC00U &&
            *low <= 0xDFFFU) {
            const unsigned code = 0x10000U + ((*high - 0xD800U) << 10U) + (*low - 0xDC00U);
            joined += fmt::format("\\U{:08X}", code);
            at += 12;
        } else {
            joined += escape.substr(0, 2);
            at += 2;
        }
    }
    return joined;
}

std::string explain(const YAML::Exception& error) {
    if (error.msg == "bad file") {
        return "nested too deeply";
    }
    return "not valid YAML: " + error.msg;
}

SpecNode parse_or_throw(std::string_view text) {
    if (text.size() > kMaxSpecBytes) {
        refuse(0, 0, fmt::format("larger than {} bytes", kMaxSpecBytes));
    }
    if (text.starts_with("\xEF\xBB\xBF")) {  // byte order mark
        text.remove_prefix(3);
    }
    const std::string source = join_surrogate_escapes(text);
    const auto lines = split_lines(source);
    refuse_bad_bytes(lines);
    std::istringstream stream(source);
    YAML::Parser parser(stream);
    TreeBuilder builder(lines);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
}

}  // namespace

std::size_t SpecNode::size() const {
    std::size_t nodes = 1;
    for (const auto& item : items) {
        nodes += item.size();
    }
    for (const auto& entry : entries) {
        nodes += entry.value.size() + 1;
    }
    return nodes;
}

SpecNode parse_document(std::string_view text, SpecDiagnostics& problems) {
    try {
        return parse_or_throw(text);
    } catch (const Refusal& refusal) {
        problems.problems.push_back(refusal.diagnostic());
    } catch (const YAML::Exception& error) {
        problems.problems.push_back(
            {error.mark.line + 1, error.mark.column + 1, "", explain(error)});
    } catch (const std::exception& error) {
        problems.problems.push_back({0, 0, "", std::string("not valid YAML: ") + error.what()});
    }
    return {};
}

}  // namespace galileo::experiment
