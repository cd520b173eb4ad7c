#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/common_flags.h"

namespace galileo::cli {

enum class SummaryForm : std::uint8_t { kText, kJson, kNone };
enum class ProgressForm : std::uint8_t {
    kAuto,   ///< live on a terminal, plain elsewhere
    kPlain,  ///< one line every 5 s
    kJson,   ///< NDJSON on stderr
    kNone
};
enum class Arrival : std::uint8_t { kEven, kPoisson };
enum class LoadModel : std::uint8_t {
    kOpen,   ///< a rate, whatever the answers do
    kClosed  ///< as fast as the answers come
};

/// What was typed after `galileo run`. Either spec_path or url is set.
struct RunFlags {
    std::string spec_path;

    // The short form, refused together with spec_path.
    std::string url;
    LoadModel model = LoadModel::kOpen;
    std::optional<double> rate;  ///< requests per second, above 0; set if and only if the model is
                                 ///< open and url is set
    std::uint64_t clients = 1;
    Arrival arrival = Arrival::kEven;
    std::optional<std::uint64_t> count;  ///< end after so many requests
    std::string method;                  ///< empty: GET, or POST when there is a body
    std::vector<std::pair<std::string, std::string>> headers;  ///< in order
    std::optional<std::string> data;                           ///< body as it is
    std::optional<std::string> json_body;                      ///< body as JSON text, checked
    std::optional<std::chrono::nanoseconds> timeout;           ///< of one request; 0: none
    bool keep_alive = true;
    bool verify_tls = true;

    // Both forms; set: replaces what the file says.
    std::optional<std::chrono::nanoseconds> duration;
    std::optional<std::uint64_t> connections;  ///< in all, over all workers
    std::optional<std::uint64_t> processes;    ///< workers that the run starts itself
    std::optional<std::uint64_t> threads;      ///< loops of each of those
    std::optional<std::uint64_t> seed;
    std::string name;
    std::string creator;
    std::string database;  ///< SQLite file; empty: as the file says, else the default
    std::string redis;     ///< as --redis takes it; empty: a private one

    SummaryForm summary = SummaryForm::kText;
    ProgressForm progress = ProgressForm::kAuto;
    Colour colour = Colour::kAuto;
    bool quiet = false;  ///< the verdict only
};

/// `galileo run`: one experiment, from a file or from flags.
class RunCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const RunFlags& flags, Context& context);

    /// `function` does the work once the flags are read and checked.
    explicit RunCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

    [[nodiscard]] const RunFlags& flags() const noexcept { return flags_; }

  private:
    Function function_;
    RunFlags flags_;
    std::vector<std::string> short_form_given_;  ///< flags of the short form that were typed
};

/// Reads `500`, `500/s`, `30/m` or `3600/h` as requests per second, above 0 and at most 1e9.
Result<double> parse_rate(std::string_view text);
/// Reads `Name: value`.
Result<std::pair<std::string, std::string>> parse_header(std::string_view text);

}  // namespace galileo::cli
