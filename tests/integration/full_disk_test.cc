// A data folder without room: nothing acknowledged is lost, and the daemon lives on.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class FullDisk : public DaemonTest {
 protected:
  ~FullDisk() override {
    daemon_.reset();
    if (mounted_) ::umount2(data_folder().c_str(), MNT_DETACH);
  }

  // Why it cannot be done here, or nothing.
  std::string mount_small_disk() {
    std::filesystem::create_directory(data_folder());
    mounted_ = ::mount("tmpfs", data_folder().c_str(), "tmpfs", 0, "size=8m,mode=0700") == 0;
    return mounted_ ? "" : std::strerror(errno);
  }
  void fill() const {
    const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string bytes(4096, 'x');
    while (::write(file, bytes.data(), bytes.size()) > 0) {
    }
    EXPECT_EQ(errno, ENOSPC);
    ::close(file);
  }
  void make_room() const { std::filesystem::remove(filler()); }

 private:
  std::string filler() const { return data_folder() / "filler"; }

  bool mounted_ = false;
};

TEST_F(FullDisk, NothingAcknowledgedIsLostAndTheDaemonGoesOnOnceThereIsRoom) {
  if (const std::string why = mount_small_disk(); !why.empty()) {
    GTEST_SKIP() << "a small disk cannot be mounted here (root is needed): " << why;
  }
  start(engines_.command_model("held"));
  const std::string running = api().submit(recording("ran on a full disk"));
  ASSERT_TRUE(engines_.saw("start", 1));
  std::vector<std::string> taken;

  fill();
  // What the database still has room for in its own files is taken, and counts.
  HttpAnswer refused;
  ASSERT_TRUE(eventually([&] {
    refused = api().post("/api/jobs", {{"path", recording("x")}});
    if (refused.status != 201) return true;
    taken.push_back(text_at(refused.json(), "id"));
    return false;
  }));
  EXPECT_EQ(refused.status, 507) << refused.body;
  EXPECT_EQ(refused.code(), "disk_full");
  EXPECT_THAT(api().upload("a.wav", std::string(20000, 'x')).status, AnyOf(507, 503));
  EXPECT_EQ(api().get("/healthz").status, 200);

  engines_.let_pass(static_cast<int>(taken.size()) + 1);
  ASSERT_TRUE(daemon_->says("cannot be written (disk full?), trying again"));
  const HttpAnswer ready = api().get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(text_at(ready.json(), "message"), HasSubstr("data folder cannot be written"));

  make_room();
  EXPECT_EQ(text_at(api().wait_for(running, "completed"), "state"), "completed");
  EXPECT_EQ(api().transcript(running, "txt"), "heard ran on a full disk\n");
  for (const std::string& id : taken) {
    EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  }
  EXPECT_EQ(api().get("/readyz").status, 200);
  engines_.let_pass();
  const std::string after = api().submit(recording("room again"));
  EXPECT_EQ(text_at(api().wait_for(after, "completed"), "state"), "completed");
  EXPECT_EQ(api().slots_used(), 0);
  stop();
}

TEST_F(FullDisk, AnUploadIsRefusedWhileTheDiskHasLessFreeThanItShall) {
  start(engines_.command_model("held"), {"--min-free-disk-mb", "90000000"});
  const HttpAnswer answer = api().upload("a.wav", "some bytes");
  EXPECT_EQ(answer.status, 507);
  EXPECT_THAT(answer.message(), HasSubstr("min_free_disk_mb"));
  EXPECT_TRUE(std::filesystem::is_empty(data_folder() / "uploads"));
  const HttpAnswer ready = api().get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(text_at(ready.json(), "message"), HasSubstr("min_free_disk_mb keeps 90000000 MB"));
  EXPECT_THAT(api().get("/metrics").body, HasSubstr("\ntranscribed_ready 0\n"));
  stop();
}

}  // namespace
}  // namespace transcribed::tests
