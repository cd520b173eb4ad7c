#include "hostmon/wireless_link.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>

#include <cstring>
#include <vector>

namespace galileo::hostmon {
namespace {

using Content = std::vector<std::byte>;

/// An attribute as the kernel writes it, filled up to four bytes.
Content attribute(std::uint16_t type, const Content& content) {
    const nlattr head{.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + content.size()),
                      .nla_type = type};
    Content bytes(sizeof head);
    std::memcpy(bytes.data(), &head, sizeof head);
    bytes.insert(bytes.end(), content.begin(), content.end());
    bytes.resize(NLA_ALIGN(bytes.size()));
    return bytes;
}

template <typename Number>
Content bytes_of(Number number) {
    Content bytes(sizeof number);
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

Content joined(std::initializer_list<Content> parts) {
    Content all;
    for (const auto& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Content station() {
    const auto sending =
        joined({attribute(NL80211_RATE_INFO_BITRATE, bytes_of(std::uint16_t{8667})),
                attribute(NL80211_RATE_INFO_BITRATE32, bytes_of(std::uint32_t{108'089}))});
    const auto receiving = attribute(NL80211_RATE_INFO_BITRATE, bytes_of(std::uint16_t{65}));
    return joined({attribute(NL80211_ATTR_IFINDEX, bytes_of(std::uint32_t{3})),
                   attribute(NL80211_ATTR_STA_INFO | NLA_F_NESTED,
                             joined({attribute(NL80211_STA_INFO_SIGNAL, bytes_of(std::int8_t{-47})),
                                     attribute(NL80211_STA_INFO_TX_BITRATE, sending),
                                     attribute(NL80211_STA_INFO_RX_BITRATE, receiving)}))});
}

TEST(WirelessLinkTest, ReadsAStation) {
    EXPECT_EQ(parse_station(station()), (WirelessLink{10808.9, 6.5, -47}));
}

TEST(WirelessLinkTest, WhatIsCutOffIsAbsent) {
    const auto whole = station();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Content part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(parse_station(part), WirelessLink{}) << size;
    }
    EXPECT_EQ(parse_station(attribute(NL80211_ATTR_STA_INFO, {})), WirelessLink{});
    EXPECT_EQ(parse_station(attribute(NL80211_ATTR_STA_INFO, Content(4, std::byte{0}))),
              WirelessLink{});
}

TEST(WirelessLinkTest, AskingForNoDeviceIsNotFound) {
    auto socket = WirelessSocket::open();
    if (!socket) {
        EXPECT_EQ(socket.error().code(), ErrorCode::kNotFound) << socket.error().message();
        return;
    }
    EXPECT_FALSE(socket->link("nosuchdevice").ok());
}

}  // namespace
}  // namespace galileo::hostmon
