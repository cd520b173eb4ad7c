#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "hostmon/families.h"
#include "hostmon/wireless_link.h"

namespace galileo::hostmon {

namespace {

using Figure = std::optional<double> WirelessLink::*;

class Wireless final : public Instrument {
  public:
    Wireless(Host& host, std::string_view metric, Figure figure)
        : host_(host), metric_(metric), figure_(figure) {}

    Result<void> sample(const Emit& emit) override {
        bool found = false;
        std::error_code error;
        const std::string devices = host_.options().sys + "/class/net";
        for (std::filesystem::directory_iterator entry(devices, error), end; !error && entry != end;
             entry.increment(error)) {
            std::error_code gone;
            const auto device = entry->path().filename().string();
            if (!std::filesystem::exists(entry->path() / "phy80211", gone) ||
                !is_wanted_net_device(host_.options(), device)) {
                continue;
            }
            if (!socket_) {
                socket_ = TRY(WirelessSocket::open());
            }
            const auto link = socket_->link(device);
            if (!link && link.error().code() != ErrorCode::kNotFound) {
                socket_.reset();
                return link.error();
            }
            const auto value = link ? (*link).*figure_ : std::nullopt;
            if (value) {
                emit({metric_, device, *value});
                found = true;
            }
        }
        return found ? Result<void>()
                     : Error(ErrorCode::kNotFound,
                             fmt::format("{}: no wireless device with a link", devices));
    }

  private:
    Host& host_;
    const std::string_view metric_;
    const Figure figure_;
    std::optional<WirelessSocket> socket_;
};

}  // namespace

std::unique_ptr<Instrument> make_signal(Host& host) {
    return std::make_unique<Wireless>(host, "signal", &WirelessLink::signal_dbm);
}

std::unique_ptr<Instrument> make_tx_bitrate(Host& host) {
    return std::make_unique<Wireless>(host, "tx_bitrate", &WirelessLink::sending_mbit);
}

std::unique_ptr<Instrument> make_rx_bitrate(Host& host) {
    return std::make_unique<Wireless>(host, "rx_bitrate", &WirelessLink::receiving_mbit);
}

}  // namespace galileo::hostmon
