#include "stats/zero_block.h"

#include <sys/mman.h>

#include <array>
#include <new>

#include "base/guarded.h"

namespace galileo::stats {

namespace {

constexpr std::size_t kSize = kZeroBlockNumbers * sizeof(std::uint64_t);

/// Blocks given back. A page fault costs 0.3 us on bare metal and 30 us on some virtual machines,
/// and a histogram of ordinary latencies touches twenty pages: without these, most of decoding a
/// snapshot is page faults. Shared by all threads, for snapshots are made in one and dropped in
/// another.
struct Spares {
    std::array<std::uint64_t*, 64> blocks{};
    std::size_t count = 0;
};

base::Guarded<Spares>& spares() {
    // Never destroyed: histograms may be, after every object with a destructor of its own.
    static auto& instance = *new base::Guarded<Spares>();
    return instance;
}

}  // namespace

std::uint64_t* take_zero_block() {
    std::uint64_t* spare = spares().with([](Spares& kept) -> std::uint64_t* {
        return kept.count > 0 ? kept.blocks[--kept.count] : nullptr;
    });
    if (spare != nullptr) {
        return spare;
    }
    // Not calloc: once a block of this size was freed, glibc serves the next one from its heap and
    // clears all of it by hand.
    void* pages = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
        throw std::bad_alloc();  // tidy: as operator new does: nobody can go on without this memory
    }
    return static_cast<std::uint64_t*>(pages);
}

void give_zero_block(std::uint64_t* block) noexcept {
    const bool taken = spares().with([&](Spares& kept) {
        if (kept.count == kept.blocks.size()) {
            return false;
        }
        kept.blocks[kept.count++] = block;
        return true;
    });
    if (!taken) {
        ::munmap(block, kSize);
    }
}

}  // namespace galileo::stats
