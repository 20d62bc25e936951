// Starts the first process of a tree.
#pragma once

#include <sys/types.h>

#include "wire/keeper_protocol.h"

namespace transcribed::keeper {

struct Launch {
  const char* working_folder = "";
  // Pointers to strings, ended by nullptr. argv[-1] must be writable: see exec_on_path().
  char** argv = nullptr;
  char** environment = nullptr;
  int standard_input = -1;  // -1: the keeper's own, which is /dev/null
  int standard_output = -1;
  int standard_error = -1;
};

struct Started {
  pid_t pid = 0;  // 0: not started, and `step` and `error` (an errno) say why
  wire::keeper::Step step = wire::keeper::Step::exec;
  int error = 0;
};

// Once, before anything is launched: decides the oom_score_adj of what is launched.
void prepare_launches();
// Returns once the program runs (or has been refused); blocks for as long as exec takes.
Started start(const Launch& launch);

}  // namespace transcribed::keeper
