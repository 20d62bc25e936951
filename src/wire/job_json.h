// A job and the machine's resources as the API shows them.
#pragma once

#include <optional>
#include <string>

#include <boost/json/value.hpp>

#include "core/job.h"
#include "core/reason.h"

namespace transcribed::wire {

// RFC 3339, UTC, milliseconds: "2026-08-01T22:15:03.120Z".
std::string to_rfc3339(core::WallTime time);

// {"id","state","model","name","created_at","started_at","ended_at","attempt","gpu_id","progress",
//  "audio_seconds","eta_seconds","reason":{"code","message"}|null,"error":{"kind","message"}|null,
//  "priority","language","options","lost_attempts":[{"attempt","kind","message"}]}
// `eta_s`: how long it still takes; nothing: not known, or nothing is left.
boost::json::object to_json(const core::Job& job, double progress,
                            const std::optional<core::Reason>& reason,
                            std::optional<double> eta_s = std::nullopt);

}  // namespace transcribed::wire
