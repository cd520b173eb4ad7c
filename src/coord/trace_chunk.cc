#include "coord/trace_chunk.h"

#include <bit>
#include <functional>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace galileo::coord {

namespace {

constexpr char kChunkVersion = 2;
constexpr std::size_t kMaxChunkName = 64 * 1024;
constexpr std::size_t kSmallestTrace =
    31;  // bytes: three times and seven lengths, references or numbers
constexpr std::size_t kLongestRepeated = 4'096;  // bytes; longer texts are not looked up
constexpr std::size_t kUsedSlotsMax = 768;
constexpr std::uint64_t kAbsent = 0;
constexpr std::uint64_t kNew = 1;
constexpr std::uint64_t kFirstNumber = 2;

/// Reads references and numbers the texts that they bring.
class TextReader {
  public:
    explicit TextReader(base::ByteReader& reader) : reader_(reader) {}

    Result<std::optional<std::string_view>> optional_text() {
        const std::uint64_t reference = TRY(reader_.varint());
        if (reference == kAbsent) {
            return std::optional<std::string_view>();
        }
        if (reference == kNew) {
            texts_.push_back(TRY(reader_.text(reader_.left())));
            return std::optional(texts_.back());
        }
        if (reference - kFirstNumber >= texts_.size()) {
            return Error(ErrorCode::kInvalidInput, "a trace refers to a text that was not said");
        }
        return std::optional(texts_[reference - kFirstNumber]);
    }
    Result<std::string_view> text() {
        const auto text = TRY(optional_text());
        if (!text) {
            return Error(ErrorCode::kInvalidInput, "a trace lacks its client or service");
        }
        return *text;
    }

  private:
    base::ByteReader& reader_;
    std::vector<std::string_view> texts_;
};

Result<double> read_time(base::ByteReader& reader) {
    return std::bit_cast<double>(TRY(reader.fixed64()));
}

Result<model::TraceRow> read_trace(base::ByteReader& reader, TextReader& texts) {
    model::TraceRow trace;
    trace.request_id = TRY(reader.text(kMaxChunkName));
    trace.client = TRY(texts.text());
    trace.service = TRY(texts.text());
    trace.created = TRY(read_time(reader));
    trace.sent = TRY(read_time(reader));
    trace.done = TRY(read_time(reader));
    trace.status = static_cast<int>(TRY(reader.zigzag()));
    trace.server = TRY(texts.optional_text());
    trace.headers = TRY(texts.optional_text());
    trace.response = TRY(texts.optional_text());
    return trace;
}

}  // namespace

void TraceChunkEncoder::append(const model::TraceRow& trace) {
    base::ByteWriter writer(body_);
    const auto write_optional = [&](const std::optional<std::string_view>& text) {
        if (text) {
            write_reference(*text);
        } else {
            writer.varint(kAbsent);
        }
    };
    writer.text(trace.request_id);
    write_reference(trace.client);
    write_reference(trace.service);
    for (const double time : {trace.created, trace.sent, trace.done}) {
        writer.fixed64(std::bit_cast<std::uint64_t>(time));
    }
    writer.zigzag(trace.status);
    write_optional(trace.server);
    write_optional(trace.headers);
    write_optional(trace.response);
    ++count_;
}

void TraceChunkEncoder::write_reference(std::string_view text) {
    base::ByteWriter writer(body_);
    Slot* free = nullptr;
    if (text.size() <= kLongestRepeated) {
        const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
        for (std::size_t at = hash % kSlots;; at = (at + 1) % kSlots) {
            Slot& slot = slots_[at];
            if (slot.number_plus_one == 0) {
                free = used_slots_ < kUsedSlotsMax ? &slot : nullptr;
                slot.hash = hash;
                break;
            }
            if (slot.hash == hash &&
                std::string_view(body_).substr(slot.offset, slot.size) == text) {
                writer.varint(kFirstNumber + slot.number_plus_one - 1);
                return;
            }
        }
    }
    writer.varint(kNew);
    writer.text(text);
    ++texts_;
    if (free != nullptr) {
        free->number_plus_one = texts_;
        free->offset = static_cast<std::uint32_t>(body_.size() - text.size());
        free->size = static_cast<std::uint32_t>(text.size());
        ++used_slots_;
    }
}

SealedChunk TraceChunkEncoder::seal(std::string_view worker, std::uint64_t sequence) {
    SealedChunk sealed{{}, count_};
    std::string& bytes = sealed.bytes;
    bytes.reserve(body_.size() + worker.size() + 24);
    bytes += kChunkVersion;
    base::ByteWriter writer(bytes);
    writer.text(worker);
    writer.varint(sequence);
    writer.varint(count_);
    bytes += body_;
    body_.clear();
    count_ = 0;
    texts_ = 0;
    used_slots_ = 0;
    slots_.fill({});
    return sealed;
}

Result<TraceChunk> decode_trace_chunk(std::string_view bytes) {
    if (bytes.empty() || bytes.front() != kChunkVersion) {
        return Error(ErrorCode::kInvalidInput, "not a chunk of traces of version 2");
    }
    TraceChunk chunk;
    chunk.memory.assign(bytes.begin() + 1, bytes.end());
    base::ByteReader reader({chunk.memory.data(), chunk.memory.size()});
    chunk.worker = TRY(reader.text(kMaxChunkName));
    chunk.sequence = TRY(reader.varint());
    const auto count = TRY(reader.varint());
    if (count > reader.left() / kSmallestTrace) {
        return Error(ErrorCode::kInvalidInput, "a chunk claims more traces than it can hold");
    }
    chunk.traces.reserve(count);
    TextReader texts(reader);
    for (std::uint64_t index = 0; index < count; ++index) {
        chunk.traces.push_back(TRY(read_trace(reader, texts)));
    }
    if (reader.left() != 0) {
        return Error(ErrorCode::kInvalidInput, "bytes after the end of a chunk of traces");
    }
    return chunk;
}

}  // namespace galileo::coord
