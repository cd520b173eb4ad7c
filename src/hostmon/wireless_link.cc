#include "hostmon/wireless_link.h"

#include <fmt/format.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string_view>

namespace galileo::hostmon {

namespace {

using Bytes = std::span<const std::byte>;

template <typename Number>
std::optional<Number> number_at(Bytes bytes) noexcept {
    Number number{};
    if (bytes.size() < sizeof number) {
        return std::nullopt;
    }
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

/// The content of the first attribute of this type; nothing when there is none.
std::optional<Bytes> find_attribute(Bytes attributes, std::uint16_t type) noexcept {
    while (const auto head = number_at<nlattr>(attributes)) {
        if (head->nla_len < NLA_HDRLEN || head->nla_len > attributes.size()) {
            break;
        }
        if ((head->nla_type & NLA_TYPE_MASK) == type) {
            return attributes.subspan(NLA_HDRLEN, head->nla_len - NLA_HDRLEN);
        }
        attributes =
            attributes.subspan(std::min<std::size_t>(attributes.size(), NLA_ALIGN(head->nla_len)));
    }
    return std::nullopt;
}

/// NL80211_RATE_INFO_*: units of 100 kbit/s, the 16 bits of old only up to 6.5 Gbit/s.
std::optional<double> rate_of(Bytes station, std::uint16_t type) noexcept {
    constexpr double kPerMegabit = 10;
    const auto rate = find_attribute(station, type);
    if (!rate) {
        return std::nullopt;
    }
    if (const auto wide = find_attribute(*rate, NL80211_RATE_INFO_BITRATE32)) {
        const auto number = number_at<std::uint32_t>(*wide);
        return number ? std::optional(*number / kPerMegabit) : std::nullopt;
    }
    if (const auto narrow = find_attribute(*rate, NL80211_RATE_INFO_BITRATE)) {
        const auto number = number_at<std::uint16_t>(*narrow);
        return number ? std::optional(*number / kPerMegabit) : std::nullopt;
    }
    return std::nullopt;
}

/// A request with one attribute, in the order of the wire.
struct Request {
    nlmsghdr message{};
    genlmsghdr generic{};
    nlattr attribute{};
    std::array<char, 16> content{};
};

Request make_request(std::uint16_t family, std::uint8_t command, std::uint16_t type, Bytes value) {
    Request request;
    request.generic.cmd = command;
    request.generic.version = 1;
    request.attribute.nla_type = type;
    request.attribute.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size());
    std::memcpy(request.content.data(), value.data(), value.size());
    request.message.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + GENL_HDRLEN +
                                                           NLA_ALIGN(request.attribute.nla_len));
    request.message.nlmsg_type = family;
    request.message.nlmsg_flags = NLM_F_REQUEST;
    return request;
}

/// Sends and hands each answer's attributes to `take` until the last one.
Result<void> ask(int socket, Request& request, const std::function<void(Bytes)>& take) {
    const auto sent = ::send(socket, &request, request.message.nlmsg_len, 0);
    if (sent < 0) {
        return base::errno_error(errno, "netlink");
    }
    const bool is_dump = (request.message.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    alignas(nlmsghdr) std::array<std::byte, 16384> buffer{};
    for (;;) {
        const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got < 0) {
            return base::errno_error(errno, "netlink");
        }
        Bytes rest = Bytes(buffer).first(static_cast<std::size_t>(got));
        while (const auto head = number_at<nlmsghdr>(rest)) {
            if (head->nlmsg_len < NLMSG_HDRLEN || head->nlmsg_len > rest.size()) {
                break;
            }
            const auto body = rest.subspan(NLMSG_HDRLEN, head->nlmsg_len - NLMSG_HDRLEN);
            rest = rest.subspan(std::min<std::size_t>(rest.size(), NLMSG_ALIGN(head->nlmsg_len)));
            if (head->nlmsg_seq != request.message.nlmsg_seq) {
                continue;  // of a question that was given up
            }
            if (head->nlmsg_type == NLMSG_DONE) {
                return {};
            }
            if (head->nlmsg_type == NLMSG_ERROR) {
                const int number = -number_at<int>(body).value_or(-EPROTO);
                return number == 0 ? Result<void>() : base::errno_error(number, "netlink");
            }
            if (body.size() >= GENL_HDRLEN) {
                take(body.subspan(GENL_HDRLEN));
            }
            if (!is_dump) {
                return {};
            }
        }
    }
}

}  // namespace

WirelessLink parse_station(Bytes attributes) noexcept {
    WirelessLink link;
    const auto station = find_attribute(attributes, NL80211_ATTR_STA_INFO);
    if (!station) {
        return link;
    }
    link.sending_mbit = rate_of(*station, NL80211_STA_INFO_TX_BITRATE);
    link.receiving_mbit = rate_of(*station, NL80211_STA_INFO_RX_BITRATE);
    if (const auto signal = find_attribute(*station, NL80211_STA_INFO_SIGNAL)) {
        if (const auto level = number_at<std::int8_t>(*signal)) {
            link.signal_dbm = *level;
        }
    }
    return link;
}

Result<WirelessSocket> WirelessSocket::open() {
    base::UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
    if (!fd) {
        return base::errno_error(errno, "netlink");
    }
    const timeval patience{.tv_sec = 0, .tv_usec = 200'000};
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
        return base::errno_error(errno, "netlink");
    }
    WirelessSocket socket(std::move(fd));
    TRY(socket.find_family());
    return socket;
}

Result<void> WirelessSocket::find_family() {
    constexpr std::string_view kName{"nl80211\0", 8};
    auto request = make_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
                                std::as_bytes(std::span(kName)));
    request.message.nlmsg_seq = ++sequence_;
    TRY(ask(socket_.get(), request, [&](Bytes attributes) {
        if (const auto id = find_attribute(attributes, CTRL_ATTR_FAMILY_ID)) {
            family_ = number_at<std::uint16_t>(*id).value_or(0);
        }
    }));
    if (family_ == 0) {
        return Error(ErrorCode::kNotFound, "netlink: this kernel does not know nl80211");
    }
    return {};
}

Result<WirelessLink> WirelessSocket::link(const std::string& device) {
    const std::uint32_t index = ::if_nametoindex(device.c_str());
    if (index == 0) {
        return base::errno_error(errno, device);
    }
    auto request = make_request(family_, NL80211_CMD_GET_STATION, NL80211_ATTR_IFINDEX,
                                std::as_bytes(std::span(&index, 1)));
    request.message.nlmsg_flags |= NLM_F_DUMP;
    request.message.nlmsg_seq = ++sequence_;
    std::optional<WirelessLink> link;
    TRY_WITHIN(device, ask(socket_.get(), request, [&](Bytes attributes) {
                   if (!link) {
                       link = parse_station(attributes);
                   }
               }));
    if (!link) {
        return Error(ErrorCode::kNotFound, fmt::format("{}: not connected", device));
    }
    return *link;
}

}  // namespace galileo::hostmon
