#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::model {

/// The record of one request (contract 2.3). Times are epoch seconds (UTC).
struct Trace {
    std::string request_id;  ///< at most 36 characters
    std::string client;
    std::string service;
    double created = 0;  ///< the intended start
    double sent = -1;    ///< just before the first byte was written; -1 when it never was
    double done = 0;     ///< the last byte of the answer arrived, or the failure was seen
    int status = -1;     ///< final HTTP status; -1 when there was none
    std::optional<std::string> server;  ///< host[:port] of the final URL
    std::optional<std::string>
        exp_id;  ///< absent at the worker unless it runs for a known experiment
    std::optional<std::string> headers;   ///< response headers as JSON object text
    std::optional<std::string> response;  ///< decoded body, white space trimmed

    bool operator==(const Trace&) const = default;
};

/// A trace whose texts belong to somebody else: for passing traces on and writing them without
/// copying. Fields as in Trace.
struct TraceRow {
    std::string_view request_id;
    std::string_view client;
    std::string_view service;
    double created = 0;
    double sent = -1;
    double done = 0;
    int status = -1;
    std::optional<std::string_view> server;
    std::optional<std::string_view> exp_id;
    std::optional<std::string_view> headers;
    std::optional<std::string_view> response;

    bool operator==(const TraceRow&) const = default;
};

/// A row that points into `trace`.
TraceRow row_of(const Trace& trace);
/// A trace with texts of its own.
Trace trace_of(const TraceRow& row);

/// True for what counts as a failed request: no status, or a status of 300 and above
/// (contract 2.3).
constexpr bool is_failure(int status) noexcept {
    return status < 0 || status >= 300;
}

/// One line of eleven comma-separated fields without line end (contract 2.9): times with seven
/// decimals, absent fields as `None`, `,` in headers as `|`, line breaks in the response as the two
/// characters `\n`. The format cannot say everything: a `|` in headers comes back as `,`, a literal
/// `\n` in the response as a line break, the text `None` as absent; a `,` in any other text field,
/// which would shift the rest, becomes `;`.
std::string to_trace_line(const Trace& trace);

/// The same, appended to `out`; allocates only when `out` must grow.
void append_trace_line(std::string& out, const Trace& trace);

/// Reads such a line, splitting at the first ten commas, or a line of ten fields (galileo-db before
/// 0.9), which has no headers: its tenth field, the response, is neither `None`, empty nor an
/// object in braces, or it is the last. kInvalidInput, naming the field, when there are fewer
/// fields or a number cannot be read.
Result<Trace> parse_trace_line(std::string_view line);

}  // namespace galileo::model
