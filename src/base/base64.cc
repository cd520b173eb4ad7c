#include "base/base64.h"

#include <openssl/evp.h>

#include <climits>

namespace galileo::base {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL adds a zero
    const int length =
        EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

Result<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > INT_MAX) {
        return Error(ErrorCode::kInvalidInput, "not base64: the length is no multiple of 4");
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size())) < 0) {
        return Error(ErrorCode::kInvalidInput,
                     "not base64: a character that does not belong there");
    }
    for (std::size_t at = text.size(); at > 0 && text[at - 1] == '=' && text.size() - at < 2;
         --at) {
        bytes.pop_back();
    }
    if (to_base64(bytes) != text) {  // OpenSSL also takes white space and stray padding
        return Error(ErrorCode::kInvalidInput,
                     "not base64: padding or white space where none belongs");
    }
    return bytes;
}

}  // namespace galileo::base
