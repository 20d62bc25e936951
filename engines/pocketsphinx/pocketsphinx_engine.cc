#include "pocketsphinx/pocketsphinx_engine.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "media/audio_reader.h"
#include "worker/worker_loop.h"

namespace transcribed::pocketsphinx {
namespace {

using core::Failure;
using core::FailureKind;

constexpr std::size_t block_samples = media::sample_rate / 10;
// Long enough for a fair mean of somebody's voice, short enough to hold (640 kB).
constexpr std::size_t opening_samples = std::size_t{20} * media::sample_rate;

// The recording as the decoder wants it, opening first.
class Samples {
 public:
  explicit Samples(media::AudioReader& reader) : reader_(reader) {}

  // Appends up to `count` samples to `out`; fewer at the end only.
  tl::expected<std::size_t, Failure> append(std::size_t count, std::vector<std::int16_t>& out) {
    block_.resize(count);
    const auto got = reader_.read(block_);
    if (!got) return got;
    for (std::size_t i = 0; i < *got; ++i) {
      // 16-bit recordings come out as they went in.
      out.push_back(
          static_cast<std::int16_t>(std::lrintf(std::min(block_[i] * 32768.0F, 32767.0F))));
    }
    return got;
  }

 private:
  media::AudioReader& reader_;
  std::vector<float> block_;
};

class Job {
 public:
  Job(Recognizer& recognizer, const wire::Transcribe& request, worker::JobReport& report)
      : recognizer_(recognizer), request_(request), report_(report) {}
  // Whatever ends the job, the decoder is left between utterances.
  ~Job() { recognizer_.finish(); }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  tl::expected<double, Failure> run() {
    tl::expected<media::AudioReader, Failure> reader =
        media::AudioReader::open(request_.audio, request_.options.max_seconds);
    if (!reader) return tl::unexpected(std::move(reader.error()));
    Samples samples(*reader);
    std::vector<std::int16_t> pending;
    if (auto got = samples.append(opening_samples, pending); !got)
      return tl::unexpected(got.error());
    if (!recognizer_.begin(pending)) {
      return tl::unexpected(Failure{FailureKind::internal, "the decoder would not start"});
    }
    const double total_s = reader->duration_s().value_or(0);
    std::size_t heard = 0;
    while (!pending.empty() && !report_.cancelled()) {
      for (std::span<const std::int16_t> rest = pending; !rest.empty() && !report_.cancelled();) {
        const std::span<const std::int16_t> block =
            rest.first(std::min(block_samples, rest.size()));
        rest = rest.subspan(block.size());
        tell(recognizer_.feed(block));
        heard += block.size();
        report_.progress(static_cast<double>(heard) / media::sample_rate, total_s);
      }
      pending.clear();
      if (auto got = samples.append(block_samples, pending); !got)
        return tl::unexpected(got.error());
    }
    tell(recognizer_.finish());
    return reader->position_s();
  }

 private:
  void tell(std::optional<Utterance> utterance) {
    if (!utterance || report_.cancelled()) return;
    core::Segment segment;
    segment.id = next_id_++;
    segment.start_s = utterance->words.front().start_s;
    segment.end_s = utterance->words.back().end_s;
    for (const core::Word& word : utterance->words) {
      if (!segment.text.empty()) segment.text += ' ';
      segment.text += word.text;
    }
    segment.avg_logprob = utterance->avg_logprob;
    if (request_.options.word_timestamps) segment.words = std::move(utterance->words);
    report_.segment(segment);
  }

  Recognizer& recognizer_;
  const wire::Transcribe& request_;
  worker::JobReport& report_;
  int next_id_ = 0;
};

std::optional<Failure> refusal(const core::TranscribeOptions& options,
                               const std::string& language) {
  if (options.task == "translate") {
    return Failure{FailureKind::unsupported,
                   "PocketSphinx cannot translate; choose a Whisper model"};
  }
  if (!options.language.empty() && !language.empty() && options.language != language) {
    return Failure{FailureKind::unsupported, "this PocketSphinx model understands \"" + language +
                                                 "\" only, not \"" + options.language + "\""};
  }
  return std::nullopt;
}

}  // namespace

tl::expected<wire::Ready, core::Failure> PocketsphinxEngine::load(const wire::Load& load) {
  if (load.slots != 1) {
    return tl::unexpected(
        Failure{FailureKind::unsupported,
                "pocketsphinx runs one job at a time in a process; leave jobs_per_process at 1"});
  }
  const auto model =
      find_model(load.file.empty() ? TRANSCRIBED_POCKETSPHINX_MODELS "/en-us" : load.file);
  if (!model) return tl::unexpected(model.error());
  recognizer_ = Recognizer::load(*model);
  if (recognizer_ == nullptr) {
    return tl::unexpected(Failure{FailureKind::internal, "PocketSphinx cannot load the model in " +
                                                             model->acoustic + "; see the log"});
  }
  language_ = model->language;
  return wire::Ready{"pocketsphinx", TRANSCRIBED_POCKETSPHINX_VERSION, 0, worker::ram_taken_mb()};
}

tl::expected<worker::Heard, core::Failure> PocketsphinxEngine::transcribe(
    const wire::Transcribe& request, worker::JobReport& report) {
  if (auto refused = refusal(request.options, language_))
    return tl::unexpected(std::move(*refused));
  const tl::expected<double, Failure> seconds = Job(*recognizer_, request, report).run();
  if (!seconds) return tl::unexpected(seconds.error());
  return worker::Heard{language_, *seconds};
}

}  // namespace transcribed::pocketsphinx
