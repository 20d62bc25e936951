// transcribed-keeper: stands between the daemon and the process trees of its engines.
//
// It is a child subreaper, so a process below it can leave its session, its group and its parent,
// but not the keeper: when the first process of a tree has ended, or the daemon asks for it, or the
// daemon is gone (its end of the socket closes, even by kill -9), everything below is ended and
// reaped. One keeper runs one tree at a time and is then free for the next, so whatever is below it
// belongs to exactly one job's process. See wire/keeper_protocol.h.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <ctime>

#include "keeper/launch.h"
#include "keeper/tree.h"
#include "wire/keeper_protocol.h"

namespace transcribed::keeper {
namespace {

using wire::keeper::Answer;
using wire::keeper::AnswerKind;
using wire::keeper::inline_bytes_max;
using wire::keeper::inline_strings_max;
using wire::keeper::Request;
using wire::keeper::RequestKind;
using wire::keeper::socket_fd;
using wire::keeper::Step;

constexpr int64_t never = INT64_MAX;

int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// A packet as it came, with its descriptors.
struct Packet {
  Request request;
  char strings[inline_bytes_max];
} packet;
constexpr int fds_max = 4;
int fds[fds_max];
int fd_count = 0;

// The tree that runs.
struct Tree {
  pid_t first = 0;  // 0: none runs
  bool first_ended = false;
  Answer answer{};
  int standard_output = -1;
  int standard_error = -1;
  int64_t kill_at = never;
  // Once killing has begun:
  bool killing = false;
  int64_t next_pass = 0;
  int64_t pass_interval = 2;
  int64_t unkillable_at = never;
} tree;
bool daemon_gone = false;

void close_received() {
  for (int i = 0; i < fd_count; ++i) close(fds[i]);
  fd_count = 0;
}

void send(const Answer& answer) {
  // Fails only when the daemon is gone, which the next receive finds out.
  ::send(socket_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

void refuse(Step step, int error) {
  send(
      {.kind = AnswerKind::not_started, .by_signal = 0, .status = 0, .step = step, .error = error});
}

// False when the daemon is gone. `size` is 0 when there was nothing to read.
bool receive(size_t& size) {
  iovec part{.iov_base = &packet, .iov_len = sizeof(packet)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(fds))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  size = 0;
  const ssize_t got = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
  if (got < 0) return errno == EINTR;
  if (got == 0) return false;
  fd_count = 0;
  for (cmsghdr* part_of = CMSG_FIRSTHDR(&message); part_of != nullptr;
       part_of = CMSG_NXTHDR(&message, part_of)) {
    if (part_of->cmsg_type != SCM_RIGHTS) continue;
    fd_count = static_cast<int>((part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(fds, CMSG_DATA(part_of), static_cast<size_t>(fd_count) * sizeof(int));
  }
  size = static_cast<size_t>(got);
  return true;
}

// Cuts `bytes` at their NULs into `pointers`: one working folder, argc, nullptr, envc, nullptr.
bool cut_strings(char* bytes, const Request& request, char** pointers, Launch& launch) {
  if (request.string_bytes == 0 || bytes[request.string_bytes - 1] != '\0') return false;
  char* at = bytes;
  char* const end = bytes + request.string_bytes;
  const auto take = [&](char*& string) {
    if (at == end) return false;
    string = at;
    at += strlen(at) + 1;
    return true;
  };
  char* working_folder = nullptr;
  if (!take(working_folder)) return false;
  launch.working_folder = working_folder;
  launch.argv = pointers + 1;
  char** next = launch.argv;
  for (uint32_t i = 0; i < request.argc; ++i) {
    if (!take(*next++)) return false;
  }
  *next++ = nullptr;
  launch.environment = next;
  for (uint32_t i = 0; i < request.envc; ++i) {
    if (!take(*next++)) return false;
  }
  *next = nullptr;
  return request.argc > 0;
}

void launch_cut(const Request& request, char* bytes, char** pointers, int* stdio) {
  Launch launch;
  if (!cut_strings(bytes, request, pointers, launch)) {
    refuse(Step::receive, EINVAL);
    return;
  }
  if (request.has_stdin != 0) launch.standard_input = *stdio++;
  launch.standard_output = stdio[0];
  launch.standard_error = stdio[1];
  const Started started = start(launch);
  if (started.pid == 0) {
    refuse(started.step, started.error);
    return;
  }
  tree = Tree{};
  tree.first = started.pid;
  // Its output pipes stay open here too until `ended` is sent: the daemon is then woken once a
  // process, not once for each pipe that closes as well.
  tree.standard_output = launch.standard_output;
  tree.standard_error = launch.standard_error;
}

void handle_launch(size_t size) {
  const Request& request = packet.request;
  const bool in_memfd = request.strings_in_memfd != 0;
  const int wanted = 2 + (request.has_stdin != 0 ? 1 : 0) + (in_memfd ? 1 : 0);
  const size_t inline_bytes = in_memfd ? 0 : request.string_bytes;
  if (fd_count != wanted) {
    // What does not fit into the table of descriptors is dropped by the kernel.
    refuse(Step::receive, EMFILE);
  } else if (tree.first != 0 || size != sizeof(Request) + inline_bytes) {
    refuse(Step::receive, EINVAL);
  } else if (!in_memfd) {
    static char* pointers[inline_strings_max + 4];
    if (request.argc + request.envc > inline_strings_max) {
      refuse(Step::receive, E2BIG);
    } else {
      launch_cut(request, packet.strings, pointers, fds);
    }
  } else {
    const size_t pointer_bytes = (size_t{request.argc} + request.envc + 4) * sizeof(char*);
    void* const bytes = mmap(nullptr, request.string_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE,
                             fds[fd_count - 1], 0);
    void* const pointers =
        mmap(nullptr, pointer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED || pointers == MAP_FAILED) {
      refuse(Step::receive, errno);
    } else {
      launch_cut(request, static_cast<char*>(bytes), static_cast<char**>(pointers), fds);
    }
    if (bytes != MAP_FAILED) munmap(bytes, request.string_bytes);
    if (pointers != MAP_FAILED) munmap(pointers, pointer_bytes);
  }
  for (int i = 0; i < fd_count; ++i) {
    if (tree.first == 0 || (fds[i] != tree.standard_output && fds[i] != tree.standard_error)) {
      close(fds[i]);
    }
  }
  fd_count = 0;
}

void begin_killing(int64_t now) {
  if (tree.killing) return;
  tree.killing = true;
  tree.next_pass = now;
  tree.unkillable_at = now + wire::keeper::unkillable_after_ms;
}

void handle_end() {
  const int64_t now = now_ms();
  // One more, as `now` is rounded down: never less grace than was promised.
  const int64_t kill_at = now + packet.request.grace_ms + 1;
  if (packet.request.grace_ms == 0) {
    begin_killing(now);
  } else if (kill_at < tree.kill_at) {
    tree.kill_at = kill_at;
    if (!tree.killing) ask_descendants_to_end();
  }
}

void handle_socket() {
  size_t size = 0;
  if (!receive(size)) {
    daemon_gone = true;
    if (tree.first == 0) _exit(0);
    const int64_t now = now_ms();
    begin_killing(now);
    if (tree.unkillable_at == never) tree.unkillable_at = now + wire::keeper::unkillable_after_ms;
    return;
  }
  if (size < sizeof(Request)) {
    close_received();
  } else if (packet.request.kind == RequestKind::launch) {
    handle_launch(size);
  } else {
    close_received();
    if (tree.first != 0) handle_end();
  }
}

void finish_tree() {
  if (daemon_gone) _exit(0);
  send(tree.answer);
  close(tree.standard_output);
  close(tree.standard_error);
  tree.first = 0;
}

// Reaps what has ended; when nothing is left the tree is finished.
void reap() {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) {
      if (errno == ECHILD) finish_tree();
      return;
    }
    if (info.si_pid == 0) break;
    if (info.si_pid == tree.first) {
      tree.first_ended = true;
      tree.answer = {.kind = AnswerKind::ended,
                     .by_signal = info.si_code == CLD_EXITED ? 0U : 1U,
                     .status = info.si_status,
                     .step = Step::exec,
                     .error = 0};
    }
  }
  // Something is left. Orphans come to us, so this holds for every descendant.
  if (!tree.first_ended || tree.killing) return;
  const int64_t limit = now_ms() + wire::keeper::leftover_grace_ms;
  if (tree.kill_at == never) ask_descendants_to_end();
  if (limit < tree.kill_at) tree.kill_at = limit;
}

// Does what is due by now; returns when something is due next.
int64_t act_on_time(int64_t now) {
  if (now >= tree.kill_at) begin_killing(now);
  if (!tree.killing) return tree.kill_at;
  if (now >= tree.next_pass) {
    kill_descendants();
    tree.next_pass = now_ms() + tree.pass_interval;
    if (tree.pass_interval < 200) tree.pass_interval *= 2;
  }
  if (now >= tree.unkillable_at) {
    // With the daemon gone there is nobody to tell. What has a SIGKILL pending runs no further
    // instruction of its own, so the data folder may be given up.
    if (daemon_gone) _exit(1);
    send({.kind = AnswerKind::unkillable,
          .by_signal = 0,
          .status = 0,
          .step = Step::exec,
          .error = 0});
    tree.unkillable_at = never;
  }
  return tree.next_pass < tree.unkillable_at ? tree.next_pass : tree.unkillable_at;
}

void wait_with_tree() {
  sigset_t all_but_child;
  sigfillset(&all_but_child);
  sigdelset(&all_but_child, SIGCHLD);
  while (tree.first != 0) {
    timespec limit{};
    timespec* timeout = nullptr;
    if (tree.kill_at != never || tree.killing) {
      const int64_t now = now_ms();
      const int64_t due = act_on_time(now);
      const int64_t wait = due > now ? due - now : 0;
      limit = {.tv_sec = wait / 1000, .tv_nsec = (wait % 1000) * 1'000'000};
      timeout = &limit;
    }
    pollfd socket{.fd = daemon_gone ? -1 : socket_fd, .events = POLLIN, .revents = 0};
    // SIGCHLD is let in only here and ends the wait with EINTR.
    const int ready = ppoll(&socket, 1, timeout, &all_but_child);
    if (ready > 0) handle_socket();
    reap();
  }
}

void on_child(int) {}

// By the system call, as the C library keeps signals 32 and 33 from signal(), and those too may
// have been inherited ignored.
void reset_signal(int number) {
  alignas(8) const unsigned char default_action[64] = {};  // the kernel's own struct sigaction
  syscall(SYS_rt_sigaction, number, default_action, nullptr, 8);
}

void set_up(int kept_fds) {
  close_range(static_cast<unsigned>(socket_fd + 1 + kept_fds), ~0U, 0);
  for (int fd = socket_fd; fd <= socket_fd + kept_fds; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
  // Nothing is ignored, as that would be inherited by engines; everything is blocked instead, so
  // neither Ctrl-C nor SIGTERM ends the one that has to clean up.
  for (int number = 1; number < NSIG; ++number) reset_signal(number);
  signal(SIGCHLD, on_child);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prepare_launches();
}

}  // namespace
}  // namespace transcribed::keeper

int main(int argc, char** argv) {
  using namespace transcribed::keeper;
  if (argc != 2) {
    constexpr char text[] = "transcribed-keeper is started by transcribed only\n";
    const ssize_t written = write(2, text, sizeof(text) - 1);
    return written < 0 ? 1 : 2;
  }
  set_up(atoi(argv[1]));
  for (;;) {
    handle_socket();
    wait_with_tree();
  }
}
