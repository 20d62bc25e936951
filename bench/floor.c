/* What the machine itself allows: jobs through a fixed number of slots with nothing but
 * posix_spawn and wait.
 *
 *   floor SLOTS JOBS PROGRAM [ARGUMENT...]    the same command JOBS times
 *   floor SLOTS - PROGRAM [ARGUMENT...]       once for each line of standard input, which becomes
 *                                             the last argument
 * Prints one JSON object.
 */
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static char** read_lines(long* count) {
  char** lines = NULL;
  char* line = NULL;
  size_t room = 0;
  *count = 0;
  while (getline(&line, &room, stdin) > 0) {
    line[strcspn(line, "\n")] = '\0';
    lines = realloc(lines, (size_t)(*count + 1) * sizeof(*lines));
    if (!lines) exit(1);
    lines[(*count)++] = line;
    line = NULL;
    room = 0;
  }
  free(line);
  return lines;
}

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: %s SLOTS JOBS|- PROGRAM [ARGUMENT...]\n", argv[0]);
    return 2;
  }
  const long slots = atol(argv[1]);
  long jobs = atol(argv[2]);
  char** lines = strcmp(argv[2], "-") == 0 ? read_lines(&jobs) : NULL;
  char** command = calloc((size_t)argc, sizeof(*command));
  if (!command) return 1;
  memcpy(command, argv + 3, (size_t)(argc - 3) * sizeof(*command));

  const double begun = now_s();
  long started = 0;
  for (long ended = 0; ended < jobs;) {
    while (started < jobs && started - ended < slots) {
      if (lines) command[argc - 3] = lines[started];
      pid_t pid;
      if (posix_spawn(&pid, command[0], NULL, NULL, command, environ) != 0) return 1;
      ++started;
    }
    int status = 0;
    if (wait(&status) < 0 || status != 0) return 1;
    ++ended;
  }
  const double seconds = now_s() - begun;
  printf("{\"jobs\":%ld,\"seconds\":%.6f,\"per_second\":%.1f}\n", jobs, seconds,
         (double)jobs / seconds);
  return 0;
}
