// What the daemon and a keeper say to each other over one SOCK_SEQPACKET socket pair.
//
// A keeper runs one process tree at a time. The daemon sends Launch, then any number of End; the
// keeper answers Answer::ended or Answer::not_started exactly once for each Launch, after which it
// is free for the next. Answer::unkillable may come before ended, once. An End that crosses the
// answer finds the keeper idle and means nothing. Both ends are built together, so there is no
// version.
//
// Plain structs and no library: the keeper is a tiny static program.
#pragma once

#include <cstdint>

namespace transcribed::wire::keeper {

// The keeper's socket. Its argument says how many further descriptors (the lock of the data folder)
// follow it, held open for as long as the keeper lives; everything above is closed.
inline constexpr int socket_fd = 3;

// Strings up to this size travel in the packet itself, longer ones in a memfd.
inline constexpr std::uint32_t inline_bytes_max = 32 * 1024;
inline constexpr std::uint32_t inline_strings_max = 2048;
// Beyond this a launch is refused. The kernel's own limit (a quarter of the stack limit, 6 MiB at
// most) is usually met before, and is reported as it puts it.
inline constexpr std::uint32_t bytes_max = 8 * 1024 * 1024;

enum class RequestKind : std::uint32_t { launch = 1, end = 2 };

// Launch is followed by NUL-terminated strings: the working folder (empty: the keeper's), argc
// arguments, envc lines of the whole environment. Descriptors, in this order: standard input if
// has_stdin, standard output, standard error, the memfd if strings_in_memfd.
struct Request {
  RequestKind kind;
  // launch
  std::uint32_t has_stdin;
  std::uint32_t strings_in_memfd;
  std::uint32_t argc;
  std::uint32_t envc;
  std::uint32_t string_bytes;
  // end: milliseconds between SIGTERM and SIGKILL; 0 sends no SIGTERM
  std::uint32_t grace_ms;
};

enum class AnswerKind : std::uint32_t {
  ended = 1,        // the tree is gone and reaped
  not_started = 2,  // `error` at `step`
  unkillable = 3,   // still there 10 s after SIGKILL
};

enum class Step : std::uint32_t { receive = 1, fork = 2, stdio = 3, working_folder = 4, exec = 5 };

struct Answer {
  AnswerKind kind;
  // ended
  std::uint32_t by_signal;  // 1: `status` is a signal's number, 0: an exit status
  std::int32_t status;
  // not_started
  Step step;
  std::int32_t error;  // an errno
};

// How long what is left of a tree may take to go after its first process has ended.
inline constexpr std::uint32_t leftover_grace_ms = 500;
inline constexpr std::uint32_t unkillable_after_ms = 10'000;

}  // namespace transcribed::wire::keeper
