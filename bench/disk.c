/* How often a second this disk makes 4 KiB durable: disk FOLDER SECONDS
 *
 * Writes one page after another of a file that has its size already, as a write-ahead log that
 * starts over does, with an fdatasync after each. Prints one JSON object.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { page_bytes = 4096, pages = 2000 };

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  char path[4096];
  snprintf(path, sizeof(path), "%s/fdatasync-probe", argv[1]);
  const int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return 1;
  unlink(path);
  static char page[page_bytes];
  for (int i = 0; i < pages; ++i) {
    if (write(file, page, page_bytes) != page_bytes) return 1;
  }
  if (fsync(file) != 0) return 1;
  const double begun = now_s();
  const double limit = atof(argv[2]);
  long count = 0;
  double seconds = 0;
  do {
    memset(page, (int)(count % 251), sizeof(page));
    if (pwrite(file, page, page_bytes, (count % pages) * page_bytes) != page_bytes) return 1;
    if (fdatasync(file) != 0) return 1;
    ++count;
    seconds = now_s() - begun;
  } while (seconds < limit);
  printf("{\"count\":%ld,\"seconds\":%.6f,\"per_second\":%.1f}\n", count, seconds,
         (double)count / seconds);
  return 0;
}
