#include "adapters/sqlite_rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <SQLiteCpp/Column.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "wire/transcript_json.h"
#include "wire/utf8.h"

namespace transcribed::adapters {
namespace {

namespace json = boost::json;

core::JobState to_job_state(RowState state) {
  switch (state) {
    case RowState::queued:
    case RowState::armed:
    case RowState::to_be_fetched:
      return core::JobState::queued;
    case RowState::running:
      return core::JobState::running;
    case RowState::completed:
      return core::JobState::completed;
    case RowState::failed:
      return core::JobState::failed;
    case RowState::cancelled:
      return core::JobState::cancelled;
  }
  return core::JobState::failed;
}

core::WallTime to_time(std::int64_t milliseconds) {
  return core::WallTime(core::Milliseconds(milliseconds));
}

core::FailureKind to_failure_kind(std::string_view word) {
  return core::parse_failure_kind(word).value_or(core::FailureKind::internal);
}

core::TranscribeOptions parse_options_column(const std::string& text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return {};
  return wire::parse_options(value.get_object()).value_or(core::TranscribeOptions{});
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<core::LostAttempt> parse_lost_column(const std::string& text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  std::vector<core::LostAttempt> lost;
  if (error || !value.is_array()) return lost;
  for (const json::value& entry : value.get_array()) {
    const json::object* object = entry.if_object();
    if (object == nullptr) continue;
    const json::value* attempt = object->if_contains("attempt");
    core::LostAttempt one;
    if (attempt != nullptr && attempt->is_int64()) {
      one.attempt = static_cast<int>(attempt->get_int64());
    }
    one.failure.kind = to_failure_kind(text_of(*object, "kind"));
    one.failure.message = text_of(*object, "message");
    const json::value* gpu = object->if_contains("gpu");
    if (gpu != nullptr && gpu->is_int64()) one.gpu_id = static_cast<int>(gpu->get_int64());
    lost.push_back(std::move(one));
  }
  return lost;
}

}  // namespace

RowState to_row_state(core::JobState state) {
  switch (state) {
    case core::JobState::queued:
      return RowState::queued;
    case core::JobState::running:
      return RowState::running;
    case core::JobState::completed:
      return RowState::completed;
    case core::JobState::failed:
      return RowState::failed;
    case core::JobState::cancelled:
      return RowState::cancelled;
  }
  return RowState::failed;
}

std::int64_t to_column(std::uint64_t id_or_position) {
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(id_or_position, largest));
}

std::int64_t to_column(core::WallTime time) { return time.time_since_epoch().count(); }

core::Job job_from_row(const SQLite::Statement& row) {
  int next = 0;
  const auto column = [&] { return row.getColumn(next++); };
  core::Job job;
  job.id.value = static_cast<std::uint64_t>(column().getInt64());
  const auto state = static_cast<RowState>(column().getInt());
  job.state = to_job_state(state);
  job.queue.priority = static_cast<int>(-column().getInt64());
  job.queue.position = static_cast<std::uint64_t>(column().getInt64());
  job.queue.id = job.id;
  job.attempt = column().getInt();
  // The attempt that an armed row holds has not begun.
  if (state == RowState::armed) job.attempt -= 1;
  job.created_at = to_time(column().getInt64());
  if (const auto value = column(); !value.isNull()) job.started_at = to_time(value.getInt64());
  if (const auto value = column(); !value.isNull()) job.ended_at = to_time(value.getInt64());
  if (const auto value = column(); !value.isNull()) job.gpu_id = value.getInt();
  if (const auto value = column(); !value.isNull()) job.audio_seconds = value.getDouble();
  job.audio.owned = column().getInt() != 0;
  job.audio.path = column().getString();
  job.model = column().getString();
  job.name = column().getString();
  if (const auto value = column(); !value.isNull()) job.language = value.getString();
  if (const auto value = column(); !value.isNull()) {
    job.options = parse_options_column(value.getString());
  }
  const auto failure_kind = column();
  const auto failure_message = column();
  if (!failure_kind.isNull()) {
    job.failure =
        core::Failure{to_failure_kind(failure_kind.getString()), failure_message.getString()};
  }
  if (const auto value = column(); !value.isNull()) job.lost = parse_lost_column(value.getString());
  if (const auto value = column(); !value.isNull()) job.owner = value.getString();
  job.interactive = column().getInt() != 0;
  if (const auto value = column(); !value.isNull()) job.fingerprint = value.getString();
  if (const auto value = column(); !value.isNull()) job.source_url = value.getString();
  if (const auto value = column(); !value.isNull()) job.callback_url = value.getString();
  return job;
}

core::CostRecord cost_from_row(const SQLite::Statement& row) {
  int next = 0;
  const auto column = [&] { return row.getColumn(next++); };
  core::CostRecord record;
  record.model = column().getString();
  record.device = column().getString();
  record.cost.vram_mb = column().getInt64();
  record.cost.vram_per_job_mb = column().getInt64();
  record.cost.ram_mb = column().getInt64();
  record.cost.ram_per_job_mb = column().getInt64();
  record.cost.least_weights_mb = column().getInt64();
  record.cost.least_per_job_mb = column().getInt64();
  return record;
}

ports::Delivery delivery_from_row(const SQLite::Statement& row) {
  int next = 0;
  const auto column = [&] { return row.getColumn(next++); };
  ports::Delivery delivery;
  delivery.id = column().getInt64();
  delivery.webhook.event_id = column().getString();
  delivery.webhook.url = column().getString();
  delivery.webhook.body = column().getString();
  delivery.webhook.trusted = column().getInt() != 0;
  delivery.attempts = column().getInt();
  delivery.due = to_time(column().getInt64());
  return delivery;
}

core::FlowTail flow_from_row(const SQLite::Statement& row) {
  return {{row.getColumn(0).getString(), row.getColumn(1).getInt() != 0, row.getColumn(2).getInt()},
          static_cast<std::uint64_t>(row.getColumn(3).getInt64())};
}

core::LineHead head_from_row(const SQLite::Statement& row) {
  return {row.getColumn(0).getInt(), static_cast<std::uint64_t>(row.getColumn(1).getInt64())};
}

std::optional<std::string> text_column(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string> options_column(const core::TranscribeOptions& options) {
  if (options == core::TranscribeOptions{}) return std::nullopt;
  return json::serialize(wire::to_json(options));
}

std::optional<std::string> lost_column(const std::vector<core::LostAttempt>& lost) {
  if (lost.empty()) return std::nullopt;
  json::array entries;
  for (const core::LostAttempt& one : lost) {
    json::object entry{{"attempt", one.attempt},
                       {"kind", core::to_string(one.failure.kind)},
                       {"message", wire::to_valid_utf8(one.failure.message)}};
    if (one.gpu_id) entry["gpu"] = *one.gpu_id;
    entries.push_back(std::move(entry));
  }
  return json::serialize(entries);
}

}  // namespace transcribed::adapters
