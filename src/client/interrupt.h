// What becomes of the jobs when the user stops waiting for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/batch.h"
#include "client/job_api.h"

namespace transcribed::client {

enum class InterruptAnswer { let_go_on, cancel, keep_waiting };

// The question, without a newline.
std::string interrupt_question(std::size_t jobs, std::size_t unsent_files);
// Nothing for a word that answers nothing. An empty line means yes.
std::optional<InterruptAnswer> parse_answer(std::string_view line);

// What to say when the jobs go on without us; a line each. `open` is what has not ended.
std::vector<std::string> parting_words(const std::vector<Batch::Unfinished>& open);

struct CancelOutcome {
  std::size_t cancelled = 0;
  std::vector<std::string> problems;  // sentences, escaped
};
// Those that wait go first, the last one in line at the head, so that no cancelled job's slot
// starts another that is to be cancelled too. Blocks; each request has a time limit.
CancelOutcome cancel_jobs(JobApi& api, const std::vector<Batch::Unfinished>& open);

}  // namespace transcribed::client
