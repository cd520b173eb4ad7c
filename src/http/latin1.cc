#include "http/latin1.h"

namespace galileo::http {

std::optional<std::string> to_latin1(std::string_view utf8) {
    std::string out;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte < 0x80) {
            out += utf8[i];
            continue;
        }
        if ((byte != 0xc2 && byte != 0xc3) || i + 1 == utf8.size()) {
            return std::nullopt;
        }
        ++i;
        out += static_cast<char>(((byte & 0x03) << 6) | (utf8[i] & 0x3f));
    }
    return out;
}

}  // namespace galileo::http
