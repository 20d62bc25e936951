// Recordings made at test time, in a folder that goes away with the test.
#pragma once

#include <filesystem>
#include <string>

namespace transcribed::tests {

class RecordingFolder {
 public:
  RecordingFolder();
  ~RecordingFolder();
  RecordingFolder(const RecordingFolder&) = delete;
  RecordingFolder& operator=(const RecordingFolder&) = delete;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  // Runs the ffmpeg program with `arguments` and the output file `name`; returns its path. Fails
  // the test when ffmpeg does.
  std::string ffmpeg(const std::string& arguments, const std::string& name) const;
  std::string write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path folder_;
};

std::string bytes_of(const std::string& path);

}  // namespace transcribed::tests
