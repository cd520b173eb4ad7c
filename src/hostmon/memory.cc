#include <fmt/format.h>

#include <algorithm>

#include "hostmon/families.h"
#include "hostmon/kernel_text.h"

namespace galileo::hostmon {

namespace {

class Ram final : public Instrument {
  public:
    explicit Ram(Host& host) : host_(host), file_(host.options().proc + "/meminfo") {}

    Result<void> sample(const Emit& emit) override {
        const auto text = TRY(file_.read(host_.buffer()));
        const auto total = count_of_line(text, "MemTotal:");
        const auto available = count_of_line(text, "MemAvailable:");  // since Linux 3.14
        if (!total || !available) {
            return Error(ErrorCode::kProtocol, fmt::format("{}: not understood", file_.path()));
        }
        emit({"ram", {}, static_cast<double>(*total - std::min(*total, *available))});
        return {};
    }

  private:
    Host& host_;
    KernelFile file_;
};

}  // namespace

std::unique_ptr<Instrument> make_ram(Host& host) {
    return std::make_unique<Ram>(host);
}

}  // namespace galileo::hostmon
