#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "engine/trace_ring.h"
#include "model/trace.h"

namespace galileo::worker {

/// Turns traces as the loop recorded them into the rows that are stored: header fields as JSON
/// text, the body decoded, times in epoch seconds (contract 2.3). Remembers the text of some
/// answers, because a service mostly gives the same ones. Thread-compatible.
class TraceTranscriber {
  public:
    /// `body_limit`: bytes of response text kept; 0: none. The row points into `view` and into this
    /// object; it is valid until the next call.
    const model::TraceRow& row(const engine::TraceView& view, std::size_t body_limit);

  private:
    /// An answer and its texts.
    struct Answer {
        std::string head;
        std::string headers = "{}";
        std::string body;
        std::size_t body_limit = 0;
        std::string response;
        bool has_response = false;
    };
    Answer& answer(const engine::TraceView& view, std::size_t body_limit);

    static constexpr std::size_t kAnswers = 64;  ///< a power of two
    std::array<Answer, kAnswers> answers_;       ///< by the hash of the head
    Answer large_;                               ///< the last one that is not worth its memory
    std::string request_id_;
    model::TraceRow row_;
};

}  // namespace galileo::worker
