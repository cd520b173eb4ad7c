#pragma once

#include <cstddef>
#include <cstdint>

namespace galileo::stats {

/// How many numbers a block holds: 264 KiB in all.
inline constexpr std::size_t kZeroBlockNumbers = std::size_t{33} * 1024;

/// A block of numbers that are all 0, on pages that the kernel provides on first touch or that an
/// earlier owner touched already. Throws std::bad_alloc, as operator new does. Private to this
/// room. Thread-safe.
std::uint64_t* take_zero_block();

/// Gives a block back; the caller has set all that it touched to 0 again. Thread-safe.
void give_zero_block(std::uint64_t* block) noexcept;

}  // namespace galileo::stats
