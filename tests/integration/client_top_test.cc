// transcribe top, on a pseudo-terminal and off it.
#include <csignal>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char enter[] = "\x1b[?1049h\x1b[?25l";
constexpr char leave[] = "\x1b[?25h\x1b[?1049l";

class ClientTop : public ClientTest {
 protected:
  ClientTop() {
    for (const char* name : {"a.wav", "b.wav"}) recording(name);
    fakes::JobScript runs;
    runs.steps = {"running"};
    server_.script("a.wav", runs);
    fakes::JobScript waits;
    waits.steps = {"queued"};
    server_.script("b.wav", waits);
    EXPECT_EQ(run({"--detach", "-q", "a.wav", "b.wav"}).status, 0);
  }
};

TEST_F(ClientTop, OffATerminalItIsOnePicture) {
  const Ended ended = run({"top"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("GPU 0  RTX 5070 Ti"), HasSubstr("2 of 3 slots"),
                               HasSubstr("6.0 of 12.2 GB"), HasSubstr("medium (2 jobs)"),
                               HasSubstr("a job starts while 4.0 GB are left"),
                               HasSubstr("1 running, 4 waiting"), HasSubstr("job1 "),
                               HasSubstr("job2 "), HasSubstr("all 5 slots busy, 3rd in line"),
                               HasSubstr("and 3 more"), Not(HasSubstr("\x1b"))));
  const Ended shown = run(on_terminal({"top", "--once"}));
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.err, AllOf(HasSubstr("1 running, 4 waiting"), Not(HasSubstr("\x1b"))));
}

TEST_F(ClientTop, OnATerminalItIsLiveUntilQ) {
  fakes::ClientProcess process(on_terminal({"top", "--interval", "0.2"}));
  ASSERT_TRUE(process.wait_for(enter));
  ASSERT_TRUE(process.wait_for("job1 "));
  ASSERT_TRUE(process.wait_for("q quits"));
  server_.complete_all();
  ASSERT_TRUE(process.wait_for("0 running, "));
  process.resize(40, 10);
  process.signal(SIGWINCH);
  ASSERT_TRUE(process.wait_for("…"));
  process.type("xq");
  EXPECT_EQ(process.wait(), 0);
  EXPECT_THAT(process.err(), testing::EndsWith(leave));
  EXPECT_THAT(process.err(), Not(HasSubstr("\x1b[2J"))) << "nothing flickers";
}

TEST_F(ClientTop, CtrlCAndTerminationGiveTheTerminalBack) {
  for (const bool typed : {true, false}) {
    fakes::ClientProcess process(on_terminal({"top"}));
    ASSERT_TRUE(process.wait_for("q quits"));
    if (typed) {
      process.type("\x03");
    } else {
      process.signal(SIGTERM);
    }
    EXPECT_EQ(process.wait(), 0);
    EXPECT_THAT(process.err(), testing::EndsWith(leave));
  }
}

TEST_F(ClientTop, AServerThatGoesAwayIsToldAndWaitedFor) {
  fakes::ClientProcess process(on_terminal({"top", "--interval", "0.2"}));
  ASSERT_TRUE(process.wait_for("q quits"));
  server_.http().go_away();
  ASSERT_TRUE(process.wait_for("! no transcribed server at"));
  ASSERT_TRUE(process.wait_for("job1 ")) << "what was known stays";
  server_.http().come_back();
  // The next picture has the GPUs right below the title again.
  ASSERT_TRUE(
      process.wait_for("127.0.0.1:" + std::to_string(server_.http().port()) + "\x1b[K\r\r\nGPU 0"));
  process.type("q");
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(ClientTop, WithoutAServerItDoesNotTouchTheTerminal) {
  server_.http().go_away();
  const Ended ended = run(on_terminal({"top"}));
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("no transcribed server"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(run({"top", "--interval", "0"}).status, 2);
}

}  // namespace
}  // namespace transcribed
