#include "http/gzip.h"

#include <zlib.h>

#include "base/assert.h"

namespace galileo::http {

std::string gzip(std::string_view bytes) {
    constexpr int kGzipWindow = 15 + 16;  // zlib: 16 more asks for the gzip wrapper
    z_stream stream{};
    const int begun = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
                                   Z_DEFAULT_STRATEGY);
    GALILEO_ASSERT(begun == Z_OK);
    std::string packed(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int ended = deflate(&stream, Z_FINISH);
    GALILEO_ASSERT(ended == Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

}  // namespace galileo::http
