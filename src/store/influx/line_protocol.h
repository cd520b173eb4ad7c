#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/event.h"
#include "model/telemetry.h"
#include "model/trace.h"
#include "store/batch.h"
#include "store/experiment_store.h"

/// Our rows as lines of InfluxDB's line protocol, without line end, with the measurements, tags,
/// fields and times of contract 5.4. Texts go through `texts`, which repairs and counts.
namespace galileo::store::influx {

/// Longest line up to its fields that InfluxDB takes, in bytes: measurement and tags. (Its limit is
/// 65,535 with the name of a field, which it appends.)
inline constexpr std::size_t kMostKeyBytes = 65'000;

/// `telemetry,exp_id=..,metric=..,node=..,subsystem=..,ts=.. value=12.5 <ms>`.
std::string to_line(const model::TelemetryPoint& point, std::string_view exp_id, BatchTexts& texts);

/// `events,exp_id=..,name=..,ts=.. value="..." <ms>`. An event without value gets an empty one:
/// without a field it would not be stored (contract 10 row 38).
std::string to_line(const model::Event& event, std::string_view exp_id, BatchTexts& texts);

/// `traces,client=..,...,status=.. request_id="..." <ms>`, of the time at which it was sent; of a
/// trace that never was, of the time at which it was created, because readers do not look before
/// 1970 (contract 10 row 38). Response and then headers are cut where the line would be longer than
/// kMostKeyBytes; `report` counts them as over-long.
std::string to_line(const model::TraceRow& trace,
                    std::string_view exp_id,
                    BatchTexts& texts,
                    BatchReport& report);

/// Text as a tag's value: `,`, `=` and spaces with a backslash before them, line breaks, carriage
/// returns and tabs as the two characters that C writes for them. A value must not end with a
/// backslash, which would escape what follows; such a one gets a space, as the original's client
/// does it.
std::string tag_value(std::string_view text);

/// Text as a field's value, with its quotes.
std::string field_text(std::string_view text);

/// Whole milliseconds since 1970, towards zero, within what InfluxDB can store.
std::int64_t milliseconds_of(double seconds) noexcept;

}  // namespace galileo::store::influx
