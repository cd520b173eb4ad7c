#include "recorder/patient_writer.h"

#include "base/log.h"

namespace galileo::recorder {

namespace {

bool may_pass(ErrorCode code) {
    return code == ErrorCode::kTimeout || code == ErrorCode::kUnavailable ||
           code == ErrorCode::kExhausted;
}

}  // namespace

Result<store::BatchReport> PatientWriter::write(
    const std::function<Result<store::BatchReport>()>& write,
    const std::function<void(const Error&)>& failed) {
    const auto deadline = clock_.monotonic() + patience_;
    for (;;) {
        auto report = write();
        if (report) {
            failing_ = false;
            return report;
        }
        const auto& error = report.error();
        if (failing_ || !may_pass(error.code()) || clock_.monotonic() > deadline) {
            if (!failing_) {
                base::log_error("rows are lost: {}", error.message());
            }
            failing_ = true;
            return report;
        }
        failed(error);
    }
}

}  // namespace galileo::recorder
