// A job of the launcher benchmark: notes when it began and ended at its place in a file.
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <unistd.h>

namespace {

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t stamps[2] = {now_ns(), 0};
  if (argc != 3) return 2;
  const int file = open(argv[1], O_WRONLY | O_CLOEXEC);
  if (file < 0) return 1;
  stamps[1] = now_ns();
  const ssize_t put = pwrite(file, stamps, sizeof(stamps), atoll(argv[2]) * 16);
  _exit(put == sizeof(stamps) ? 0 : 1);
}
