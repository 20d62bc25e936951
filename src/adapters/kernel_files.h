// Reading the small text files of /proc and cgroup file systems, often and cheaply.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace transcribed::adapters {

// One such file, kept open: reading it again from offset 0 gives its present content without a path
// look-up. Any one thread at a time.
class KernelFile {
 public:
  KernelFile() = default;
  explicit KernelFile(const std::string& path);
  KernelFile(KernelFile&& other) noexcept;
  KernelFile& operator=(KernelFile&& other) noexcept;
  ~KernelFile();

  bool is_open() const { return fd_ >= 0; }
  // The whole content, in `buffer`. False when the file is not there, or not any more.
  bool read(std::string& buffer) const;

 private:
  int fd_ = -1;
};

// The number on the line that starts with `name` and a blank or colon ("MemTotal:  123 kB",
// "active_file 4096").
std::optional<std::uint64_t> field(std::string_view text, std::string_view name);
// The number a text starts with, blanks skipped. Nothing for "max" and for what does not fit.
std::optional<std::uint64_t> leading_number(std::string_view text);

}  // namespace transcribed::adapters
