#include "keeper/launch.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace transcribed::keeper {
namespace {

using wire::keeper::Step;

char oom_score_adj[16] = "500";
size_t oom_score_adj_length = 3;

const char* find_variable(char** environment, const char* name) {
  const size_t length = strlen(name);
  for (; *environment != nullptr; ++environment) {
    if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
      return *environment + length + 1;
    }
  }
  return nullptr;
}

// execve, and like execvp a file without a known format is a shell script.
int exec_file(const char* path, char** argv, char** environment) {
  execve(path, argv, environment);
  if (errno != ENOEXEC) return errno;
  static char shell[] = "/bin/sh";
  char* const name = argv[0];
  argv[-1] = shell;
  argv[0] = const_cast<char*>(path);
  execve(shell, argv - 1, environment);
  argv[0] = name;
  return ENOEXEC;
}

// As execvp, but with the PATH that the new program will see. Returns only the errno of a failure.
int exec_on_path(char** argv, char** environment) {
  const char* name = argv[0];
  if (strchr(name, '/') != nullptr) return exec_file(name, argv, environment);
  const size_t name_length = strlen(name);
  if (name_length == 0) return ENOENT;
  if (name_length > NAME_MAX) return ENAMETOOLONG;
  const char* path = find_variable(environment, "PATH");
  if (path == nullptr) path = "/bin:/usr/bin";
  bool denied = false;
  char file[PATH_MAX];
  for (const char* from = path;;) {
    const char* const to = strchrnul(from, ':');
    const auto folder_length = static_cast<size_t>(to - from);
    if (folder_length + name_length + 2 <= sizeof(file)) {
      size_t at = folder_length;
      memcpy(file, from, folder_length);
      if (at > 0) file[at++] = '/';
      memcpy(file + at, name, name_length + 1);
      // An empty entry is the current folder, but "name" alone has no slash and is fine for execve.
      switch (const int error = exec_file(file, argv, environment)) {
        case EACCES:
          denied = true;
          break;
        case ENOENT:
        case ENOTDIR:
        case ESTALE:
        case ENODEV:
        case ETIMEDOUT:
          break;
        default:
          return error;
      }
    }
    if (*to == '\0') return denied ? EACCES : ENOENT;
    from = to + 1;
  }
}

void raise_oom_score() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;  // no /proc: the job runs all the same
  const ssize_t written = write(fd, oom_score_adj, oom_score_adj_length);
  (void)written;
  close(fd);
}

}  // namespace

void prepare_launches() {
  int own = 0;
  if (FILE* file = fopen("/proc/self/oom_score_adj", "re"); file != nullptr) {
    char text[16] = "";
    if (fgets(text, sizeof(text), file) != nullptr) own = atoi(text);
    fclose(file);
  }
  int raised = 500;
  if (own >= 400) raised = own + 100 > 1000 ? 1000 : own + 100;
  const int length = snprintf(oom_score_adj, sizeof(oom_score_adj), "%d", raised);
  oom_score_adj_length = static_cast<size_t>(length);
}

Started start(const Launch& launch) {
  const pid_t keeper = getpid();
  // Shared with the child: vfork lends it our memory until it execs or exits.
  volatile Step step = Step::exec;
  volatile int error = 0;
  const pid_t child = vfork();
  if (child < 0) return {.pid = 0, .step = Step::fork, .error = errno};
  if (child == 0) {
    // Its own session, so that no terminal's Ctrl-C and no group kill of a sibling reaches it.
    setsid();
    // If the keeper is killed with -9 nobody could end this process any more: let the kernel do it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) _exit(127);
    raise_oom_score();
    // The numbers received are all above 2, so dup2 copies, and the copy stays open over exec. All
    // other descriptors of the keeper are close-on-exec.
    if ((launch.standard_input >= 0 && dup2(launch.standard_input, 0) < 0) ||
        dup2(launch.standard_output, 1) < 0 || dup2(launch.standard_error, 2) < 0) {
      step = Step::stdio;
      error = errno;
      _exit(127);
    }
    if (launch.working_folder[0] != '\0' && chdir(launch.working_folder) != 0) {
      step = Step::working_folder;
      error = errno;
      _exit(127);
    }
    // The keeper blocks every signal and ignores none: an empty mask is all a clean start needs.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    error = exec_on_path(launch.argv, launch.environment);
    _exit(127);
  }
  if (error != 0) {
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return {.pid = 0, .step = step, .error = error};
  }
  return {.pid = child, .step = Step::exec, .error = 0};
}

}  // namespace transcribed::keeper
