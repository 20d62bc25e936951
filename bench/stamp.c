/* A job that notes when it began and ended: stamp FILE [.../MICROSECONDS]
 *
 * Sleeps for as long as its second argument's last path component says, then appends
 * {begin, end} (CLOCK_MONOTONIC, nanoseconds, two int64) to FILE. Runs under the floor and under
 * the daemon alike, so both are measured by the same program.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char** argv) {
  int64_t stamps[2] = {now_ns(), 0};
  if (argc < 2) return 2;
  const int file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return 1;
  if (argc > 2) {
    const char* slash = strrchr(argv[2], '/');
    const int64_t until = stamps[0] + atoll(slash ? slash + 1 : argv[2]) * 1000;
    const struct timespec deadline = {until / 1000000000, until % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
  }
  stamps[1] = now_ns();
  return write(file, stamps, sizeof(stamps)) == sizeof(stamps) ? 0 : 1;
}
