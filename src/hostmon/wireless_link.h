#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace galileo::hostmon {

/// The state of a wireless device's link to its access point. Absent: the driver does not tell.
struct WirelessLink {
    std::optional<double> sending_mbit;    ///< Mbit/s
    std::optional<double> receiving_mbit;  ///< Mbit/s
    std::optional<double> signal_dbm;

    bool operator==(const WirelessLink&) const = default;
};

/// Reads the attributes (linux/nl80211.h) of an answer to NL80211_CMD_GET_STATION. What is cut off
/// or malformed is absent.
WirelessLink parse_station(std::span<const std::byte> attributes) noexcept;

/// Asks the kernel about wireless links, by generic netlink. It sees the devices of this process's
/// own network namespace. Movable; thread-compatible.
class WirelessSocket {
  public:
    /// kNotFound: this kernel has no wireless devices' interface (nl80211).
    static Result<WirelessSocket> open();

    /// The link of the device; as an access point, the one to its first station. kNotFound: there
    /// is no such device, or it is not connected. Waits 200 ms for the kernel at the most.
    Result<WirelessLink> link(const std::string& device);

  private:
    explicit WirelessSocket(base::UniqueFd socket) : socket_(std::move(socket)) {}

    Result<void> find_family();

    base::UniqueFd socket_;
    std::uint16_t family_ = 0;
    std::uint32_t sequence_ = 0;
};

}  // namespace galileo::hostmon
