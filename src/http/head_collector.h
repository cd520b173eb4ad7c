#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace galileo::http {

/// Collects a message head that arrives in pieces. It only looks for the empty line, and only in
/// what is new, so a head in tiny pieces does not cost the square of its length. Thread-compatible.
class HeadCollector {
  public:
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    void clear() noexcept {
        text_.clear();
        searched_ = 0;
    }

    /// Takes bytes from the front of `bytes` until text() is a whole head (true) or is `limit`
    /// bytes long or `bytes` is used up (false).
    bool take(std::string_view& bytes, std::size_t limit);

  private:
    std::string text_;
    std::size_t searched_ = 0;
};

/// A head without the empty line at its end.
std::string_view without_empty_line(std::string_view head) noexcept;

}  // namespace galileo::http
