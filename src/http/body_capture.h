#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace galileo::http {

/// The first bytes of something that arrives in pieces, at most `limit`. What arrives in one piece
/// is only pointed at; it is copied by settle() when it must outlive the input. Thread-compatible.
class BodyCapture {
  public:
    explicit BodyCapture(std::size_t limit) noexcept : limit_(limit) {}

    /// Forgets. Bytes handed out before stay where they are until the next add() or settle().
    void reset() noexcept {
        view_ = {};
        in_input_ = false;
    }

    void add(std::string_view bytes) {
        bytes = bytes.substr(0, std::min(bytes.size(), limit_ - view_.size()));
        if (bytes.empty()) {
            return;
        }
        if (view_.empty()) {
            view_ = bytes;
            in_input_ = true;
            return;
        }
        settle();
        storage_.append(bytes);
        view_ = storage_;
    }

    /// Copies what lies in the caller's input, which may now go away.
    void settle() {
        if (in_input_) {
            storage_.assign(view_);
            view_ = storage_;
            in_input_ = false;
        }
    }

    [[nodiscard]] std::string_view view() const noexcept { return view_; }

  private:
    std::size_t limit_;
    std::string_view view_;
    std::string storage_;
    bool in_input_ = false;
};

}  // namespace galileo::http
