// The daemon's side of a worker: reads requests from one descriptor, writes messages to another.
#pragma once

#include "core/failure.h"
#include "core/memory_size.h"
#include "worker/engine.h"

namespace transcribed::worker {

// Serves until `shutdown`, the end of the input or a reader of the output that went away; then
// cancels what runs, waits for it, and returns. The calling thread reads; each job has a thread of
// its own, so that a cancel is noticed at once however long the engine computes, and so that an
// engine may run several jobs. Descriptors are borrowed. Expects SIGPIPE to be ignored.
void serve(Engine& engine, int input, int output);

// A worker's whole main(): serves on standard input and output. Whatever a library prints to
// standard output goes to standard error instead of into the protocol. Returns the exit status.
int run_worker(Engine& engine);

// For a library that is about to end this process and that can say why: `failure` is said of every
// job that runs, or of the load, before the daemon sees the process die. Any thread; does nothing
// where nothing is served.
void say_last_words(const core::Failure& failure) noexcept;

// What this process holds in RAM now (RssAnon + RssShmem), for `ready`; 0 when it cannot be read.
core::Megabytes ram_taken_mb();

}  // namespace transcribed::worker
