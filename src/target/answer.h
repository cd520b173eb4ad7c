#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "target/options.h"

namespace galileo::target {

/// What an answer depends on besides the options.
struct AnswerChoice {
    int status = 200;
    Coding coding = Coding::kIdentity;
    Persistence persistence = Persistence::kKeepAlive;

    auto operator<=>(const AnswerChoice&) const = default;
};

/// An answer as it travels. An answer to HEAD is the head alone.
struct Answer {
    std::string_view head;  ///< status line and headers, with the empty line
    std::string_view body;  ///< framed and coded
};

/// All answers with the fixed body, rendered once. Immutable after construction; thread-safe.
class AnswerSheet {
  public:
    explicit AnswerSheet(const Options& options);

    /// The views live as long as the sheet. `choice.status` must be one of the options' statuses.
    [[nodiscard]] Answer fixed(const AnswerChoice& choice) const;

  private:
    std::string identity_body_;  ///< framed
    std::string gzip_body_;
    std::map<AnswerChoice, std::string> heads_;
};

/// The two parts of an answer that is made for one request.
struct OwnedAnswer {
    std::string head;
    std::string body;
};
/// Renders an answer with this body, coded and framed as told.
OwnedAnswer render_answer(const AnswerChoice& choice,
                          Framing framing,
                          std::string_view content_type,
                          std::string body);

/// `length` bytes of text lines, the same for the same length.
std::string sample_text(std::uint64_t length);

/// The reason phrase of RFC 9110; `Status` for one that it does not name.
std::string_view reason_of(int status);

/// Whether an answer with this status may have a body (RFC 9110 section 6.4.1).
bool has_body(int status);

/// Whether an Accept-Encoding field with this value lets an answer be gzipped (RFC 9110 section
/// 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

/// What the fault kJunk sends.
std::string_view junk();

}  // namespace galileo::target
