// What a process's end means for the job, as a sentence.
#pragma once

#include <string_view>

#include "core/failure.h"
#include "ports/process_launcher.h"
#include "scheduler/process_output.h"

namespace transcribed::scheduler {

// `who` begins the sentence ("the command"). exited -> command_failed with the status and the end
// of standard error; killed -> engine_crashed; not_started -> model_missing.
core::Failure describe_end(const ports::ProcessEnd& end, std::string_view who,
                           const OutputTail& errors);

}  // namespace transcribed::scheduler
