// What processes read and write.
#include <fcntl.h>
#include <unistd.h>

#include "tests/integration/launched.h"

namespace transcribed::adapters {
namespace {

using KeeperOutputTest = KeeperTest;

TEST_F(KeeperOutputTest, CarriesTensOfMegabytesBothWays) {
  std::string sent;
  sent.reserve(32 << 20);
  for (unsigned i = 0; sent.size() < (32U << 20); ++i) sent += std::to_string(i * 2654435761U);
  const auto cat = launch({.argv = {"cat"}, .standard_input = true});
  for (std::size_t at = 0; at < sent.size(); at += 5'000'000) {
    cat->process->write(sent.substr(at, 5'000'000));
  }
  run_until([&] { return cat->out.size() >= sent.size(); });
  EXPECT_TRUE(cat->out == sent);
  EXPECT_TRUE(cat->ends.empty());
  cat->process->end(std::chrono::seconds(5));
  run_to_end(*cat);
  EXPECT_EQ(cat->end().how, How::killed);
  EXPECT_EQ(cat->end().status, SIGTERM);
}

TEST_F(KeeperOutputTest, KeepsStandardErrorApart) {
  const auto launched = run_shell("echo out; echo err >&2; printf tail; printf end >&2");
  EXPECT_EQ(launched->out, "out\ntail");
  EXPECT_EQ(launched->err, "err\nend");
}

TEST_F(KeeperOutputTest, DeliversAllOutputBeforeTheEnd) {
  std::size_t heard = 0;
  bool ended = false;
  const auto process =
      launcher_->launch({.argv = {"sh", "-c", "head -c 20000000 /dev/zero; printf x"}},
                        {.on_stdout =
                             [&](std::string_view piece) {
                               EXPECT_FALSE(ended);
                               heard += piece.size();
                             },
                         .on_stderr = {},
                         .on_end =
                             [&](const ports::ProcessEnd&) {
                               ended = true;
                               EXPECT_EQ(heard, 20'000'001U);
                             }});
  run_until([&] { return ended; });
}

TEST_F(KeeperOutputTest, AFloodStarvesNobody) {
  const auto flood = launch({.argv = {"cat", "/dev/zero"}});
  run_until([&] { return flood->out.size() > 1'000'000; });
  const auto other = run_shell("echo quiet");
  EXPECT_EQ(other->out, "quiet\n");
  flood->process->end(std::chrono::milliseconds(0));
  run_to_end(*flood);
}

TEST_F(KeeperOutputTest, WritingToWhatReadsNoMoreIsIgnored) {
  const auto launched = launch_shell("exec 0<&-; echo closed; exec sleep 300", true);
  run_until([&] { return launched->out == "closed\n"; });
  launched->process->write(std::string(1'000'000, 'x'));
  launched->process->write("more");
  launched->process->end(std::chrono::milliseconds(0));
  run_to_end(*launched);
  EXPECT_EQ(launched->end().status, SIGKILL);
  launched->process->write("after the end");
}

TEST_F(KeeperOutputTest, ADescriptorHandedOutOfTheTreeDoesNotHoldUpTheEnd) {
  const auto launched = launch_shell("echo $$; read go; printf last", true);
  run_until([&] { return launched->out.ends_with("\n"); });
  const std::string path = "/proc/" + std::to_string(pids_in(launched->out).at(0)) + "/fd/1";
  const int outside = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(outside, 0);
  launched->process->write("go\n");
  run_to_end(*launched);
  EXPECT_THAT(launched->out, ::testing::EndsWith("\nlast"));
  ::close(outside);
}

TEST_F(KeeperOutputTest, MayBeDestroyedFromItsOwnEvents) {
  std::unique_ptr<ports::Process> first, second;
  std::string heard;
  bool ended = false;
  first =
      launcher_->launch({.argv = {"sh", "-c", "echo $$; exec sleep 300"}},
                        {.on_stdout =
                             [&](std::string_view piece) {
                               first.reset();
                               heard = std::string(piece);  // the closure must still be there
                             },
                         .on_stderr = {},
                         .on_end = [](const ports::ProcessEnd&) { FAIL() << "was forgotten"; }});
  second =
      launcher_->launch({.argv = {"true"}},
                        {.on_stdout = {}, .on_stderr = {}, .on_end = [&](const ports::ProcessEnd&) {
                           second.reset();
                           ended = true;
                         }});
  run_until([&] { return !heard.empty() && ended; });
  run_until([&] { return is_gone(pids_in(heard).at(0)); });
  expect_none_left();
}

}  // namespace
}  // namespace transcribed::adapters
