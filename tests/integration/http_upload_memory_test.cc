// A large recording passes through a small process.
#include <fmt/format.h>

#include "tests/integration/api_server_fixture.h"

namespace transcribed::tests {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TRANSCRIBED_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TRANSCRIBED_SANITIZED 1
#endif

class HttpUploadMemoryTest : public ApiServerTest {};

// The peak since the last reset, in KiB.
long peak_kib() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6);
  }
  return 0;
}

TEST_F(HttpUploadMemoryTest, ThreeHundredMegabytesTakeLessThanTen) {
#ifdef TRANSCRIBED_SANITIZED
  GTEST_SKIP() << "a sanitizer's own memory would be measured";
#endif
  start();
  EXPECT_EQ(request("GET", "/healthz").status, 200);
  fakes::RawHttpClient client(port_);
  const std::string piece(1 << 20, 'x');
  const auto head = form_part("file", "", "a.mp3");
  const auto begin = head.substr(0, head.size() - 2);
  const auto end = "\r\n" + form_end;
  const std::size_t size = begin.size() + 300 * piece.size() + end.size();

  std::ofstream("/proc/self/clear_refs") << "5";  // resets the peak
  const auto before = peak_kib();
  client.send(
      fmt::format("POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n{}",
                  form_type, size, begin));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(client.send(piece));
  client.send(end);
  ASSERT_EQ(client.read_response().status, 201);
  EXPECT_LT(peak_kib() - before, 10 * 1024);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "uploads" / uploads().at(0)), 300 * piece.size());
}

}  // namespace
}  // namespace transcribed::tests
