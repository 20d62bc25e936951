// What the daemon tells the service manager that started it, and that nobody else speaks for it.
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "adapters/service_manager.h"
#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;

// A service manager's end. `name` as $NOTIFY_SOCKET has it.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
      throw std::runtime_error("no socket at " + name);
    }
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // The next message; nothing when there is none at the deadline.
  std::optional<std::string> next() { return receive(0); }
  // One that is there already.
  std::optional<std::string> at_hand() { return receive(MSG_DONTWAIT); }

 private:
  std::optional<std::string> receive(int flags) {
    char text[256];
    const ssize_t size = ::recv(fd_, text, sizeof text, flags);
    if (size < 0) return std::nullopt;
    return std::string(text, static_cast<std::size_t>(size));
  }

  int fd_;
};

// $NOTIFY_SOCKET for the time of a test.
class DaemonOfAServiceManager : public DaemonTest {
 protected:
  DaemonOfAServiceManager() { ::setenv("NOTIFY_SOCKET", socket_name_.c_str(), 1); }
  ~DaemonOfAServiceManager() override { ::unsetenv("NOTIFY_SOCKET"); }

  std::string socket_name_ = (folder_.path() / "notify").string();
  NotifySocket manager_{socket_name_};
};

TEST_F(DaemonOfAServiceManager, IsToldWhenItIsReadyAndHowLongAStopMayTake) {
  start(engines_.command_model("any"), {"--drain-timeout-s", "45"});
  EXPECT_EQ(manager_.next(), "READY=1");
  EXPECT_EQ(api().get("/readyz").status, 200);
  EXPECT_EQ(manager_.at_hand(), std::nullopt);
  daemon_->signal(SIGTERM);
  EXPECT_EQ(manager_.next(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=75000000");
  EXPECT_EQ(daemon_->wait(), 0);
}

TEST_F(DaemonOfAServiceManager, KeepsItFromEngines) {
  start(
      "[models.curious]\nengine = \"command\"\ncommand = [\"sh\", \"-c\", "
      "\"echo \\\"socket: ${NOTIFY_SOCKET-none}\\\"\", \"{audio}\"]\n");
  const std::string id = api().submit(recording("x"));
  api().wait_for(id, "completed");
  EXPECT_EQ(api().transcript(id, "txt"), "socket: none\n");
  stop();
}

TEST_F(DaemonOfAServiceManager, StartsAllTheSameWhenNobodyListens) {
  ::setenv("NOTIFY_SOCKET", (folder_.path() / "nobody").c_str(), 1);
  start(engines_.command_model("any"));
  EXPECT_TRUE(daemon_->says("WARN: The service manager at " + (folder_.path() / "nobody").string() +
                            " (NOTIFY_SOCKET) could not be told: No such file or directory"));
  stop();
}

TEST(ServiceManager, IsFoundBySocketsWithoutAFile) {
  const std::string name = "@transcribed-test-" + std::to_string(::getpid());
  NotifySocket manager(name);
  EXPECT_TRUE(adapters::ServiceManager(name).ready());
  EXPECT_EQ(manager.next(), "READY=1");
}

TEST(ServiceManager, IsNotMissedWhereThereIsNone) {
  EXPECT_TRUE(adapters::ServiceManager("").ready());
  EXPECT_TRUE(adapters::ServiceManager("").stopping(std::chrono::seconds(1)));
}

TEST(ServiceManager, RefusesANameThatIsTooLong) {
  const auto told = adapters::ServiceManager("/" + std::string(200, 'x')).ready();
  ASSERT_FALSE(told);
  EXPECT_THAT(told.error(), HasSubstr("the name is too long"));
}

}  // namespace
}  // namespace transcribed::tests
