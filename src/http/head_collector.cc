#include "http/head_collector.h"

#include <algorithm>

namespace galileo::http {

bool HeadCollector::take(std::string_view& bytes, std::size_t limit) {
    const std::size_t before = text_.size();
    const std::string_view taken = bytes.substr(0, std::min(bytes.size(), limit - before));
    text_.append(taken);
    bytes.remove_prefix(taken.size());
    for (std::size_t at = text_.find('\n', searched_); at != std::string::npos;
         at = text_.find('\n', at + 1)) {
        const std::string_view rest = std::string_view(text_).substr(at + 1);
        const std::size_t line_end = rest.starts_with('\n') ? 1 : rest.starts_with("\r\n") ? 2 : 0;
        if (line_end != 0) {
            const std::size_t surplus = rest.size() - line_end;
            bytes = std::string_view(bytes.data() - surplus, bytes.size() + surplus);
            text_.resize(text_.size() - surplus);
            return true;
        }
    }
    searched_ = text_.size() < 2 ? 0 : text_.size() - 2;
    return false;
}

std::string_view without_empty_line(std::string_view head) noexcept {
    if (head.ends_with('\n')) {
        head.remove_suffix(head.ends_with("\r\n") ? 2 : 1);
    }
    return head;
}

}  // namespace galileo::http
