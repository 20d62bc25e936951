#include "keeper/tree.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace transcribed::keeper {
namespace {

struct Member {
  pid_t pid;
  pid_t parent;
};

// One pass handles this many; a larger tree takes several, as each pass shrinks it.
constexpr int members_max = 16384;
Member members[members_max];
int member_count = 0;

void add_member(pid_t pid, pid_t parent) {
  if (member_count < members_max) members[member_count++] = {.pid = pid, .parent = parent};
}

// Reads a small /proc file whole; false when the process has gone.
bool read_file(const char* path, char* text, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t got = read(fd, text, size - 1);
  close(fd);
  if (got < 0) return false;
  text[got] = '\0';
  return true;
}

// 0 when the process has gone.
pid_t parent_of(pid_t pid) {
  char path[64];
  char text[512];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  if (!read_file(path, text, sizeof(text))) return 0;
  // pid (name, which may hold anything) state ppid ...
  const char* const after_name = strrchr(text, ')');
  if (after_name == nullptr || strlen(after_name) < 4) return 0;
  return static_cast<pid_t>(strtol(after_name + 4, nullptr, 10));
}

// Adds the children that one thread of `pid` has forked.
void add_children(const char* path, pid_t pid) {
  FILE* const file = fopen(path, "re");
  if (file == nullptr) return;
  int child = 0;
  while (fscanf(file, "%d", &child) == 1) add_member(child, pid);
  fclose(file);
}

void add_children_of_all_threads(pid_t pid) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/task", pid);
  DIR* const threads = opendir(path);
  if (threads == nullptr) return;
  while (const dirent* entry = readdir(threads)) {
    if (entry->d_name[0] == '.') continue;
    char children[sizeof(path) + sizeof(entry->d_name) + 16];
    snprintf(children, sizeof(children), "%s/%s/children", path, entry->d_name);
    add_children(children, pid);
  }
  closedir(threads);
}

// For kernels without the `children` files: every process whose chain of parents leads here.
void find_descendants_by_parent() {
  static Member all[members_max];
  int count = 0;
  DIR* const processes = opendir("/proc");
  if (processes == nullptr) return;
  while (const dirent* entry = readdir(processes)) {
    const auto pid = static_cast<pid_t>(strtol(entry->d_name, nullptr, 10));
    if (pid > 0 && count < members_max) all[count++] = {.pid = pid, .parent = parent_of(pid)};
  }
  closedir(processes);
  const auto add_all_below = [&](pid_t parent) {
    for (int i = 0; i < count; ++i) {
      if (all[i].parent == parent) add_member(all[i].pid, parent);
    }
  };
  add_all_below(getpid());
  for (int i = 0; i < member_count; ++i) add_all_below(members[i].pid);
}

// Parents before their children, as far as they can be seen while they run.
void find_descendants() {
  member_count = 0;
  char own[64];
  snprintf(own, sizeof(own), "/proc/self/task/%d/children", getpid());
  if (access(own, R_OK) != 0) {
    find_descendants_by_parent();
    return;
  }
  add_children(own, getpid());
  for (int i = 0; i < member_count; ++i) add_children_of_all_threads(members[i].pid);
}

// A child of ours keeps its number until we reap it, so kill() is safe. What is deeper could have
// been reaped by its parent and its number given to a stranger: hold it by a pidfd, look again, and
// only then signal.
void signal_member(const Member& member, int number) {
  if (member.parent == getpid()) {
    kill(member.pid, number);
    return;
  }
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, member.pid, 0));
  if (pidfd < 0) return;
  const pid_t parent = parent_of(member.pid);
  if (parent == member.parent || parent == getpid()) {
    syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0);
  }
  close(pidfd);
}

}  // namespace

void ask_descendants_to_end() {
  find_descendants();
  for (int i = 0; i < member_count; ++i) {
    signal_member(members[i], SIGTERM);
    signal_member(members[i], SIGCONT);
  }
}

void kill_descendants() {
  find_descendants();
  const pid_t own_group = getpgrp();
  for (int i = 0; i < member_count; ++i) {
    // A group is killed in one go, and nothing forks its way out of that. Groups never cross
    // sessions and every session below was begun below, so a group holds only descendants. Its
    // number is safe to use while we have not reaped the member.
    if (members[i].parent == getpid()) {
      const pid_t group = getpgid(members[i].pid);
      if (group > 1 && group != own_group) kill(-group, SIGKILL);
    }
    signal_member(members[i], SIGKILL);
  }
}

}  // namespace transcribed::keeper
