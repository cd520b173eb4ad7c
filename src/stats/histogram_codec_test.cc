#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/random.h"
#include "stats/histogram.h"

namespace galileo::stats {
namespace {

using std::chrono::nanoseconds;
using namespace std::string_literals;

Histogram random_histogram(base::Rng& rng) {
    Histogram histogram;
    const double span = 13 * rng.uniform();
    for (std::uint64_t value = 0, count = rng.below(200); value < count; ++value) {
        histogram.record(nanoseconds(static_cast<std::int64_t>(std::pow(10, span * rng.uniform()))),
                         1 + rng.below(1000));
    }
    return histogram;
}

/// Changes, cuts, repeats or inserts a few bytes.
std::string mutated(base::Rng& rng, std::string bytes) {
    for (std::uint64_t change = 0, changes = 1 + rng.below(4); change < changes; ++change) {
        const std::size_t at = bytes.empty() ? 0 : rng.below(bytes.size());
        const auto byte = static_cast<char>(rng.below(256));
        switch (bytes.empty() ? 2 : rng.below(6)) {
            case 0:
                bytes[at] = byte;
                break;
            case 1:
                bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << rng.below(8)));
                break;
            case 2:
                bytes.insert(at, 1, byte);
                break;
            case 3:
                bytes.erase(at, 1 + rng.below(4));
                break;
            case 4:
                bytes.insert(at, bytes.substr(at, 1 + rng.below(8)));
                break;
            default:
                bytes[at] = rng.below(2) == 0 ? '\xff' : '\0';
        }
    }
    return bytes;
}

/// Whatever decode() accepts must be exactly what encode() writes for it.
void expect_refused_or_canonical(const std::string& bytes) {
    const auto decoded = Histogram::decode(bytes);
    if (decoded.ok()) {
        EXPECT_EQ(decoded->encode(), bytes);
    } else {
        EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidInput);
    }
}

TEST(HistogramCodec, WritesTheV2FormatOfHdrHistogram) {
    Histogram histogram;
    histogram.record(nanoseconds(1));
    histogram.record(nanoseconds(3), 100);
    histogram.record(nanoseconds(10));
    const std::string header =
        "\x1c\x84\x93\x13\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x03"
        "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x03\x46\x30\xb8\xa0\x00"
        "\x3f\xf0\x00\x00\x00\x00\x00\x00"s;
    // counts 0 1 0 100 (6 zeros) 1, zigzag: 0 2 0 200 11 2
    const std::string payload = "\x00\x02\x00\xc8\x01\x0b\x02"s;
    const std::string trailer = "\x01\x0a\x00"s;
    EXPECT_EQ(histogram.encode(), header + payload + trailer);
}

TEST(HistogramCodec, RoundTripsWhatItHolds) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        base::Rng rng(seed);
        const Histogram histogram = random_histogram(rng);
        const std::string bytes = histogram.encode();
        const auto decoded = Histogram::decode(bytes);
        ASSERT_TRUE(decoded.ok()) << decoded.error().message() << " seed " << seed;
        EXPECT_EQ(*decoded, histogram) << seed;
        EXPECT_EQ(decoded->encode(), bytes) << seed;
    }
}

TEST(HistogramCodec, RoundTripsTheExtremes) {
    Histogram histogram;
    EXPECT_EQ(Histogram::decode(histogram.encode()).value(), histogram);
    histogram.record(nanoseconds(0));
    EXPECT_EQ(Histogram::decode(histogram.encode()).value(), histogram);
    histogram.record(nanoseconds::max(), 7);
    EXPECT_EQ(Histogram::decode(histogram.encode()).value(), histogram);
    histogram.record(Histogram::kHighest, std::uint64_t{1} << 47U);
    EXPECT_EQ(Histogram::decode(histogram.encode()).value(), histogram);
}

TEST(HistogramCodec, MergesAfterDecodingAsBefore) {
    base::Rng rng(11);
    Histogram direct = random_histogram(rng);
    Histogram decoded = Histogram::decode(direct.encode()).value();
    const Histogram other = random_histogram(rng);
    direct.merge(other);
    decoded.merge(Histogram::decode(other.encode()).value());
    EXPECT_EQ(decoded, direct);
}

TEST(HistogramCodec, RefusesEveryTruncationAndExtension) {
    base::Rng rng(12);
    const std::string bytes = random_histogram(rng).encode();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto decoded = Histogram::decode(std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(decoded.ok()) << size;
        EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidInput);
    }
    for (int byte = 0; byte < 256; ++byte) {
        EXPECT_FALSE(Histogram::decode(bytes + static_cast<char>(byte)).ok());
    }
}

TEST(HistogramCodec, SurvivesMutations) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        base::Rng rng(seed);
        const std::string bytes = random_histogram(rng).encode();
        for (int mutation = 0; mutation < 100; ++mutation) {
            expect_refused_or_canonical(mutated(rng, bytes));
        }
    }
}

TEST(HistogramCodec, SurvivesNoise) {
    const std::string header = Histogram().encode().substr(0, 40);
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        base::Rng rng(seed);
        SCOPED_TRACE(seed);
        std::string noise(rng.below(100), '\0');
        for (char& byte : noise) {
            byte = static_cast<char>(rng.below(256));
        }
        expect_refused_or_canonical(noise);
        std::string behind_header = header + noise;
        behind_header[7] =
            static_cast<char>(noise.empty() ? 0 : noise.size() - rng.below(noise.size()));
        expect_refused_or_canonical(behind_header);
    }
}

TEST(HistogramCodec, RefusesWhatEncodeNeverWrites) {
    const std::string header = "\x1c\x84\x93\x13\x00\x00\x00"s;
    const std::string rest =
        "\x00\x00\x00\x00\x00\x00\x00\x03"
        "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x03\x46\x30\xb8\xa0\x00"
        "\x3f\xf0\x00\x00\x00\x00\x00\x00"s;
    const auto bytes = [&](const std::string& payload, const std::string& trailer) {
        return header + static_cast<char>(payload.size()) + rest + payload + trailer;
    };
    const std::string huge_run(9, '\xff');
    ASSERT_TRUE(Histogram::decode(bytes("\x00\x02"s, "\x01\x01\x00"s)).ok());
    const struct {
        const char* what;
        std::string bytes;
    } rows[] = {
        {"nothing", ""},
        {"no payload", bytes("", "\x00\x00\x00"s)},
        {"two zeros for nothing", bytes("\x03"s, "\x00\x00\x00"s)},
        {"a zero run of one", bytes("\x01\x02"s, "\x01\x01\x00"s)},
        {"two zero runs", bytes("\x00\x00\x02"s, "\x02\x02\x00"s)},
        {"zeros at the end", bytes("\x02\x00"s, "\x00\x00\x00"s)},
        {"a long number", bytes("\x80\x00\x02"s, "\x01\x01\x00"s)},
        {"a run of 2^63 zeros", bytes(huge_run + "\x02", "\x01\x01\x00"s)},
        {"a count of 2^62", bytes("\x80\x80\x80\x80\x80\x80\x80\x80\x80"s, "\x00\x00\x00"s)},
        {"an unfinished number", bytes("\x00\x82"s, "\x01\x01\x00"s)},
        {"minimum above maximum", bytes("\x00\x02\x02"s, "\x02\x01\x00"s)},
        {"minimum elsewhere", bytes("\x00\x02\x02"s, "\x00\x02\x00"s)},
        {"maximum elsewhere", bytes("\x00\x02"s, "\x01\x02\x00"s)},
        {"saturated below the highest", bytes("\x00\x02"s, "\x01\x01\x01"s)},
        {"no trailer", bytes("\x00\x02"s, "")},
        {"half a trailer", bytes("\x00\x02"s, "\x01\x01"s)},
        {"extremes of nothing", bytes("\x00"s, "\x01\x01\x00"s)},
    };
    for (const auto& row : rows) {
        const auto decoded = Histogram::decode(row.bytes);
        ASSERT_FALSE(decoded.ok()) << row.what;
        EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidInput) << row.what;
    }
}

TEST(HistogramCodec, RefusesOtherLayouts) {
    const std::string good = Histogram().encode();
    for (std::size_t at = 0; at < 40; ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string bytes = good;
            bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << bit));
            EXPECT_FALSE(Histogram::decode(bytes).ok()) << "byte " << at << " bit " << bit;
        }
    }
}

}  // namespace
}  // namespace galileo::stats
