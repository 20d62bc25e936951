// Temporary folders, one for each process that is given none.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace transcribed::adapters {

// Making and removing a folder costs a journalling file system some 100 us, a fifth of a short job,
// and waits for whoever else is writing to the disk. So a folder that comes back as it was handed
// out, empty and with its mode and owner, serves again. Loop thread.
class PrivateFolders {
 public:
  // At most `spare_max` unused ones are kept. `parent` must exist.
  PrivateFolders(std::string parent, std::size_t spare_max);
  PrivateFolders(const PrivateFolders&) = delete;
  PrivateFolders& operator=(const PrivateFolders&) = delete;
  ~PrivateFolders() { remove_spare(); }

  // An empty folder, mode 0700; or an errno.
  tl::expected<std::string, int> take();
  // Keeps or removes it; false when something is in it, and the caller must remove_folder() it
  // where that holds up nobody.
  bool give_back(const std::string& folder);
  void remove_spare();

  const std::string& parent() const { return parent_; }

 private:
  const std::string parent_;
  const std::size_t spare_max_;
  std::vector<std::string> spare_;
};

// Removes it with all that is in it, also what its owner made unreadable; follows no link out of
// it. Blocks for as long as there are files. Any thread.
void remove_folder(const std::string& folder);

// Removes the private folders that a killed daemon left in `parent`. At start, with the data folder
// locked, so that none of them is in use.
void remove_stale_folders(const std::string& parent);

}  // namespace transcribed::adapters
