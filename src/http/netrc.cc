#include "http/netrc.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace galileo::http {

namespace {

/// Words of the file, one after the other.
class NetrcLexer {
  public:
    explicit NetrcLexer(std::string_view text) : text_(text) {}

    /// Empty at the end.
    std::string word() {
        if (!pushed_.empty()) {
            return std::exchange(pushed_, {});
        }
        at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
        if (at_ == text_.size()) {
            return {};
        }
        const bool quoted = text_[at_] == '"';
        at_ += quoted ? 1 : 0;
        std::string word;
        for (; at_ < text_.size(); ++at_) {
            const bool ends =
                quoted ? text_[at_] == '"' : kSpace.find(text_[at_]) != std::string_view::npos;
            if (ends) {
                ends_line_ = text_[at_] == '\n';
                ++at_;
                return word;
            }
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
            }
            word += text_[at_];
        }
        ends_line_ = true;
        return word;
    }

    void push_back(std::string word) { pushed_ = std::move(word); }

    void skip_comment() {
        if (!ends_line_) {
            skip_line();
        }
    }

    /// A macro goes on to the next empty line.
    void skip_macro() {
        while (at_ < text_.size() && text_[at_] != '\n') {
            skip_line();
        }
    }

  private:
    void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1; }

    static constexpr std::string_view kSpace = " \t\r\n";
    std::string_view text_;
    std::size_t at_ = 0;
    bool ends_line_ = false;  ///< the last word was the last of its line
    std::string pushed_;
};

Result<Credentials> parse_entry(NetrcLexer& lexer, std::string_view machine) {
    Credentials entry;
    std::string account;
    for (;;) {
        const std::string word = lexer.word();
        if (word.starts_with('#')) {
            lexer.skip_comment();
        } else if (word.empty() || word == "machine" || word == "default" || word == "macdef") {
            lexer.push_back(word);
            if (entry.login.empty()) {
                entry.login = account;
            }
            return entry;
        } else if (word == "login" || word == "user") {
            entry.login = lexer.word();
        } else if (word == "account") {
            account = lexer.word();
        } else if (word == "password") {
            entry.password = lexer.word();
        } else {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("the entry of '{}' holds something other than login, account "
                                     "and password",
                                     machine));
        }
    }
}

}  // namespace

Result<NetrcEntries> parse_netrc(std::string_view text) {
    NetrcEntries entries;
    NetrcLexer lexer(text);
    for (std::string word = lexer.word(); !word.empty(); word = lexer.word()) {
        if (word.starts_with('#')) {
            lexer.skip_comment();
            continue;
        }
        if (word == "macdef") {
            lexer.word();
            lexer.skip_macro();
            continue;
        }
        if (word != "machine" && word != "default") {
            return Error(ErrorCode::kInvalidInput,
                         "an entry begins with something other than machine, default or macdef");
        }
        const std::string machine = word == "machine" ? lexer.word() : word;
        if (machine.empty()) {
            return Error(ErrorCode::kInvalidInput, "'machine' without a name");
        }
        entries[machine] = TRY(parse_entry(lexer, machine));
    }
    return entries;
}

}  // namespace galileo::http
