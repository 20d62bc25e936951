#include "scheduler/command_engine.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/printed_transcript.h"
#include "scheduler/process_end_text.h"
#include "wire/utf8.h"

namespace transcribed::scheduler {
namespace {

constexpr std::string_view output_placeholder = "{output}";
constexpr const char* result_file_name = "transcript.txt";

bool names_output(const std::vector<std::string>& command) {
  for (const std::string& word : command) {
    if (word.find(output_placeholder) != std::string::npos) return true;
  }
  return false;
}

// One pass from left to right, so that a recording called "{model}.wav" is not filled in again.
std::string fill_word(std::string_view word, const EngineJob& job) {
  const std::array<std::pair<std::string_view, std::string>, 5> values{{
      {"{audio}", job.audio_path},
      {"{model}", job.model.file.empty() ? job.model.name : job.model.file},
      {"{language}", job.options.language.empty() ? "auto" : job.options.language},
      {output_placeholder, "{result_file}"},
      {"{device}", std::to_string(job.gpu_id)},
  }};
  std::string out;
  while (!word.empty()) {
    bool replaced = false;
    for (const auto& [placeholder, value] : values) {
      if (word.starts_with(placeholder)) {
        out += value;
        word.remove_prefix(placeholder.size());
        replaced = true;
        break;
      }
    }
    if (replaced) continue;
    out += word.front();
    word.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::vector<std::string> fill_command(const EngineJob& job) {
  std::vector<std::string> out;
  out.reserve(job.model.command.size());
  for (const std::string& word : job.model.command) out.push_back(fill_word(word, job));
  return out;
}

std::vector<std::string> device_environment(int gpu_id, const std::string& pci_address) {
  // Without the order by PCI bus, CUDA numbers the GPUs by speed, nvidia-smi by bus.
  std::vector<std::string> out{"CUDA_DEVICE_ORDER=PCI_BUS_ID",
                               "CUDA_VISIBLE_DEVICES=" + std::to_string(gpu_id)};
  // Vulkan heeds neither, and its own order is known only inside the engine.
  if (!pci_address.empty()) out.push_back("TRANSCRIBED_GPU_PCI_ADDRESS=" + pci_address);
  return out;
}

CommandRun::CommandRun(EngineJob job, EngineEvents events, ports::ProcessLauncher& launcher,
                       ports::Clock& clock, EngineLimits limits)
    : job_(std::move(job)),
      events_(std::move(events)),
      clock_(clock),
      limits_(limits),
      errors_(limits.stderr_tail),
      last_word_(clock.now()) {
  ports::LaunchSpec spec;
  spec.argv = fill_command(job_);
  spec.environment = device_environment(job_.gpu_id, job_.pci_address);
  spec.environment.push_back("TRANSCRIBED_JOB_ID=" + job_.id.to_string());
  if (names_output(job_.model.command)) spec.result_file = result_file_name;
  process_ = launcher.launch(std::move(spec),
                             {
                                 .on_stdout = [this](std::string_view chunk) { heard(chunk); },
                                 .on_stderr =
                                     [this](std::string_view chunk) {
                                       last_word_ = clock_.now();
                                       errors_.append(chunk);
                                     },
                                 .on_end = [this](const ports::ProcessEnd& end) { ended(end); },
                             });
  watch_silence();
}

void CommandRun::watch_silence() {
  if (job_.model.silence_timeout.count() == 0) return;
  silence_ = clock_.wake_at(last_word_ + job_.model.silence_timeout, [this] {
    if (clock_.now() - last_word_ < job_.model.silence_timeout) return watch_silence();
    end_as(EngineOutcome::How::lost, core::FailureKind::engine_hung,
           fmt::format("the command printed nothing for {} s", job_.model.silence_timeout.count()),
           limits_.kill_grace);
  });
}

void CommandRun::heard(std::string_view chunk) {
  last_word_ = clock_.now();
  if (verdict_) return;
  if (printed_.size() + chunk.size() > limits_.output_per_job) {
    end_as(EngineOutcome::How::lost, core::FailureKind::engine_protocol,
           fmt::format("the command printed more than {} MB", limits_.output_per_job >> 20),
           limits_.kill_grace);
    return;
  }
  printed_ += chunk;
}

void CommandRun::cancel() {
  end_as(EngineOutcome::How::cancelled, core::FailureKind::internal, "cancelled",
         limits_.kill_grace);
}

void CommandRun::stop(std::chrono::milliseconds grace) {
  end_as(EngineOutcome::How::stopped, core::FailureKind::internal, "stopped", grace);
}

void CommandRun::end_as(EngineOutcome::How how, core::FailureKind kind, std::string message,
                        std::chrono::milliseconds grace) {
  if (!verdict_) verdict_ = EngineOutcome{.how = how, .failure = {kind, std::move(message)}};
  process_->end(grace);
}

EngineOutcome CommandRun::outcome_of(const ports::ProcessEnd& end) {
  using How = EngineOutcome::How;
  if (verdict_) return std::move(*verdict_);
  if (end.how == ports::ProcessEnd::How::exited && end.status == 0) {
    return {.how = How::completed,
            .transcript = core::read_printed_transcript(
                wire::to_valid_utf8(end.result ? *end.result : printed_))};
  }
  const core::Failure failure = describe_end(end, "the command", errors_);
  return {.how = core::is_lost_attempt(failure.kind) ? How::lost : How::failed, .failure = failure};
}

void CommandRun::ended(const ports::ProcessEnd& end) {
  silence_.reset();
  if (unkillable_) {
    // The second end, of a process that could not be killed at first.
    const auto gone = std::move(events_.on_gone);
    gone();
    return;
  }
  EngineOutcome outcome = outcome_of(end);
  unkillable_ = end.how == ports::ProcessEnd::How::unkillable;
  outcome.unkillable = unkillable_;
  // The listener destroys this run, unless it lingers.
  const auto on_end = std::move(events_.on_end);
  on_end(std::move(outcome));
}

}  // namespace transcribed::scheduler
