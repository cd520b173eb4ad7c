#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "hostmon/families.h"
#include "hostmon/kernel_text.h"
#include "hostmon/meter.h"
#include "hostmon/net_counters.h"

namespace galileo::hostmon {

namespace {

constexpr double kBytesPerKilobyte = 1000;

/// What two counters of one device did since the last time.
struct Device {
    std::string name;
    enum class Use { kIgnored, kMeasured } use = Use::kIgnored;
    Meter in;
    Meter out;
    std::uint64_t round = 0;  ///< the last one that it was seen in
};

/// The devices that were seen in the last round, so that those that are gone leave nothing behind.
class Devices {
  public:
    using IsWanted = std::function<bool(std::string_view)>;
    explicit Devices(IsWanted is_wanted) : is_wanted_(std::move(is_wanted)) {}

    /// The device, when it is wanted.
    Device* see(std::string_view name) {
        auto found = std::find_if(devices_.begin(), devices_.end(),
                                  [&](const Device& device) { return device.name == name; });
        if (found == devices_.end()) {
            Device device;
            device.name = name;
            device.use = is_wanted_(name) ? Device::Use::kMeasured : Device::Use::kIgnored;
            found = devices_.insert(found, std::move(device));
        }
        found->round = round_;
        return found->use == Device::Use::kMeasured ? &*found : nullptr;
    }

    void end_round() {
        std::erase_if(devices_, [&](const Device& device) { return device.round != round_; });
        ++round_;
    }

  private:
    const IsWanted is_wanted_;
    std::vector<Device> devices_;
    std::uint64_t round_ = 1;
};

void emit_rate(const Emit& emit,
               std::string_view metric,
               const Device& device,
               std::optional<double> bytes_per_second) {
    if (bytes_per_second) {
        emit({metric, device.name, *bytes_per_second / kBytesPerKilobyte});
    }
}

/// Of `/proc/diskstats`: major, minor, name, then reads, merged, sectors, ms, and the same of
/// writes; a sector has 512 bytes, whatever the disk's are (Documentation/admin-guide/iostats).
class Disk final : public Instrument {
  public:
    explicit Disk(Host& host)
        : host_(host),
          file_(host.options().proc + "/diskstats"),
          devices_([&host](auto name) { return is_wanted_disk(host.options(), name); }) {}

    Result<void> sample(const Emit& emit) override {
        constexpr std::uint64_t kSector = 512;
        auto text = TRY(file_.read(host_.buffer()));
        const auto now = host_.clock().monotonic();
        while (!text.empty()) {
            auto line = take_line(text);
            take_word(line);
            take_word(line);
            const auto name = take_word(line);
            take_word(line);
            take_word(line);
            const auto read = to_count(take_word(line));
            take_word(line);
            take_word(line);
            take_word(line);
            const auto written = to_count(take_word(line));
            if (!read || !written) {
                continue;
            }
            if (auto* const device = devices_.see(name)) {
                emit_rate(emit, "rd", *device, device->in.rate(*read * kSector, now));
                emit_rate(emit, "wr", *device, device->out.rate(*written * kSector, now));
            }
        }
        devices_.end_round();
        return {};
    }

  private:
    Host& host_;
    KernelFile file_;
    Devices devices_;
};

class Net final : public Instrument {
  public:
    explicit Net(Host& host)
        : host_(host),
          file_(net_file(host.options(), "dev")),
          devices_([&host](auto name) { return is_wanted_net_device(host.options(), name); }) {}

    Result<void> sample(const Emit& emit) override {
        auto text = TRY(file_.read(host_.buffer()));
        const auto now = host_.clock().monotonic();
        while (!text.empty()) {
            const auto counters = parse_net_counters(take_line(text));
            if (!counters) {
                continue;
            }
            if (auto* const device = devices_.see(counters->device)) {
                emit_rate(emit, "rx", *device, device->in.rate(counters->received_bytes, now));
                emit_rate(emit, "tx", *device, device->out.rate(counters->sent_bytes, now));
            }
        }
        devices_.end_round();
        return {};
    }

  private:
    Host& host_;
    KernelFile file_;
    Devices devices_;
};

}  // namespace

std::unique_ptr<Instrument> make_disk(Host& host) {
    return std::make_unique<Disk>(host);
}

std::unique_ptr<Instrument> make_net(Host& host) {
    return std::make_unique<Net>(host);
}

}  // namespace galileo::hostmon
