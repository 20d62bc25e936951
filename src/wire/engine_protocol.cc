#include "wire/engine_protocol.h"

#include <cmath>
#include <utility>

#include <boost/json/object.hpp>

#include "wire/json_fields.h"
#include "wire/json_text.h"
#include "wire/line_parser.h"
#include "wire/transcript_json.h"
#include "wire/utf8.h"

namespace transcribed::wire {
namespace {

namespace json = boost::json;

double finite(double number) { return std::isfinite(number) ? number : 0.0; }

// The four kinds a worker may name; any other word would let it choose its own number of retries.
bool is_workers_kind(core::FailureKind kind) {
  return kind == core::FailureKind::bad_media || kind == core::FailureKind::out_of_memory ||
         kind == core::FailureKind::unsupported || kind == core::FailureKind::internal;
}

json::object object_of(const Load& load) {
  json::object object = {{"type", "load"},
                         {"model", to_valid_utf8(load.model)},
                         {"file", to_valid_utf8(load.file)},
                         {"device", to_valid_utf8(load.device)},
                         {"slots", load.slots},
                         {"threads", load.threads}};
  if (!load.vad_file.empty()) object["vad_file"] = to_valid_utf8(load.vad_file);
  return object;
}
json::object object_of(const Transcribe& request) {
  return {{"type", "transcribe"},
          {"job", to_valid_utf8(request.job)},
          {"attempt", request.attempt},
          {"audio", to_valid_utf8(request.audio)},
          {"options", to_json(request.options)}};
}
json::object object_of(const Cancel& cancel) {
  return {{"type", "cancel"}, {"job", to_valid_utf8(cancel.job)}};
}
json::object object_of(const Shutdown&) { return {{"type", "shutdown"}}; }

json::object object_of(const Ready& ready) {
  return {{"type", "ready"},
          {"engine", to_valid_utf8(ready.engine)},
          {"version", to_valid_utf8(ready.version)},
          {"vram_mb", ready.vram_mb},
          {"ram_mb", ready.ram_mb},
          {"vram_per_job_mb", ready.vram_per_job_mb},
          {"ram_per_job_mb", ready.ram_per_job_mb},
          {"device", to_valid_utf8(ready.device)}};
}
json::object object_of(const Progress& progress) {
  return {{"type", "progress"},
          {"job", to_valid_utf8(progress.job)},
          {"done_s", finite(progress.done_s)},
          {"total_s", finite(progress.total_s)}};
}
json::object object_of(const SegmentFound& found) {
  json::object object{{"type", "segment"}, {"job", to_valid_utf8(found.job)}};
  for (json::key_value_pair& field : to_json(found.segment)) {
    object.insert_or_assign(field.key(), std::move(field.value()));
  }
  return object;
}
json::object object_of(const JobDone& done) {
  json::object object{{"type", "done"},
                      {"job", to_valid_utf8(done.job)},
                      {"language", to_valid_utf8(done.language)},
                      {"duration_s", finite(done.duration_s)}};
  if (done.language_probability) {
    object["language_probability"] = finite(*done.language_probability);
  }
  return object;
}
json::object object_of(const JobFailed& failed) {
  json::object object{{"type", "failed"},
                      {"kind", core::to_string(failed.failure.kind)},
                      {"message", to_valid_utf8(failed.failure.message)}};
  if (!failed.job.empty()) object["job"] = to_valid_utf8(failed.job);
  return object;
}
json::object object_of(const JobCancelled& cancelled) {
  return {{"type", "cancelled"}, {"job", to_valid_utf8(cancelled.job)}};
}

template <typename Message>
std::string line_of(const Message& message) {
  std::string line = std::visit([](const auto& one) { return to_text(object_of(one)); }, message);
  line += '\n';
  return line;
}

tl::expected<ToWorker, std::string> request_of(std::string_view type, const json::object& object) {
  JsonFields fields(object);
  ToWorker message;
  if (type == "load") {
    Load load;
    load.model = fields.text_or_empty("model");
    load.file = fields.text_or_empty("file");
    load.device = fields.text_or_empty("device");
    load.slots = fields.whole_or("slots", 1, 1);
    load.threads = fields.whole_or("threads", 1, 1);
    load.vad_file = fields.text_or_empty("vad_file");
    message = std::move(load);
  } else if (type == "transcribe") {
    Transcribe request;
    request.job = fields.name("job");
    request.attempt = fields.whole_or("attempt", 0, 0);
    request.audio = fields.name("audio");
    if (const json::object* options = fields.object("options")) {
      tl::expected<core::TranscribeOptions, std::string> parsed = parse_options(*options);
      if (!parsed) return tl::unexpected("\"options\": " + parsed.error());
      request.options = std::move(*parsed);
    }
    message = std::move(request);
  } else if (type == "cancel") {
    message = Cancel{fields.name("job")};
  } else if (type == "shutdown") {
    message = Shutdown{};
  } else {
    return tl::make_unexpected("\"type\" is none of this protocol");
  }
  if (fields.error()) return tl::unexpected(*fields.error());
  return message;
}

core::Failure failure_of(JsonFields& fields) {
  const std::string word = fields.text_or_empty("kind");
  std::string message = fields.text_or_empty("message");
  const std::optional<core::FailureKind> kind = core::parse_failure_kind(word);
  if (kind && is_workers_kind(*kind)) return {*kind, std::move(message)};
  if (!word.empty()) message = word + ": " + message;
  return {core::FailureKind::internal, std::move(message)};
}

tl::expected<FromWorker, std::string> reply_of(std::string_view type, const json::object& object) {
  JsonFields fields(object);
  FromWorker message;
  if (type == "segment") {
    SegmentFound found;
    found.job = fields.name("job");
    tl::expected<core::Segment, std::string> segment = parse_segment(object);
    if (!segment) return tl::unexpected(std::move(segment.error()));
    found.segment = std::move(*segment);
    message = std::move(found);
  } else if (type == "progress") {
    Progress progress;
    progress.job = fields.name("job");
    progress.done_s = fields.seconds("done_s");
    progress.total_s = fields.seconds_or_zero("total_s");
    message = std::move(progress);
  } else if (type == "done") {
    JobDone done;
    done.job = fields.name("job");
    done.language = fields.text_or_empty("language");
    done.duration_s = fields.seconds_or_zero("duration_s");
    done.language_probability = fields.number("language_probability");
    message = std::move(done);
  } else if (type == "ready") {
    Ready ready;
    ready.engine = fields.text_or_empty("engine");
    ready.version = fields.text_or_empty("version");
    ready.vram_mb = fields.megabytes_or_zero("vram_mb");
    ready.ram_mb = fields.megabytes_or_zero("ram_mb");
    ready.vram_per_job_mb = fields.megabytes_or_zero("vram_per_job_mb");
    ready.ram_per_job_mb = fields.megabytes_or_zero("ram_per_job_mb");
    ready.device = fields.text_or_empty("device");
    message = std::move(ready);
  } else if (type == "failed") {
    JobFailed failed;
    failed.job = fields.text_or_empty("job");
    failed.failure = failure_of(fields);
    message = std::move(failed);
  } else if (type == "cancelled") {
    message = JobCancelled{fields.name("job")};
  } else {
    return tl::make_unexpected("\"type\" is none of this protocol");
  }
  if (fields.error()) return tl::unexpected(*fields.error());
  return message;
}

template <typename Message, typename Read>
tl::expected<Message, std::string> parse(std::string_view line, Read read) {
  tl::expected<Message, std::string> message;
  auto problem = parse_line(
      line, max_line_bytes,
      [&](std::string_view type, const json::object& object) -> std::optional<std::string> {
        message = read(type, object);
        if (message) return std::nullopt;
        return std::move(message.error());
      });
  if (problem) message = tl::unexpected(std::move(*problem));
  return message;
}

}  // namespace

std::string to_line(const ToWorker& message) { return line_of(message); }
std::string to_line(const FromWorker& message) { return line_of(message); }

tl::expected<ToWorker, std::string> parse_to_worker(std::string_view line) {
  return parse<ToWorker>(line, request_of);
}

tl::expected<FromWorker, std::string> parse_from_worker(std::string_view line) {
  return parse<FromWorker>(line, reply_of);
}

}  // namespace transcribed::wire
