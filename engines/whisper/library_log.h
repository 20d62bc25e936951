// libwhisper and ggml tell what they take, and why something failed, only in their log.
#pragma once

#include <cstdint>
#include <string>

namespace transcribed::whisper {

// Whether `message`, an error's or the log's, is about memory that there was not.
bool tells_of_missing_memory(const std::string& message);

// Sends warnings and errors of both libraries to standard error. The rest would only bury them: the
// end of a worker's standard error becomes part of the message when it dies. Where ggml ends the
// process for want of memory, as its CUDA backend does, the jobs in it are told so.
void log_to_standard_error();

// Listens to what the libraries log on this thread. One a thread at a time.
class LogWatch {
 public:
  LogWatch();
  ~LogWatch();
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;

  // Bytes, as the libraries reckon them (they print 10^6 bytes with two decimals).
  std::int64_t weights_on_cpu = 0;
  std::int64_t weights_on_device = 0;
  std::int64_t state = 0;
  // The device that libwhisper says it computes states on ("Vulkan1"); empty: no GPU, or not said.
  std::string gpu;
  // An allocation failed.
  bool out_of_memory = false;
  // The last error, without its newline.
  std::string last_error;

  // Reads one message. Public for tests.
  void note(bool is_error, const std::string& message);
};

}  // namespace transcribed::whisper
