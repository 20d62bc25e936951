#include "daemon/listen_address.h"

#include <gtest/gtest.h>

namespace transcribed::daemon {
namespace {

TEST(ListenAddress, IsAnAddressAndAPort) {
  for (const char* text : {"127.0.0.1:8585", "0.0.0.0:0", "[::1]:65535", "[2001:db8::7]:80"}) {
    const auto address = parse_listen(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
  EXPECT_EQ(to_string(*parse_listen("localhost:80")), "127.0.0.1:80");
}

TEST(ListenAddress, AnythingElseIsRefusedWithTheWayOut) {
  for (const char* text : {"",
                           ":",
                           ":80",
                           "8585",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:-1",
                           "127.0.0.1:65536",
                           "127.0.0.1:80x",
                           "127.0.0.1:99999999999999999999",
                           "256.0.0.1:80",
                           "box.example:80",
                           "[::1]",
                           "[::1]80",
                           "[::1:80",
                           "::1",
                           "::1:80",
                           "[]:80",
                           "[127.0.0.1]:80",
                           "[x]:80",
                           "http://127.0.0.1:80",
                           " 127.0.0.1:80",
                           "127.0.0.1:+80"}) {
    const auto address = parse_listen(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().find("write HOST:PORT"), std::string::npos) << address.error();
  }
}

TEST(ListenAddress, LoopbackIsWhatNoOtherMachineCanReach) {
  for (const char* host : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback({host, 80})) << host;
  }
  for (const char* host : {"0.0.0.0", "128.0.0.1", "10.0.0.1", "::", "::2", "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(is_loopback({host, 80})) << host;
  }
}

}  // namespace
}  // namespace transcribed::daemon
