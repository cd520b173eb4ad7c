#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::base {

/// Appends numbers and texts to a string. Thread-compatible.
class ByteWriter {
  public:
    explicit ByteWriter(std::string& out) : out_(out) {}

    void fixed32(std::uint32_t number) { big_endian(number, 4); }
    void fixed64(std::uint64_t number) { big_endian(number, 8); }

    /// LEB128 as HdrHistogram has it: seven bits a byte, lowest first, the ninth byte with all
    /// eight.
    void varint(std::uint64_t number) {
        for (int bytes = 1; number >= 0x80U && bytes < 9; ++bytes) {
            out_.push_back(static_cast<char>((number & 0x7fU) | 0x80U));
            number >>= 7U;
        }
        out_.push_back(static_cast<char>(number));
    }
    /// Numbers near 0, of either sign, in few bytes.
    void zigzag(std::int64_t number) {
        varint((static_cast<std::uint64_t>(number) << 1U) ^
               static_cast<std::uint64_t>(number >> 63U));
    }
    void text(std::string_view text) {
        varint(text.size());
        out_.append(text);
    }

  private:
    void big_endian(std::uint64_t number, std::size_t bytes) {
        std::array<char, 8> buffer{};
        for (std::size_t at = bytes; at > 0; --at) {
            buffer[at - 1] = static_cast<char>(number & 0xffU);
            number >>= 8U;
        }
        out_.append(buffer.data(), bytes);
    }

    std::string& out_;
};

/// Takes apart what ByteWriter wrote. Every read is checked: kInvalidInput at the end of the bytes
/// and for numbers in a longer form than ByteWriter's. Borrows the bytes. Thread-compatible.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

    Result<std::string_view> take(std::size_t count) {
        if (count > rest_.size()) {
            return Error(ErrorCode::kInvalidInput, "the bytes end too early");
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    Result<std::uint64_t> fixed32() { return big_endian(4); }
    Result<std::uint64_t> fixed64() { return big_endian(8); }

    Result<std::uint64_t> varint() {
        std::uint64_t number = 0;
        for (std::size_t index = 0; index < rest_.size() && index < 9; ++index) {
            const auto byte = static_cast<unsigned char>(rest_[index]);
            const bool ninth = index == 8;
            number |= static_cast<std::uint64_t>(ninth ? byte : byte & 0x7fU) << (7U * index);
            if (ninth || (byte & 0x80U) == 0) {
                if (byte == 0 && index > 0) {
                    return Error(ErrorCode::kInvalidInput, "a number is longer than it need be");
                }
                rest_.remove_prefix(index + 1);
                return number;
            }
        }
        return Error(ErrorCode::kInvalidInput, "the bytes end within a number");
    }
    Result<std::int64_t> zigzag() {
        const std::uint64_t number = TRY(varint());
        return static_cast<std::int64_t>((number >> 1U) ^ (~(number & 1U) + 1U));
    }
    /// A text of at most `limit` bytes.
    Result<std::string_view> text(std::size_t limit) {
        const std::uint64_t size = TRY(varint());
        if (size > limit) {
            return Error(ErrorCode::kInvalidInput, "a text is too long");
        }
        return take(static_cast<std::size_t>(size));
    }

  private:
    Result<std::uint64_t> big_endian(std::size_t count) {
        std::uint64_t number = 0;
        for (const char byte : TRY(take(count))) {
            number = (number << 8U) | static_cast<unsigned char>(byte);
        }
        return number;
    }

    std::string_view rest_;
};

}  // namespace galileo::base
