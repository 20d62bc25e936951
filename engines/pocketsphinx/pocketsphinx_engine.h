// PocketSphinx as an engine. On the CPU; one job at a time.
#pragma once

#include <memory>
#include <string>

#include "pocketsphinx/recognizer.h"
#include "worker/engine.h"

namespace transcribed::pocketsphinx {

class PocketsphinxEngine final : public worker::Engine {
 public:
  // `file` of the load is a model folder; empty: Debian's en-us.
  tl::expected<wire::Ready, core::Failure> load(const wire::Load& load) override;
  tl::expected<worker::Heard, core::Failure> transcribe(const wire::Transcribe& request,
                                                        worker::JobReport& report) override;

 private:
  std::unique_ptr<Recognizer> recognizer_;
  std::string language_;
};

}  // namespace transcribed::pocketsphinx
