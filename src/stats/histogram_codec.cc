// HdrHistogram's V2 encoding: https://github.com/HdrHistogram/HdrHistogram, AbstractHistogram and
// ZigZagEncoding. A header of 40 bytes, big-endian, then the counts from index 0 to the highest one
// used, zigzag and LEB128; a negative number stands for that many counts of 0. Its readers stop at
// the payload length that the header gives, so our trailer does not disturb them.

#include <bit>
#include <utility>

#include "base/bytes.h"
#include "stats/histogram.h"

namespace galileo::stats {

namespace {

constexpr std::uint32_t kCookie = 0x1c849303U | 0x10U;  // V2, counts in variable length
constexpr std::uint32_t kDigits = 3;
constexpr std::size_t kHeaderSize = 40;
constexpr std::uint64_t kMaxTotal = std::uint64_t{1} << 48U;

Error invalid_histogram(std::string_view why) {
    return {ErrorCode::kInvalidInput, "not an encoded histogram: " + std::string(why)};
}

/// The payload's size; checks all of the header.
Result<std::size_t> read_header(base::ByteReader& reader) {
    const std::uint64_t cookie = TRY(reader.fixed32());
    const std::uint64_t payload_size = TRY(reader.fixed32());
    const std::uint64_t index_offset = TRY(reader.fixed32());
    const std::uint64_t digits = TRY(reader.fixed32());
    const std::uint64_t lowest = TRY(reader.fixed64());
    const std::uint64_t highest = TRY(reader.fixed64());
    const std::uint64_t ratio = TRY(reader.fixed64());
    if (cookie != kCookie) {
        return invalid_histogram("the cookie is not that of V2");
    }
    if (index_offset != 0 || digits != kDigits || lowest != 1 ||
        highest != static_cast<std::uint64_t>(Histogram::kHighest.count()) ||
        ratio != std::bit_cast<std::uint64_t>(1.0)) {
        return invalid_histogram("want values from 1 to 3600000000000 with 3 digits");
    }
    return static_cast<std::size_t>(payload_size);
}

}  // namespace

std::string Histogram::encode() const {
    std::string bytes;
    base::ByteWriter writer(bytes);
    writer.fixed32(kCookie);
    writer.fixed32(0);  // payload size, known below
    writer.fixed32(0);  // normalizing index offset
    writer.fixed32(kDigits);
    writer.fixed64(1);
    writer.fixed64(static_cast<std::uint64_t>(kHighest.count()));
    writer.fixed64(std::bit_cast<std::uint64_t>(1.0));

    const Range range = used();
    if (range.end == 0) {
        writer.zigzag(0);
    }
    std::int64_t zeros = static_cast<std::int64_t>(range.begin);
    for (std::size_t index = range.begin; index < range.end; ++index) {
        if (counts_[index] == 0) {
            ++zeros;
            continue;
        }
        if (zeros > 0) {
            writer.zigzag(zeros == 1 ? 0 : -zeros);
            zeros = 0;
        }
        writer.zigzag(static_cast<std::int64_t>(counts_[index]));
    }

    std::string size;
    base::ByteWriter(size).fixed32(static_cast<std::uint32_t>(bytes.size() - kHeaderSize));
    bytes.replace(4, size.size(), size);

    writer.varint(static_cast<std::uint64_t>(min().count()));
    writer.varint(static_cast<std::uint64_t>(max().count()));
    writer.varint(saturated_);
    return bytes;
}

/// Fills the counts and the total of an empty histogram; the extremes to bucket precision.
Result<void> Histogram::decode_counts(std::string_view payload) {
    base::ByteReader reader(payload);
    const std::size_t end = index_of(kHighest.count()) + 1;
    std::size_t next = 0;
    bool after_zeros = false;
    while (reader.left() > 0) {
        const std::int64_t number = TRY(reader.zigzag());
        if (number > 0) {
            const auto count = static_cast<std::uint64_t>(number);
            if (next == end || count > kMaxTotal - total_) {
                return invalid_histogram("too many counts");
            }
            // The extremes move along, so that used() covers every count whenever this ends.
            min_ = std::min(min_, lowest_at(next));
            max_ = lowest_at(next);
            counts_[next++] = count;
            total_ += count;
            after_zeros = false;
            continue;
        }
        const std::uint64_t zeros = number == 0 ? 1 : ~static_cast<std::uint64_t>(number) + 1;
        if (after_zeros || number == -1 || zeros > end - next) {
            return invalid_histogram("a run of zeros is malformed");
        }
        next += static_cast<std::size_t>(zeros);
        after_zeros = true;
    }
    if (total_ == 0) {
        if (next != 1) {  // a single zero is how encode() writes nothing
            return invalid_histogram("no counts");
        }
        return {};
    }
    if (after_zeros) {
        return invalid_histogram("zeros at the end");
    }
    return {};
}

/// Completes a histogram whose counts are known.
Result<void> Histogram::decode_trailer(std::string_view trailer) {
    base::ByteReader reader(trailer);
    const std::uint64_t min = TRY(reader.varint());
    const std::uint64_t max = TRY(reader.varint());
    const std::uint64_t saturated = TRY(reader.varint());
    if (reader.left() != 0) {
        return invalid_histogram("bytes follow it");
    }
    const Range range = used();
    if (range.end == 0) {
        if (min != 0 || max != 0 || saturated != 0) {
            return invalid_histogram("extremes without counts");
        }
        return {};
    }
    const auto highest = static_cast<std::uint64_t>(kHighest.count());
    if (min > max || max > highest || index_of(static_cast<std::int64_t>(min)) != range.begin ||
        index_of(static_cast<std::int64_t>(max)) != range.end - 1 || (total_ == 1 && min != max)) {
        return invalid_histogram("its lowest and highest value do not fit its counts");
    }
    if (saturated > counts_[range.end - 1] || (saturated > 0 && max != highest)) {
        return invalid_histogram("its saturated count does not fit its counts");
    }
    min_ = static_cast<std::int64_t>(min);
    max_ = static_cast<std::int64_t>(max);
    saturated_ = saturated;
    return {};
}

Result<Histogram> Histogram::decode(std::string_view bytes) {
    base::ByteReader reader(bytes);
    const std::size_t payload_size = TRY(read_header(reader));
    Histogram decoded;
    const std::string_view payload = TRY(reader.take(payload_size));
    const std::string_view trailer = TRY(reader.take(reader.left()));
    TRY(decoded.decode_counts(payload));
    TRY(decoded.decode_trailer(trailer));
    return decoded;
}

}  // namespace galileo::stats
