#pragma once

#include <memory>

#include "hostmon/host.h"
#include "hostmon/instrument.h"

/// The makers of all instruments, for the table in instruments.cc. Each family is a file.
namespace galileo::hostmon {

// processor.cc
std::unique_ptr<Instrument> make_cpu(Host& host);
std::unique_ptr<Instrument> make_freq(Host& host);
std::unique_ptr<Instrument> make_load(Host& host);
std::unique_ptr<Instrument> make_procs(Host& host);

// memory.cc
std::unique_ptr<Instrument> make_ram(Host& host);

// pressure.cc
std::unique_ptr<Instrument> make_psi_cpu(Host& host);
std::unique_ptr<Instrument> make_psi_io(Host& host);
std::unique_ptr<Instrument> make_psi_memory(Host& host);

// devices.cc
std::unique_ptr<Instrument> make_disk(Host& host);
std::unique_ptr<Instrument> make_net(Host& host);

// wireless.cc
std::unique_ptr<Instrument> make_signal(Host& host);
std::unique_ptr<Instrument> make_tx_bitrate(Host& host);
std::unique_ptr<Instrument> make_rx_bitrate(Host& host);

// container_usage.cc
std::unique_ptr<Instrument> make_docker_cpu(Host& host);
std::unique_ptr<Instrument> make_docker_blkio(Host& host);
std::unique_ptr<Instrument> make_docker_memory(Host& host);
std::unique_ptr<Instrument> make_kubernetes_cpu(Host& host);
std::unique_ptr<Instrument> make_kubernetes_blkio(Host& host);
std::unique_ptr<Instrument> make_kubernetes_memory(Host& host);

// container_traffic.cc
std::unique_ptr<Instrument> make_docker_net(Host& host);
std::unique_ptr<Instrument> make_kubernetes_net(Host& host);

}  // namespace galileo::hostmon
