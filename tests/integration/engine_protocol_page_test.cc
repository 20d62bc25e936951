// docs/engine-protocol.md: the worker printed in it is the one kept beside it, is short, and works.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/made_recordings.h"
#include "tests/integration/worker_process.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;

const std::string docs = TRANSCRIBED_DOCS;
const std::string worker_path = docs + "/examples/worker.py";

TEST(EngineProtocolPage, PrintsTheWorkerThatIsKept) {
  const std::string page = bytes_of(docs + "/engine-protocol.md");
  const std::string opening = "```python\n";
  const std::size_t start = page.find(opening);
  ASSERT_NE(start, std::string::npos);
  const std::size_t from = start + opening.size();
  EXPECT_EQ(page.substr(from, page.find("```", from) - from), bytes_of(worker_path));
}

TEST(EngineProtocolPage, TheWorkerHasFortyLinesAtMost) {
  const std::string worker = bytes_of(worker_path);
  EXPECT_GT(worker.size(), 0u);
  EXPECT_LE(std::count(worker.begin(), worker.end(), '\n'), 40);
}

TEST(EngineProtocolPage, NamesEveryMessageAndKind) {
  const std::string page = bytes_of(docs + "/engine-protocol.md");
  for (const std::string name : {"load", "transcribe", "cancel", "shutdown", "ready", "progress",
                                 "segment", "done", "failed", "cancelled"}) {
    EXPECT_THAT(page, HasSubstr("### `" + name + "`"));
  }
  for (int kind = 0; kind <= static_cast<int>(core::FailureKind::daemon_lost); ++kind) {
    EXPECT_THAT(
        page,
        HasSubstr("| `" + std::string(to_string(static_cast<core::FailureKind>(kind))) + "` |"));
  }
}

class PythonWorkerTest : public ::testing::Test {
 protected:
  void load() {
    worker_.send(wire::Load{"mine", "", "gpu:0", 1, 1});
    ASSERT_EQ(worker_.next(), wire::FromWorker(wire::Ready{"loudness", "1", 0, 20}));
  }
  void start(const std::string& job, const std::string& audio) {
    worker_.send(wire::Transcribe{.job = job, .attempt = 1, .audio = audio, .options = {}});
  }

  RecordingFolder folder_;
  WorkerProcess worker_{{"python3", worker_path}};
};

TEST_F(PythonWorkerTest, TranscribesOneJobAfterAnother) {
  load();
  const std::string audio = folder_.ffmpeg("-f lavfi -i sine=d=3 -ac 1", "three.wav");
  for (const std::string job : {"a", "b"}) {
    start(job, audio);
    std::vector<core::Segment> segments;
    EXPECT_EQ(worker_.next_end(&segments), wire::FromWorker(wire::JobDone{job, "", 3}));
    ASSERT_EQ(segments.size(), 3u);
    EXPECT_EQ(segments[2].id, 2);
    EXPECT_EQ(segments[2].start_s, 2);
    EXPECT_THAT(segments[2].text, HasSubstr("loudness"));
  }
}

TEST_F(PythonWorkerTest, ACancelIsAcknowledgedAndTheSameJobMayComeAgain) {
  load();
  const std::string day = folder_.ffmpeg("-f lavfi -i anullsrc=r=200:cl=mono -t 86400", "day.wav");
  start("a", day);
  ASSERT_TRUE(worker_.next());
  worker_.send(wire::Cancel{"a"});
  EXPECT_EQ(worker_.next_end(), wire::FromWorker(wire::JobCancelled{"a"}));
  start("a", folder_.ffmpeg("-f lavfi -i sine=d=1", "one.wav"));
  EXPECT_EQ(worker_.next_end(), wire::FromWorker(wire::JobDone{"a", "", 1}));
}

TEST_F(PythonWorkerTest, AnErrorFailsItsJobOnly) {
  load();
  start("a", folder_.path("missing.wav"));
  const auto end = worker_.next_end();
  ASSERT_TRUE(end);
  ASSERT_TRUE(std::holds_alternative<wire::JobFailed>(*end));
  EXPECT_EQ(std::get<wire::JobFailed>(*end).job, "a");
  EXPECT_THAT(std::get<wire::JobFailed>(*end).failure.message, HasSubstr("No such file"));
  start("b", folder_.ffmpeg("-f lavfi -i sine=d=1", "one.wav"));
  EXPECT_EQ(worker_.next_end(), wire::FromWorker(wire::JobDone{"b", "", 1}));
}

TEST_F(PythonWorkerTest, ShutdownEndsItWithZero) {
  load();
  worker_.send(wire::Shutdown{});
  EXPECT_EQ(worker_.wait(), 0);
}

TEST_F(PythonWorkerTest, TheEndOfItsInputEndsItWithZero) {
  load();
  worker_.close_input();
  EXPECT_EQ(worker_.wait(), 0);
}

}  // namespace
}  // namespace transcribed::tests
