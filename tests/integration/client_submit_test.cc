// transcribe FILE...: what is sent, what is written, what is refused before anything starts.
#include <csignal>
#include <set>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(ClientTest, WritesTheTranscriptBesideTheRecording) {
  recording("talk.wav", "RIFF of talk");
  const Ended ended = run({"talk.wav"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(content("talk.txt"), "hello\n");
  EXPECT_EQ(entries(), 2U);
  ASSERT_EQ(server_.jobs().size(), 1U);
  EXPECT_THAT(server_.jobs()[0].form, HasSubstr("\r\n\r\nRIFF of talk\r\n--"));
  // A line a change of state, nothing that moves a cursor.
  EXPECT_EQ(ended.err,
            "talk.wav: queued as job1 (all 5 slots busy, 3rd in line)\n"
            "talk.wav: running on GPU 1\n"
            "talk.wav: done, talk.txt\n");
}

TEST_F(ClientTest, SendsTheOptions) {
  recording("talk.wav");
  const Ended ended = run({"talk.wav", "-m", "medium", "-l", "en", "--task", "translate", "--words",
                           "--priority", "-7"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const std::string form = server_.jobs().at(0).form;
  const auto field = [](const std::string& name, const std::string& value) {
    return HasSubstr("name=\"" + name + "\"\r\n\r\n" + value + "\r\n");
  };
  EXPECT_THAT(form,
              AllOf(field("model", "medium"), field("language", "en"), field("task", "translate"),
                    field("word_timestamps", "true"), field("priority", "-7")));
}

TEST_F(ClientTest, WritesSeveralFormatsIntoAFolderItMakes) {
  recording("talk.wav");
  const Ended ended = run({"talk.wav", "-f", "srt,json", "-o", "new/out"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(exists("new/out/talk.srt"));
  EXPECT_TRUE(exists("new/out/talk.json"));
  EXPECT_FALSE(exists("new/out/talk.txt"));
}

TEST_F(ClientTest, AsksForSubtitlesInTheStyleThatWasAskedFor) {
  recording("talk.wav");
  const Ended ended = run({"talk.wav", "-f", "srt,lrc,txt", "--max-line-width", "42",
                           "--max-line-count", "2", "--highlight-words"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(server_.jobs().at(0).form, HasSubstr("name=\"word_timestamps\"\r\n\r\ntrue\r\n"));
  const std::string of_job = "GET /api/jobs/job1/transcript?";
  EXPECT_THAT(
      server_.requests(),
      testing::IsSupersetOf({of_job + "format=srt&max_line_width=42&max_line_count=2&words=true",
                             of_job + "format=lrc&words=true", of_job + "format=txt"}));
  EXPECT_EQ(run({"show", "job1", "-f", "vtt", "--max-line-width", "20"}).status, 0);
  EXPECT_THAT(server_.requests(), testing::Contains(of_job + "format=vtt&max_line_width=20"));
}

TEST_F(ClientTest, AStyleThatNoResultCouldHaveIsRefused) {
  recording("talk.wav");
  const auto refusal = [this](const std::vector<std::string>& words) {
    const Ended ended = run(words);
    EXPECT_EQ(ended.status, 2);
    return ended.err;
  };
  EXPECT_THAT(refusal({"talk.wav", "--max-line-width", "42"}),
              HasSubstr("--max-line-width is for the formats srt and vtt"));
  EXPECT_THAT(refusal({"talk.wav", "-f", "tsv,json", "--highlight-words"}),
              HasSubstr("--highlight-words is for the formats srt, vtt and lrc"));
  EXPECT_THAT(refusal({"talk.wav", "-f", "srt", "--max-line-count", "2"}),
              HasSubstr("--max-line-count needs --max-line-width"));
  EXPECT_THAT(refusal({"talk.wav", "--detach", "--max-line-width", "42"}),
              HasSubstr("--max-line-width would do nothing"));
  EXPECT_THAT(refusal({"show", "job1", "--highlight-words"}), HasSubstr("ask for one of them"));
  EXPECT_EQ(server_.jobs().size(), 0U);
}

TEST_F(ClientTest, ManyFilesNeedTwoConnectionsAndFewRequests) {
  std::vector<std::string> files;
  for (int i = 0; i < 60; ++i) {
    files.push_back("r" + std::to_string(i) + ".wav");
    recording(files.back());
  }
  std::set<int> connections;
  server_.intercept({}, [&](const fakes::ScriptedRequest& request) {
    connections.insert(request.connection);
    return false;
  });
  const Ended ended = run(files);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(entries(), 120U);
  // A submission, two questions and a transcript are the least for each.
  EXPECT_LT(server_.requests().size(), 60U * 8);
  EXPECT_EQ(connections.size(), 2U);
  EXPECT_THAT(ended.err, HasSubstr("60 done in "));
}

TEST_F(ClientTest, AMixOfEndsIsTold) {
  for (const char* name : {"good.wav", "bad.wav", "gone.wav"}) recording(name);
  fakes::JobScript bad;
  bad.steps = {"queued", "failed"};
  server_.script("bad.wav", bad);
  fakes::JobScript gone;
  gone.steps = {"queued", "cancelled"};
  server_.script("gone.wav", gone);
  const Ended ended = run({"good.wav", "bad.wav", "gone.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("bad.wav: failed: the recording cannot be decoded\n"));
  EXPECT_THAT(ended.err, HasSubstr("gone.wav: cancelled\n"));
  EXPECT_THAT(ended.err, HasSubstr("1 done, 1 failed, 1 cancelled in "));
  EXPECT_TRUE(exists("good.txt"));
  EXPECT_FALSE(exists("bad.txt"));
}

TEST_F(ClientTest, QuietTellsProblemsOnly) {
  recording("good.wav");
  recording("bad.wav");
  fakes::JobScript bad;
  bad.steps = {"failed"};
  server_.script("bad.wav", bad);
  const Ended ended = run({"--quiet", "good.wav", "bad.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.err, "bad.wav: failed: the recording cannot be decoded\n");
}

TEST_F(ClientTest, AllThatIsWrongIsToldAndNothingIsSubmitted) {
  std::filesystem::create_directory(folder_ / "dir");
  recording("empty.wav", "");
  recording("a.wav");
  recording("a.mp3");
  recording("b.wav");
  recording("b.txt", "mine");
  const Ended ended = run({"none.wav", "dir", "empty.wav", "a.wav", "a.mp3", "b.wav"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("none.wav: no such file\n"));
  EXPECT_THAT(ended.err, HasSubstr("dir: is a folder (-r takes the recordings in it)\n"));
  EXPECT_THAT(ended.err, HasSubstr("empty.wav: is empty\n"));
  EXPECT_THAT(ended.err, HasSubstr("a.wav and a.mp3 would all be written to a.txt "
                                   "(--keep-extension keeps them apart)\n"));
  EXPECT_THAT(ended.err,
              HasSubstr("b.txt exists (--overwrite replaces it, --skip-existing leaves it)\n"));
  EXPECT_THAT(ended.err, HasSubstr("nothing was submitted\n"));
  EXPECT_TRUE(server_.requests().empty());
  EXPECT_EQ(content("b.txt"), "mine");
}

TEST_F(ClientTest, OverwriteReplaces) {
  recording("b.wav");
  recording("b.txt", "old");
  EXPECT_EQ(run({"b.wav", "--overwrite"}).status, 0);
  EXPECT_EQ(content("b.txt"), "hello\n");
}

TEST_F(ClientTest, AFileThatAppearsMeanwhileIsLeftAlone) {
  recording("b.wav");
  server_.script("", held());
  fakes::ClientProcess process(settings({"b.wav"}));
  ASSERT_TRUE(process.wait_for("running"));
  recording("b.txt", "mine");
  server_.complete_all();
  EXPECT_EQ(process.wait(), 1);
  EXPECT_THAT(process.err(), HasSubstr("b.txt: it exists by now"));
  EXPECT_EQ(content("b.txt"), "mine");
}

TEST_F(ClientTest, ContradictionsAreRefused) {
  recording("a.wav");
  const std::vector<std::vector<std::string>> contradictions{{"--detach", "--cancel-on-interrupt"},
                                                             {"--detach", "-o", "x"},
                                                             {"--detach", "-f", "srt"},
                                                             {"--detach", "--overwrite"},
                                                             {"-o", "-", "--overwrite"},
                                                             {"-o", "-", "-f", "txt,srt"},
                                                             {"-o", ""},
                                                             {"-f", "mp3"},
                                                             {"--task", "sing"},
                                                             {"--priority", "1001"},
                                                             {"--server", "https://x"},
                                                             {"--nonsense"}};
  for (std::vector<std::string> arguments : contradictions) {
    arguments.insert(arguments.begin(), "a.wav");
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 2) << arguments[1];
    EXPECT_NE(ended.err, "") << arguments[1];
  }
  EXPECT_EQ(run(std::vector<std::string>{}).status, 2);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ClientTest, StandardOutputComesInTheOrderOfTheCall) {
  for (const char* name : {"a.wav", "b.wav", "c.wav", "d.wav"}) recording(name);
  const auto script = [](std::vector<std::string> steps, std::string text) {
    fakes::JobScript one;
    one.steps = std::move(steps);
    one.transcript = std::move(text);
    return one;
  };
  server_.script("a.wav", script({"queued", "queued", "queued", "running", "completed"}, "one\n"));
  server_.script("b.wav", script({"completed"}, "two"));
  server_.script("c.wav", script({"failed"}, ""));
  server_.script("d.wav", script({"completed"}, "four\n"));
  const Ended ended = run({"-o", "-", "a.wav", "b.wav", "c.wav", "d.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "one\ntwo\nfour\n");
  EXPECT_EQ(entries(), 4U);
}

TEST_F(ClientTest, ATranscriptOnATerminalCannotSteerIt) {
  recording("a.wav");
  fakes::JobScript evil;
  evil.transcript = "one\x1b[31mred\ntwo\n";
  server_.script("", evil);
  const Ended piped = run({"-o", "-", "a.wav"});
  EXPECT_EQ(piped.out, "one\x1b[31mred\ntwo\n");
  const Ended shown = run(on_terminal({"-o", "-", "a.wav"}));
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.err, HasSubstr("one\\x1b[31mred\r\ntwo\r\n"));
  EXPECT_THAT(shown.err, Not(HasSubstr("\x1b[31m")));
}

TEST_F(ClientTest, OddNamesArriveAndAreShownSafely) {
  const std::string odd = "my talk \"1\"\n東京\x1b[2J.wav";
  recording(odd);
  recording("jobs");
  const Ended ended = run({odd, "./jobs"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(exists("my talk \"1\"\n東京\x1b[2J.txt"));
  EXPECT_TRUE(exists("jobs.txt"));
  EXPECT_THAT(ended.err, HasSubstr("my talk \"1\"\\n東京\\x1b[2J.wav: done"));
  EXPECT_THAT(ended.err, Not(HasSubstr("\x1b")));
  EXPECT_EQ(server_.jobs().at(0).name, "my talk %221%22%0A東京\x1b[2J.wav");
}

TEST_F(ClientTest, DetachPrintsIdsAndDoesNotWait) {
  for (const char* name : {"a.wav", "b.wav"}) recording(name);
  server_.script("", held());
  const Ended ended = run({"--detach", "-q", "a.wav", "b.wav", "a.wav"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "job1\njob2\njob3\n");
  EXPECT_EQ(ended.err, "");
}

TEST_F(ClientTest, ALargeFileStreams) {
  recording("big.wav", "RIFF");
  std::filesystem::resize_file(folder_ / "big.wav", 150'000'000);
  fakes::ClientProcess process(settings({"big.wav"}));
  EXPECT_EQ(process.wait(), 0) << process.err();
  EXPECT_GT(server_.jobs().at(0).form.size(), 150'000'000U);
  EXPECT_LT(process.peak_kb(), 120'000) << "not the whole file in memory, sanitizers included";
}

TEST_F(ClientTest, ATerminalShowsBarsThatAreRedrawnInPlace) {
  recording("東京都庁舎で行われた会議の録音の最初の部分とその続き.wav");
  recording("b.wav");
  server_.script("", held());
  fakes::ProcessSettings wanted =
      on_terminal({"b.wav", "東京都庁舎で行われた会議の録音の最初の部分とその続き.wav"});
  fakes::ClientProcess process(wanted);
  ASSERT_TRUE(process.wait_for("2 running"));
  ASSERT_TRUE(server_.wait_until([](const auto& requests) { return requests.size() > 8; }));
  process.resize(40);
  process.signal(SIGWINCH);
  server_.complete_all();
  EXPECT_EQ(process.wait(), 0);
  EXPECT_THAT(process.err(), HasSubstr("██"));
  EXPECT_THAT(process.err(), HasSubstr(" 50%"));
  EXPECT_THAT(process.err(), HasSubstr("GPU 1"));
  EXPECT_THAT(process.err(), HasSubstr("\x1b[3A\r"));
  EXPECT_THAT(process.err(), HasSubstr("…"));
  EXPECT_THAT(process.err(), Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(process.err(), HasSubstr("b.wav: done, b.txt"));
}

}  // namespace
}  // namespace transcribed
