#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "hostmon/families.h"
#include "hostmon/kernel_text.h"

namespace galileo::hostmon {

namespace {

Error not_understood(const KernelFile& file) {
    return Error(ErrorCode::kProtocol, fmt::format("{}: not understood", file.path()));
}

/// Ticks of all CPUs since the boot.
struct CpuTicks {
    std::uint64_t all = 0;
    std::uint64_t idle = 0;  ///< waiting for a disk is idle, too
};

/// From `cpu  user nice system idle iowait irq softirq steal guest guest_nice`, which Linux began
/// with fewer columns; guest time is in user time already (proc(5)).
std::optional<CpuTicks> parse_ticks(std::string_view line) {
    if (take_word(line) != "cpu") {
        return std::nullopt;
    }
    CpuTicks ticks;
    for (int column = 0; column < 8; ++column) {
        const auto word = take_word(line);
        if (word.empty() && column > 3) {
            break;
        }
        const auto count = to_count(word);
        if (!count) {
            return std::nullopt;
        }
        ticks.all += *count;
        ticks.idle += column == 3 || column == 4 ? *count : 0;
    }
    return ticks;
}

class Cpu final : public Instrument {
  public:
    explicit Cpu(Host& host) : host_(host), file_(host.options().proc + "/stat") {}

    Result<void> sample(const Emit& emit) override {
        auto text = TRY(file_.read(host_.buffer()));
        const auto now = parse_ticks(take_line(text));
        if (!now) {
            return not_understood(file_);
        }
        // iowait may go back a little (proc(5)).
        if (last_ && now->all > last_->all && now->idle >= last_->idle) {
            const auto all = static_cast<double>(now->all - last_->all);
            const auto idle = static_cast<double>(now->idle - last_->idle);
            emit({"cpu", {}, std::clamp(100 * (all - idle) / all, 0.0, 100.0)});
        }
        last_ = now;
        return {};
    }

  private:
    Host& host_;
    KernelFile file_;
    std::optional<CpuTicks> last_;
};

class Frequency final : public Instrument {
  public:
    explicit Frequency(Host& host) : host_(host) {
        // CPUs that are switched on later are not looked for; those that are off have no file.
        const std::string cpus = host.options().sys + "/devices/system/cpu";
        std::error_code error;
        for (std::filesystem::directory_iterator entry(cpus, error), end; !error && entry != end;
             entry.increment(error)) {
            const auto name = entry->path().filename().string();
            if (name.starts_with("cpu") && to_count(std::string_view(name).substr(3))) {
                files_.emplace_back(entry->path().string() + "/cpufreq/scaling_cur_freq");
            }
        }
    }

    Result<void> sample(const Emit& emit) override {
        double sum = 0;
        int count = 0;
        for (auto& file : files_) {
            auto text = file.read(host_.buffer());
            if (!text && text.error().code() != ErrorCode::kNotFound) {
                return std::move(text).error();
            }
            if (text) {
                const auto frequency = to_count(take_word(*text));
                if (!frequency) {
                    return not_understood(file);
                }
                sum += static_cast<double>(*frequency);
                ++count;
            }
        }
        if (count == 0) {
            return Error(ErrorCode::kNotFound, "the kernel does not tell the clocks of the CPUs");
        }
        emit({"freq", {}, sum / count});
        return {};
    }

  private:
    Host& host_;
    std::vector<KernelFile> files_;
};

/// Of `0.20 0.18 0.12 1/80 11206`: means of 1, 5 and 15 minutes, running and all tasks, last pid.
class LoadAverage final : public Instrument {
  public:
    enum class What { kMeans, kRunning };

    LoadAverage(Host& host, What what)
        : host_(host), what_(what), file_(host.options().proc + "/loadavg") {}

    Result<void> sample(const Emit& emit) override {
        auto text = TRY(file_.read(host_.buffer()));
        const auto load1 = to_number(take_word(text));
        const auto load5 = to_number(take_word(text));
        take_word(text);
        const auto tasks = take_word(text);
        const auto running = to_count(tasks.substr(0, tasks.find('/')));
        if (!load1 || !load5 || !running) {
            return not_understood(file_);
        }
        if (what_ == What::kMeans) {
            emit({"load1", {}, *load1});
            emit({"load5", {}, *load5});
        } else {
            emit({"procs", {}, static_cast<double>(*running)});
        }
        return {};
    }

  private:
    Host& host_;
    const What what_;
    KernelFile file_;
};

}  // namespace

std::unique_ptr<Instrument> make_cpu(Host& host) {
    return std::make_unique<Cpu>(host);
}

std::unique_ptr<Instrument> make_freq(Host& host) {
    return std::make_unique<Frequency>(host);
}

std::unique_ptr<Instrument> make_load(Host& host) {
    return std::make_unique<LoadAverage>(host, LoadAverage::What::kMeans);
}

std::unique_ptr<Instrument> make_procs(Host& host) {
    return std::make_unique<LoadAverage>(host, LoadAverage::What::kRunning);
}

}  // namespace galileo::hostmon
