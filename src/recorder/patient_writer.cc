#include "recorder/patient_writer.h"

#include <algorithm>

#include "base/log.h"

namespace galileo::recorder {

namespace {

constexpr std::chrono::milliseconds kFullDiskPatience{10'000};

bool may_pass(ErrorCode code) {
    return code == ErrorCode::kTimeout || code == ErrorCode::kUnavailable ||
           code == ErrorCode::kExhausted;
}

}  // namespace

Result<store::BatchReport> PatientWriter::write(
    const std::function<Result<store::BatchReport>()>& write,
    const std::function<Retry(const Error&)>& failed) {
    const auto started = clock_.monotonic();
    for (;;) {
        auto report = write();
        if (report) {
            failing_ = false;
            return report;
        }
        const auto& error = report.error();
        const auto patience = error.code() == ErrorCode::kExhausted
                                  ? std::min(patience_, kFullDiskPatience)
                                  : patience_;
        if (failing_ || !may_pass(error.code()) || clock_.monotonic() - started > patience ||
            failed(error) == Retry::kGiveUp) {
            if (!failing_) {
                base::log_error("rows are lost: {}", error.message());
            }
            failing_ = true;
            return report;
        }
    }
}

}  // namespace galileo::recorder
