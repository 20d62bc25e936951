// Temporary folders, one for each process that is given none.
#pragma once

#include <string>

#include <tl/expected.hpp>

namespace transcribed::adapters {

// A new empty folder (mode 0700) in `parent`; or an errno. Any thread.
tl::expected<std::string, int> make_private_folder(const std::string& parent);

// Removes it if it is empty; false when something is in it. Never blocks for long.
bool remove_empty_folder(const std::string& folder);

// Removes it with all that is in it, also what its owner made unreadable; follows no link out of
// it. Blocks for as long as there are files.
void remove_folder(const std::string& folder);

// Removes the private folders that a killed daemon left in `parent`. At start, with the data folder
// locked, so that none of them is in use.
void remove_stale_folders(const std::string& parent);

}  // namespace transcribed::adapters
