// What happens to the files of a folder, as inotify tells it. One thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace transcribed::client {

struct FolderEvent {
  enum class Kind {
    created,   // by somebody who will close it, or as a link
    complete,  // closed after writing, or moved in
    gone,      // deleted or moved away; a folder with all it held
    unknown,   // whatever is below `path` may have changed: look through it
    overflow,  // events were lost; look through everything
    lost,      // the watched folder itself is no more
  } kind = Kind::unknown;
  std::filesystem::path path;
};

class FolderWatch {
 public:
  // Watches `root`, and with `recursive` what is below, also what will be. Hidden files and folders
  // are left out. The error is a sentence.
  static tl::expected<FolderWatch, std::string> open(const std::filesystem::path& root,
                                                     bool recursive);
  ~FolderWatch();
  FolderWatch(FolderWatch&& other) noexcept;
  FolderWatch& operator=(FolderWatch&&) = delete;
  FolderWatch(const FolderWatch&) = delete;

  // Readable when there is something to take.
  int fd() const { return fd_; }
  // What happened; never blocks.
  std::vector<FolderEvent> take();
  // Watches folders that are not watched yet, after an overflow.
  void watch_anew();
  // Folders that could not be watched, a sentence each; told once.
  std::vector<std::string> take_problems();

 private:
  FolderWatch(int fd, std::filesystem::path root, bool recursive);
  bool add(const std::filesystem::path& folder);
  void add_with_all_below(const std::filesystem::path& folder);
  void forget(const std::filesystem::path& folder);
  void read_one(int wd, unsigned mask, const std::string& name, std::vector<FolderEvent>& events);
  void read_folder(unsigned mask, const std::filesystem::path& path,
                   std::vector<FolderEvent>& events);

  int fd_;
  std::filesystem::path root_;
  bool recursive_;
  std::map<int, std::filesystem::path> folders_;  // by watch descriptor
  std::vector<std::string> problems_;
};

}  // namespace transcribed::client
