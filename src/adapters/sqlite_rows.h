// How a job looks as a row. The columns are explained in sqlite_schema.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <SQLiteCpp/Statement.h>

#include "core/fair_share.h"
#include "core/job.h"
#include "core/vram_cost.h"
#include "ports/job_store.h"

namespace transcribed::adapters {

// The numbers are on disk: never renumber. The SQL text spells them out.
enum class RowState : int {
  queued = 0,
  armed = 1,
  running = 2,
  completed = 3,
  failed = 4,
  cancelled = 5,
  to_be_fetched = 6,  // queued, for users
};

// Never `armed`.
RowState to_row_state(core::JobState state);

// SQLite's integers are signed. Ids have 60 bits and positions fewer than 63; what is larger (a
// cursor somebody made up) becomes the largest.
std::int64_t to_column(std::uint64_t id_or_position);
std::int64_t to_column(core::WallTime time);

// The columns job_from_row() expects, in its order.
inline constexpr char job_columns[] =
    "id, state, rank, position, attempt, created_at, started_at, ended_at, gpu_id, audio_seconds,"
    " audio_owned, audio_path, model, name, language, options, failure_kind, failure_message, lost,"
    " owner, interactive, fingerprint, source_url, callback_url";

core::Job job_from_row(const SQLite::Statement& row);

// Of `SELECT * FROM model_costs`.
core::CostRecord cost_from_row(const SQLite::Statement& row);

// Of `SELECT id, event_id, url, body, trusted, attempts, due`.
ports::Delivery delivery_from_row(const SQLite::Statement& row);

// Of `SELECT owner, interactive, priority, position`.
core::FlowTail flow_from_row(const SQLite::Statement& row);
// Of `SELECT priority, position`.
core::LineHead head_from_row(const SQLite::Statement& row);

// Nothing where the text is empty.
std::optional<std::string> text_column(const std::string& text);
// JSON for the columns of these names; nothing where the column stays empty.
std::optional<std::string> options_column(const core::TranscribeOptions& options);
std::optional<std::string> lost_column(const std::vector<core::LostAttempt>& lost);

}  // namespace transcribed::adapters
