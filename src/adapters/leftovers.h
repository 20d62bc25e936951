// Processes that outlived whoever should have ended them, found by a mark in their environment.
//
// Why a mark and not a record of pid, start time and boot id: the record has to be written for
// every launch before it may run, and knows only the first process of a tree. The mark costs
// nothing to keep, is inherited by everything the engine starts, and is gone after a reboot by
// itself. What clears its environment is found by the keeper; only if that was killed too does it
// escape.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace transcribed::adapters {

// Set for every launched process: which data folder it works for, and under which keeper.
inline constexpr std::string_view data_folder_variable = "TRANSCRIBED_DATA_FOLDER_ID";
inline constexpr std::string_view keeper_variable = "TRANSCRIBED_KEEPER_ID";

// 128 bits from the kernel, as 32 hexadecimal digits.
std::string random_id();

struct Swept {
  int killed = 0;
  int remaining = 0;  // killed but still there when the limit passed (state D)
};

// Kills every process (but this one) whose environment holds `marker`, a whole NAME=value line,
// again and again until a look finds none. Blocks, `limit` at most. Any thread.
Swept sweep_marked(std::string_view marker, std::chrono::milliseconds limit);

// At start, with the data folder locked and before anything is requeued.
Swept sweep_leftovers(const std::string& data_folder_id,
                      std::chrono::milliseconds limit = std::chrono::seconds(10));

}  // namespace transcribed::adapters
