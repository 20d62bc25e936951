// The processes below this keeper: finding them all and signalling them.
#pragma once

namespace transcribed::keeper {

// SIGTERM (and SIGCONT, for what is stopped) to every descendant found now.
void ask_descendants_to_end();
// SIGKILL to every descendant found now. New forks may slip through: repeat until nothing is left.
void kill_descendants();

}  // namespace transcribed::keeper
