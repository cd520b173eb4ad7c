#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "cli/help.h"

namespace galileo::cli {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kWidestTerm = 26;  ///< longer terms get a line of their own

/// `text` in lines of `width` columns, all but the first indented by `indent`.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
    std::string lines;
    std::size_t column = indent;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (column > indent && column + 1 + word.size() > width) {
            lines += '\n' + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            lines += ' ';
            ++column;
        }
        lines += word;
        column += word.size();
    }
    return lines;
}

std::string section_text(const HelpSection& section, std::size_t width) {
    std::size_t column = 0;
    for (const auto& entry : section.entries) {
        if (entry.term.size() <= kWidestTerm) {
            column = std::max(column, entry.term.size());
        }
    }
    column += 2 * kIndent;
    std::string text = section.title + ":\n";
    for (const auto& entry : section.entries) {
        if (entry.term.empty()) {
            text += "  " + wrapped(entry.text, kIndent, width) + '\n';
            continue;
        }
        text += "  " + entry.term;
        text += entry.term.size() > kWidestTerm
                    ? '\n' + std::string(column, ' ')
                    : std::string(column - kIndent - entry.term.size(), ' ');
        text += wrapped(entry.text, column, width) + '\n';
    }
    return text + '\n';
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '|' || letter == '<' || letter == '*' || letter == '_') {
            out += '\\';
        }
        out += letter;
    }
    return out;
}

}  // namespace

std::string to_text(const HelpPage& page, std::size_t width) {
    std::string text = page.name + " - " + page.summary + "\n\nUsage:\n";
    for (const auto& line : page.usage) {
        text += "  " + line + '\n';
    }
    text += '\n';
    for (const auto& paragraph : page.description) {
        text += wrapped(paragraph, 0, width) + "\n\n";
    }
    for (const auto& section : page.sections) {
        text += section_text(section, width);
    }
    if (!page.examples.empty()) {
        text += "Examples:\n";
        for (const auto& example : page.examples) {
            std::string note = wrapped(example.text, 2 * kIndent, width);
            for (auto end = note.find("\n    "); end != std::string::npos;
                 end = note.find("\n    ", end + 5)) {
                note.replace(end, 5, "\n  # ");
            }
            text += "  # " + note + "\n  " + example.term + "\n";
        }
        text += '\n';
    }
    if (!page.see_also.empty()) {
        text += fmt::format("See also: {}\n\n", fmt::join(page.see_also, ", "));
    }
    text.pop_back();
    return text;
}

std::string to_markdown(const HelpPage& page) {
    std::string text = fmt::format("# {}\n\n{}\n\n```\n{}\n```\n\n", page.name,
                                   escaped(page.summary), fmt::join(page.usage, "\n"));
    for (const auto& paragraph : page.description) {
        text += escaped(paragraph) + "\n\n";
    }
    for (const auto& section : page.sections) {
        text += "## " + section.title + "\n\n";
        bool in_table = false;
        for (const auto& entry : section.entries) {
            if (entry.term.empty()) {
                text += escaped(entry.text) + "\n\n";
                continue;
            }
            if (!in_table) {
                text += "| | |\n|---|---|\n";
                in_table = true;
            }
            std::string term = entry.term;
            for (std::size_t bar = term.find('|'); bar != std::string::npos;
                 bar = term.find('|', bar + 2)) {
                term.insert(bar, 1, '\\');
            }
            text += fmt::format("| `{}` | {} |\n", term, escaped(entry.text));
        }
        text += '\n';
    }
    if (!page.examples.empty()) {
        text += "## Examples\n\n```sh\n";
        for (const auto& example : page.examples) {
            text += fmt::format("# {}\n{}\n", example.text, example.term);
        }
        text += "```\n\n";
    }
    if (!page.see_also.empty()) {
        std::vector<std::string> links;
        for (const auto& name : page.see_also) {
            links.push_back(fmt::format("[{}]({}.md)", name, name.substr(name.rfind(' ') + 1)));
        }
        text += fmt::format("See also: {}\n\n", fmt::join(links, ", "));
    }
    text.pop_back();
    return text;
}

std::vector<std::pair<std::string, std::string>> markdown_files(
    const std::vector<std::unique_ptr<Command>>& commands) {
    std::vector<std::pair<std::string, std::string>> files;
    files.emplace_back("galileo.md", to_markdown(overview_page(commands)));
    for (const auto& command : commands) {
        files.emplace_back(command->manual().name + ".md", to_markdown(help_page(*command)));
    }
    return files;
}

Result<void> write_markdown(const std::vector<std::unique_ptr<Command>>& commands,
                            const std::string& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        return base::errno_error(error.value(), directory);
    }
    for (const auto& [name, text] : markdown_files(commands)) {
        const std::string path = directory + "/" + name;
        std::ofstream file(path, std::ios::trunc);
        file << text;
        file.close();
        if (!file) {
            return Error(ErrorCode::kDenied, "cannot write " + path);
        }
    }
    return {};
}

}  // namespace galileo::cli
