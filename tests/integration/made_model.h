// A model that was never published: what a test's server has, and a catalogue's entry for it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "adapters/file_digest.h"
#include "core/whisper_models.h"
#include "tests/integration/temporary_folder.h"

namespace transcribed::tests {

// Starts as a ggml Whisper model does; the rest differs from place to place.
inline std::string made_model_content(std::size_t bytes, unsigned seed = 1) {
  std::string content;
  for (const std::uint32_t word :
       {0x67676d6cU, 51865U, 1500U, 384U, 6U, 4U, 448U, 384U, 6U, 4U, 80U, 1U}) {
    for (int shift = 0; shift < 32; shift += 8) content += static_cast<char>(word >> shift & 0xff);
  }
  std::uint32_t state = seed;
  while (content.size() < bytes) {
    state = state * 1664525U + 1013904223U;
    content += static_cast<char>(state >> 24);
  }
  return content;
}

// The smallest model that is complete, as tests/models/write_model.py writes it: 1 MB.
inline std::string whole_model_content() {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "whole.bin").string();
  const std::string command =
      std::string(TRANSCRIBED_PYTHON) + " '" + TRANSCRIBED_WRITE_MODEL + "' least '" + path + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline adapters::Digests digests_of(const std::string& content) {
  const TemporaryFolder folder;
  const std::string path = folder.write("content", content);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto sums = adapters::digest_file(fd, [](std::int64_t) { return true; });
  ::close(fd);
  return sums.value();
}

// Owns the texts that the entry points to.
struct MadeModel {
  explicit MadeModel(std::size_t bytes)
      : content(made_model_content(bytes)), sums(digests_of(content)) {
    entry.name = "made";
    entry.file = "ggml-made.bin";
    entry.bytes = static_cast<std::int64_t>(content.size());
    entry.sha1 = sums.sha1;
    entry.sha256 = sums.sha256;
  }
  MadeModel(const MadeModel&) = delete;
  MadeModel& operator=(const MadeModel&) = delete;

  std::string content;
  adapters::Digests sums;
  core::WhisperModel entry;
};

}  // namespace transcribed::tests
