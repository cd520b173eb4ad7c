#include "hostmon/instruments.h"

#include <array>

#include "hostmon/families.h"

namespace galileo::hostmon {

namespace {

using std::chrono::milliseconds;

// Names and periods are those of the original's telemd (contract 4.6).
constexpr std::array kKinds{
    InstrumentKind{"cpu", milliseconds(500), "busy time of all CPUs, percent", make_cpu},
    InstrumentKind{"disk", milliseconds(500), "rd and wr of each disk, kB/s", make_disk},
    InstrumentKind{"docker_cgrp_blkio", milliseconds(1000),
                   "bytes each Docker container read and wrote", make_docker_blkio},
    InstrumentKind{"docker_cgrp_cpu", milliseconds(1000), "CPU time of each Docker container, ns",
                   make_docker_cpu},
    InstrumentKind{"docker_cgrp_memory", milliseconds(1000),
                   "memory of each Docker container, bytes", make_docker_memory},
    InstrumentKind{"docker_cgrp_net", milliseconds(1000),
                   "bytes each Docker container received and sent", make_docker_net},
    InstrumentKind{"freq", milliseconds(500), "mean clock of the CPUs, kHz", make_freq},
    InstrumentKind{"kubernetes_cgrp_blkio", milliseconds(1000),
                   "bytes each Kubernetes container read and wrote", make_kubernetes_blkio},
    InstrumentKind{"kubernetes_cgrp_cpu", milliseconds(1000),
                   "CPU time of each Kubernetes container, ns", make_kubernetes_cpu},
    InstrumentKind{"kubernetes_cgrp_memory", milliseconds(1000),
                   "memory of each Kubernetes container, bytes", make_kubernetes_memory},
    InstrumentKind{"kubernetes_cgrp_net", milliseconds(1000),
                   "bytes each Kubernetes container received and sent", make_kubernetes_net},
    InstrumentKind{"load", milliseconds(5000), "load1 and load5, mean runnable tasks", make_load},
    InstrumentKind{"net", milliseconds(500), "rx and tx of each device, kB/s", make_net},
    InstrumentKind{"procs", milliseconds(500), "tasks that run or could run", make_procs},
    InstrumentKind{"psi_cpu", milliseconds(500), "time that tasks waited for a CPU, us",
                   make_psi_cpu},
    InstrumentKind{"psi_io", milliseconds(500), "time that tasks waited for disks, us",
                   make_psi_io},
    InstrumentKind{"psi_memory", milliseconds(500), "time that tasks waited for memory, us",
                   make_psi_memory},
    InstrumentKind{"ram", milliseconds(1000), "memory in use, kB of 1024 bytes", make_ram},
    InstrumentKind{"rx_bitrate", milliseconds(1000), "receiving rate of each wireless link, Mbit/s",
                   make_rx_bitrate},
    InstrumentKind{"signal", milliseconds(1000), "signal of each wireless link, dBm", make_signal},
    InstrumentKind{"tx_bitrate", milliseconds(1000), "sending rate of each wireless link, Mbit/s",
                   make_tx_bitrate},
};

}  // namespace

std::span<const InstrumentKind> instrument_kinds() noexcept {
    return kKinds;
}

const InstrumentKind* find_instrument(std::string_view name) noexcept {
    for (const auto& kind : kKinds) {
        if (kind.name == name) {
            return &kind;
        }
    }
    return nullptr;
}

}  // namespace galileo::hostmon
