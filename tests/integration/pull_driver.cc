// `transcribe models pull` of a model that was never published: pull_driver FOLDER URL BYTES SHA1
// SHA256. The published ones' contents cannot be made up.
#include <clocale>
#include <csignal>
#include <cstdlib>

#include "client/pull_session.h"

int main(int argc, char** argv) {
  if (argc != 6) return 99;
  std::setlocale(LC_CTYPE, "");
  std::signal(SIGPIPE, SIG_IGN);
  transcribed::core::WhisperModel model;
  model.name = "made";
  model.file = "ggml-made.bin";
  model.bytes = std::atoll(argv[3]);
  model.sha1 = argv[4];
  model.sha256 = argv[5];
  transcribed::client::PullSettings settings;
  settings.options.folder = argv[1];
  settings.options.base_url = argv[2];
  // A test that lets a server go away shall not wait as a person would.
  settings.options.pauses = {std::chrono::milliseconds(10), std::chrono::milliseconds(10)};
  return transcribed::client::run_pull(model, settings);
}
