#include "tests/integration/made_recordings.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <gtest/gtest.h>

namespace transcribed::tests {

RecordingFolder::RecordingFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "recordings-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
}

RecordingFolder::~RecordingFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string RecordingFolder::ffmpeg(const std::string& arguments, const std::string& name) const {
  const std::string output = path(name);
  const std::string command = "ffmpeg -nostdin -v error -y " + arguments + " '" + output + "'";
  const int status = std::system(command.c_str());
  EXPECT_EQ(status, 0) << command;
  return output;
}

std::string RecordingFolder::write(const std::string& name, const std::string& bytes) const {
  const std::string output = path(name);
  std::ofstream(output, std::ios::binary) << bytes;
  return output;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace transcribed::tests
