// How the files of a batch end, and what is told beside.
#include <utility>

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include "client/batch.h"
#include "client/batch_facts.h"
#include "client/terminal_text.h"
#include "wire/utf8.h"

namespace transcribed::client {

namespace json = boost::json;
using Lock = std::lock_guard<std::mutex>;
using Kind = BatchEvent::Kind;

void Batch::end(std::size_t index, FilePhase phase, BatchEvent event) {
  const auto found = files_.find(index);
  if (found == files_.end()) return;
  Standing& standing = found->second;
  set_phase(standing, phase);
  const auto size = static_cast<double>(standing.file->plan.size);
  ended_bytes_ += size;
  if (phase == FilePhase::done) {
    // What was not seen to run says nothing about how fast things run.
    const double seen = standing.attempt > 0 ? 1 - standing.pace.from : 0;
    heard_bytes_ += size * seen;
    heard_seconds_ += standing.pace.audio_seconds.value_or(0) * seen;
    ++ended_.done;
  } else if (phase == FilePhase::failed) {
    ++ended_.failed;
  } else if (phase == FilePhase::cancelled) {
    ++ended_.cancelled;
  }
  unsent_.erase(index);
  files_.erase(found);
  add_event(std::move(event));
}

void Batch::done(std::size_t index, const std::vector<Delivery>& results) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return;
  std::string where;
  json::array outputs;
  for (const Delivery& result : results) {
    json::object output{{"format", to_string(result.format)}};
    if (result.path.empty()) {
      output["text"] = wire::to_valid_utf8(result.text);
    } else {
      where += ", " + escape_controls(result.path.string());
      output["path"] = wire::to_valid_utf8(result.path.string());
    }
    outputs.push_back(std::move(output));
  }
  json::object facts = file_facts("done", standing->file->plan.input, standing->id);
  const auto& audio = standing->pace.audio_seconds;
  facts["audio_seconds"] = audio ? json::value(*audio) : json::value(nullptr);
  facts["outputs"] = std::move(outputs);
  end(index, FilePhase::done,
      {Kind::end, fmt::format("{}: done{}", standing->file->name, where), std::move(facts)});
}

void Batch::failed(std::size_t index, const std::string& sentence) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return;
  end(index, FilePhase::failed,
      {Kind::problem, fmt::format("{}: failed: {}", standing->file->name, sentence),
       problem_facts("failed", standing->file->plan.input, standing->id, sentence)});
}

void Batch::cancelled(std::size_t index) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return;
  end(index, FilePhase::cancelled,
      {Kind::problem, fmt::format("{}: cancelled", standing->file->name),
       problem_facts("cancelled", standing->file->plan.input, standing->id, "")});
}

void Batch::withdraw(std::size_t index, const std::string& why) {
  const Lock lock(mutex_);
  Standing* standing = find(index);
  if (standing == nullptr) return;
  end(index, FilePhase::to_send,
      {Kind::step, fmt::format("{}: {}", standing->file->name, why),
       problem_facts("withdrawn", standing->file->plan.input, standing->id, why)});
}

std::size_t Batch::give_up_those(const std::set<FilePhase>& phases, const std::string& sentence) {
  std::size_t count = 0;
  for (auto entry = files_.begin(); entry != files_.end();) {
    if (phases.count(entry->second.phase) == 0) {
      ++entry;
      continue;
    }
    Standing& standing = entry->second;
    set_phase(standing, FilePhase::failed);
    if (in_full_) {
      add_event({Kind::facts_only,
                 {},
                 problem_facts("failed", standing.file->plan.input, standing.id, sentence)});
    }
    ended_bytes_ += static_cast<double>(standing.file->plan.size);
    unsent_.erase(entry->first);
    entry = files_.erase(entry);
    ++count;
  }
  ended_.failed += count;
  return count;
}

void Batch::give_up_unsent(const std::string& sentence) {
  const Lock lock(mutex_);
  const std::size_t count = give_up_those({FilePhase::to_send, FilePhase::sending}, sentence);
  if (count == 0) return;
  const std::string line =
      fmt::format("{} not submitted: {}", count_of(count, "file was", "files were"), sentence);
  add_event({Kind::problem, line, notice_facts(line)});
}

void Batch::give_up(const std::string& sentence) {
  using enum FilePhase;
  const Lock lock(mutex_);
  const std::size_t count =
      give_up_those({to_send, sending, waiting, running, collecting}, sentence);
  if (count == 0) return;
  const std::string line =
      fmt::format("{} given up: {}", count_of(count, "file was", "files were"), sentence);
  add_event({Kind::problem, line, notice_facts(line)});
}

void Batch::trouble(const std::string& sentence) {
  const Lock lock(mutex_);
  if (trouble_ == sentence) return;
  trouble_ = sentence;
  add_event({Kind::notice, sentence, notice_facts(sentence)});
}

void Batch::trouble_over(const std::string& sentence) {
  const Lock lock(mutex_);
  if (trouble_.empty()) return;
  trouble_.clear();
  add_event({Kind::notice, sentence, notice_facts(sentence)});
}

void Batch::held_up(const std::string& sentence) {
  const Lock lock(mutex_);
  if (held_up_ == sentence) return;
  held_up_ = sentence;
  add_event({Kind::notice, sentence, notice_facts(sentence)});
}

void Batch::notice(const std::string& sentence) {
  const Lock lock(mutex_);
  add_event({Kind::notice, sentence, notice_facts(sentence)});
}

void Batch::skipped(const Input& input) {
  const Lock lock(mutex_);
  json::object facts = file_facts("skipped", input, "");
  add_event({Kind::facts_only, {}, std::move(facts)});
}

void Batch::refused(const Input& input, const std::string& name, const std::string& sentence) {
  const Lock lock(mutex_);
  ++ended_.failed;
  add_event({Kind::problem, fmt::format("{}: failed: {}", name, sentence),
             problem_facts("failed", input, "", sentence)});
}

void Batch::transcript(const std::string& text) {
  const Lock lock(mutex_);
  add_event({Kind::transcript, escape_controls(text, Newlines::keep), {}});
}

}  // namespace transcribed::client
