#pragma once

#include <cstddef>
#include <string_view>

namespace galileo::store {

/// Declared lengths of the columns of contract 5.2, in characters; of TEXT in bytes. MariaDB in
/// strict mode refuses a whole statement for one value beyond them; SQLite ignores them.
inline constexpr std::size_t kExperimentIdLength = 100;
inline constexpr std::size_t kNodeLength = 50;
inline constexpr std::size_t kInfoKeyLength = 50;
inline constexpr std::size_t kMetricLength = 100;
inline constexpr std::size_t kSubsystemLength = 100;
inline constexpr std::size_t kEventNameLength = 100;
inline constexpr std::size_t kRequestIdLength = 36;
inline constexpr std::size_t kClientLength = 50;
inline constexpr std::size_t kServiceLength = 50;
inline constexpr std::size_t kServerLength = 50;
inline constexpr std::size_t kTextBytes = 65'535;

/// True when a VARCHAR(`characters`) does not hold `text`.
bool exceeds_characters(std::string_view text, std::size_t characters) noexcept;

/// The beginning of UTF-8 `text` that a VARCHAR(`characters`) holds.
std::string_view cut_to_characters(std::string_view text, std::size_t characters) noexcept;

/// The beginning of UTF-8 `text` of at most `bytes`, without half a character at its end.
std::string_view cut_to_bytes(std::string_view text, std::size_t bytes) noexcept;

}  // namespace galileo::store
