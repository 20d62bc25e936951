#include "whisper/state_recognizer.h"

#include <whisper.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "whisper/library_log.h"
#include "whisper/speech_window.h"
#include "whisper/whisper_model.h"

namespace transcribed::whisper {
namespace {

constexpr double frames_per_s = 100;  // of the spectrum; also the unit of libwhisper's times
constexpr int window_frames = 3000;
// whisper_full() gave up because it could not enlarge the decoder's cache, and freed the state.
constexpr int state_is_freed = -7;

// libwhisper does not tell it, but tries a window again with `temperature_inc` more each time that
// it does not like what it decoded.
std::optional<double> last_temperature(const whisper_full_params& asked, int tries) {
  if (tries == 0) return std::nullopt;
  const double sum = static_cast<double>(asked.temperature) +
                     (tries - 1) * static_cast<double>(asked.temperature_inc);
  return std::round(sum * 1e4) / 1e4;
}

}  // namespace

// One call of whisper_full(), which would go on through all it is given. It is stopped after its
// first window, because where the next one begins is decided outside.
struct StateRecognizer::Pass {
  const std::function<bool()>& keep_on;
  int windows = 0;
  int percent = 0;  // of the frames, where it would have gone on
  int tries = 0;    // at decoding the window, each hotter than the one before

  static bool begins_window(whisper_context*, whisper_state*, void* self) {
    auto& pass = *static_cast<Pass*>(self);
    return pass.windows++ == 0 && pass.keep_on();
  }
  static void progressed(whisper_context*, whisper_state*, int percent, void* self) {
    static_cast<Pass*>(self)->percent = percent;
  }
  // Called for each token of each decoder, also from several threads at once. Only the first token
  // of a try has none before it, and all decoders share that one.
  static void decodes(whisper_context*, whisper_state*, const whisper_token_data*,
                      int tokens_before, float*, void* self) {
    if (tokens_before == 0) ++static_cast<Pass*>(self)->tries;
  }
  static bool is_cancelled(void* self) { return !static_cast<Pass*>(self)->keep_on(); }
};

StateRecognizer::StateRecognizer(whisper_context& context, whisper_state* state,
                                 const Device& device, std::int64_t state_bytes,
                                 const core::TranscribeOptions& options, int threads)
    : context_(context),
      state_(state),
      device_(device),
      state_bytes_(state_bytes),
      options_(options),
      threads_(threads) {}

StateRecognizer::~StateRecognizer() {
  if (state_ != nullptr) whisper_free_state(state_);
}

// Not left to whisper_full(), which asks its callbacks about the encoding for this, too, and so
// could not be stopped after its first window.
int StateRecognizer::detect_language(const Window& window, HeardWindow& heard) {
  const int status = whisper_pcm_to_mel_with_state(
      &context_, state_, window.samples.data(), static_cast<int>(window.samples.size()), threads_);
  if (status != 0) return status;
  std::vector<float> probabilities(static_cast<std::size_t>(whisper_lang_max_id() + 1));
  const int id =
      whisper_lang_auto_detect_with_state(&context_, state_, 0, threads_, probabilities.data());
  if (id < 0) return id;
  heard.language = whisper_lang_str(id);
  heard.language_probability = probabilities[static_cast<std::size_t>(id)];
  return 0;
}

whisper_full_params StateRecognizer::parameters(const std::string& language, Pass& pass) const {
  const int beams = options_.beam_size.value_or(1);
  whisper_full_params parameters = whisper_full_default_params(
      beams > 1 ? WHISPER_SAMPLING_BEAM_SEARCH : WHISPER_SAMPLING_GREEDY);
  parameters.n_threads = threads_;
  parameters.print_progress = false;
  parameters.print_realtime = false;
  parameters.print_timestamps = false;
  parameters.language = language.c_str();
  parameters.translate = options_.task == "translate";
  parameters.no_context = true;
  // In each window, so that names are spelt the same to the end.
  if (!options_.initial_prompt.empty()) {
    parameters.initial_prompt = options_.initial_prompt.c_str();
  }
  parameters.temperature = static_cast<float>(options_.temperature.value_or(0));
  parameters.beam_search.beam_size = beams;
  parameters.token_timestamps = options_.word_timestamps;
  parameters.encoder_begin_callback = &Pass::begins_window;
  parameters.encoder_begin_callback_user_data = &pass;
  parameters.progress_callback = &Pass::progressed;
  parameters.progress_callback_user_data = &pass;
  parameters.logits_filter_callback = &Pass::decodes;
  parameters.logits_filter_callback_user_data = &pass;
  parameters.abort_callback = &Pass::is_cancelled;
  parameters.abort_callback_user_data = &pass;
  return parameters;
}

tl::expected<HeardWindow, core::Failure> StateRecognizer::hear(const Window& window) {
  LogWatch log;
  Pass pass{window.keep_on};
  HeardWindow heard;
  int status = 0;
  heard.language = window.language;
  try {
    if (heard.language.empty()) {
      status = detect_language(window, heard);
      if (status != 0) {
        return tl::unexpected(failure(status, log.out_of_memory, log.last_error));
      }
    }
    const whisper_full_params asked = parameters(heard.language, pass);
    status = whisper_full_with_state(&context_, state_, asked, window.samples.data(),
                                     static_cast<int>(window.samples.size()));
    heard.temperature = last_temperature(asked, pass.tries);
    if (status == 0) heard.no_speech_prob = no_speech_probability();
  } catch (const std::bad_alloc&) {
    return tl::unexpected(failure(0, true, {}));
  } catch (const std::exception& error) {
    // Vulkan's way to say it.
    const bool is_memory = log.out_of_memory || tells_of_missing_memory(error.what());
    return tl::unexpected(failure(0, is_memory, error.what()));
  }
  if (status == state_is_freed) state_ = nullptr;
  if (status != 0) {
    return tl::unexpected(
        failure(status, log.out_of_memory || status == state_is_freed, log.last_error));
  }
  const int segments = whisper_full_n_segments_from_state(state_);
  for (int i = 0; i < segments; ++i) heard.segments.push_back(segment(i));
  const double last_end_s = heard.segments.empty() ? 0 : heard.segments.back().end_s;
  heard.heard_s = heard_s(window, pass, last_end_s);
  return heard;
}

// libwhisper does not tell where it would go on, only at how many percent of the frames, rounded
// down. Its rule, which is Whisper's own: after the last time it heard when that ended a sentence
// and began another, else after the whole window. So the answer is the last segment's end when that
// agrees with the percentage, the window's end when that does, else the percentage itself.
double StateRecognizer::heard_s(const Window& window, const Pass& pass, double last_end_s) const {
  const double length_s = static_cast<double>(window.samples.size()) / samples_per_s;
  const double window_s = std::min(length_s, window_frames / frames_per_s);
  const int frames = whisper_n_len_from_state(state_);
  if (pass.windows == 0 || pass.percent >= 100 || pass.percent < 0) return window_s;
  const double low_s = pass.percent * frames / 100 / frames_per_s;
  const double high_s = (pass.percent + 1) * frames / 100 / frames_per_s;
  if (last_end_s >= low_s && last_end_s <= high_s) return last_end_s;
  return window_s >= low_s && window_s <= high_s ? window_s : low_s;
}

// As Whisper means it: of all tokens that could follow the first one of the prompt. What libwhisper
// 1.9.5 tells for a segment is of another token, or of none, unless the prompt is that token alone:
// it looks at the first row of logits, which only decoding a single token fills. One more step of
// the decoder, over the window that is still encoded, does; the row is put back, because libwhisper
// looks at it again when it judges the next window.
std::optional<double> StateRecognizer::no_speech_probability() {
  if (whisper_full_n_segments_from_state(state_) == 0) return std::nullopt;
  const auto tokens = static_cast<std::size_t>(whisper_model_n_vocab(&context_));
  float* logits = whisper_get_logits_from_state(state_);
  const std::vector<float> before(logits, logits + tokens);
  const whisper_token begin = whisper_token_sot(&context_);
  if (whisper_decode_with_state(&context_, state_, &begin, 1, 0, threads_) != 0) {
    return std::nullopt;
  }
  logits = whisper_get_logits_from_state(state_);
  const double highest = static_cast<double>(*std::max_element(logits, logits + tokens));
  double sum = 0;
  for (std::size_t i = 0; i < tokens; ++i) {
    sum += std::exp(static_cast<double>(logits[i]) - highest);
  }
  const auto none = static_cast<std::size_t>(whisper_token_nosp(&context_));
  const double probability = std::exp(static_cast<double>(logits[none]) - highest) / sum;
  std::copy(before.begin(), before.end(), logits);
  // Beyond that are errors of rounding, which differ with what the cache held before.
  return std::round(probability * 1e6) / 1e6;
}

HeardSegment StateRecognizer::segment(int index) const {
  HeardSegment segment;
  const auto seconds = [](std::int64_t time) { return static_cast<double>(time) / frames_per_s; };
  segment.start_s = seconds(whisper_full_get_segment_t0_from_state(state_, index));
  segment.end_s = seconds(whisper_full_get_segment_t1_from_state(state_, index));
  segment.text = whisper_full_get_segment_text_from_state(state_, index);
  const int tokens = whisper_full_n_tokens_from_state(state_, index);
  for (int i = 0; i < tokens; ++i) {
    const whisper_token_data data = whisper_full_get_token_data_from_state(state_, index, i);
    segment.tokens.push_back(
        {.id = data.id,
         .is_text = data.id < whisper_token_eot(&context_),
         .text = whisper_full_get_token_text_from_state(&context_, state_, index, i),
         .start_s = seconds(data.t0),
         .end_s = seconds(data.t1),
         .probability = static_cast<double>(data.p),
         .log_probability = static_cast<double>(data.plog)});
  }
  return segment;
}

core::Failure StateRecognizer::failure(int status, bool is_out_of_memory, const std::string& why) {
  if (is_out_of_memory) return out_of_memory(device_, state_bytes_, "a job's state");
  return {core::FailureKind::internal,
          fmt::format("libwhisper failed with the code {} on {}: {}", status, device_.name,
                      why.empty() ? "it does not say why" : why)};
}

}  // namespace transcribed::whisper
