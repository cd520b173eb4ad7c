#include "experiment/shell_words.h"

#include <optional>

namespace galileo::experiment {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Appends what stands between the quote at `at` and its partner; returns where the latter is.
Result<std::size_t> take_quoted(std::string_view line, std::size_t at, std::string& word) {
    const char quote = line[at];
    for (++at; at < line.size() && line[at] != quote; ++at) {
        const bool escapes = quote == '"' && line[at] == '\\' && at + 1 < line.size() &&
                             (line[at + 1] == '"' || line[at + 1] == '\\');
        word += line[escapes ? ++at : at];
    }
    if (at == line.size()) {
        return Error(ErrorCode::kInvalidInput, std::string("no closing ") + quote);
    }
    return at;
}

}  // namespace

Result<std::vector<std::string>> shell_words(std::string_view line) {
    std::vector<std::string> words;
    std::optional<std::string> word;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (is_blank(c)) {
            if (word) {
                words.push_back(*std::move(word));
                word.reset();
            }
            continue;
        }
        if (!word) {
            word.emplace();
        }
        if (c == '\'' || c == '"') {
            at = TRY(take_quoted(line, at, *word));
        } else if (c == '\\') {
            if (++at == line.size()) {
                return Error(ErrorCode::kInvalidInput, "no escaped character");
            }
            *word += line[at];
        } else {
            *word += c;
        }
    }
    if (word) {
        words.push_back(*std::move(word));
    }
    return words;
}

}  // namespace galileo::experiment
