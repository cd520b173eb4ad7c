#include <fmt/format.h>

#include "hostmon/families.h"
#include "hostmon/kernel_text.h"

namespace galileo::hostmon {

namespace {

/// Pressure stall information, since Linux 4.20: lines as
/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=304049960`, `full` likewise (for the CPU since
/// 5.13), total in microseconds.
class Pressure final : public Instrument {
  public:
    Pressure(Host& host, std::string_view resource)
        : host_(host),
          metric_(fmt::format("psi_{}", resource)),
          file_(fmt::format("{}/pressure/{}", host.options().proc, resource)) {}

    Result<void> sample(const Emit& emit) override {
        constexpr std::string_view kTotal = "total=";
        auto text = TRY(file_.read(host_.buffer()));
        while (!text.empty()) {
            auto line = take_line(text);
            const auto share = take_word(line);
            const auto at = line.find(kTotal);
            if ((share != "some" && share != "full") || at == std::string_view::npos) {
                continue;
            }
            line.remove_prefix(at + kTotal.size());
            const auto total = to_count(take_word(line));
            if (!total) {
                return Error(ErrorCode::kProtocol, fmt::format("{}: not understood", file_.path()));
            }
            emit({metric_, share, static_cast<double>(*total)});
        }
        return {};
    }

  private:
    Host& host_;
    const std::string metric_;
    KernelFile file_;
};

}  // namespace

std::unique_ptr<Instrument> make_psi_cpu(Host& host) {
    return std::make_unique<Pressure>(host, "cpu");
}

std::unique_ptr<Instrument> make_psi_io(Host& host) {
    return std::make_unique<Pressure>(host, "io");
}

std::unique_ptr<Instrument> make_psi_memory(Host& host) {
    return std::make_unique<Pressure>(host, "memory");
}

}  // namespace galileo::hostmon
