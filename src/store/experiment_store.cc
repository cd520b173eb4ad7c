#include "store/experiment_store.h"

#include "model/utf8.h"
#include "store/columns.h"

namespace galileo::store {

BatchReport& BatchReport::operator+=(const BatchReport& other) noexcept {
    stored += other.stored;
    refused += other.refused;
    over_long += other.over_long;
    repaired += other.repaired;
    return *this;
}

bool exceeds_characters(std::string_view text, std::size_t characters) noexcept {
    return text.size() > characters && model::count_code_points(text) > characters;
}

}  // namespace galileo::store
