// What `transcribe` takes beside plain files: folders, patterns, addresses, standard input; and
// what it tells programs.
#include <atomic>

#include <boost/json/parse.hpp>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

using fakes::error_answer;
using fakes::ScriptedAnswer;
using fakes::ScriptedRequest;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ClientInputs : public ClientTest {
 protected:
  void recording_below(const std::string& name) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    recording(name);
  }
  std::vector<std::string> submitted() {
    std::vector<std::string> names;
    for (const auto& job : server_.jobs()) names.push_back(job.name);
    return names;
  }
  // The lines of --json, as objects.
  static std::vector<boost::json::object> events(const std::string& out) {
    std::vector<boost::json::object> found;
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t end = out.find('\n', at);
      found.push_back(boost::json::parse(out.substr(at, end - at)).as_object());
      at = end + 1;
    }
    return found;
  }
  static std::vector<std::string> kinds(const std::vector<boost::json::object>& events) {
    std::vector<std::string> found;
    for (const auto& event : events) found.emplace_back(event.at("event").as_string());
    return found;
  }
};

TEST_F(ClientInputs, AFolderIsTakenWithItsTree) {
  recording_below("talks/a.wav");
  recording_below("talks/2024/b.mp3");
  recording_below("talks/2024/.trash/c.wav");
  recording_below("talks/notes.txt");
  const Ended ended = run({"-r", "talks", "-o", "out"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(exists("out/a.txt"));
  EXPECT_TRUE(exists("out/2024/b.txt"));
  EXPECT_THAT(submitted(), ElementsAre("a.wav", "b.mp3"));
}

TEST_F(ClientInputs, BesideTheRecordingsIsTheDefault) {
  recording_below("talks/2024/b.mp3");
  EXPECT_EQ(run({"-r", "talks"}).status, 0);
  EXPECT_TRUE(exists("talks/2024/b.txt"));
}

TEST_F(ClientInputs, ASecondCallSkipsWhatIsDone) {
  recording_below("talks/a.wav");
  recording_below("talks/b.wav");
  EXPECT_EQ(run({"-r", "talks", "--skip-existing"}).status, 0);
  recording_below("talks/c.wav");
  Ended ended = run({"-r", "talks", "--skip-existing"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.err, HasSubstr("1 done, 2 skipped (there already) in "));
  EXPECT_THAT(submitted(), ElementsAre("a.wav", "b.wav", "c.wav"));
  const std::size_t requests = server_.requests().size();
  ended = run({"-r", "talks", "--skip-existing"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.err, HasSubstr("nothing to do: 3 results are there already\n"));
  EXPECT_EQ(server_.requests().size(), requests) << "the server is not even asked";
  EXPECT_EQ(run({"-r", "talks", "--skip-existing", "-q"}).err, "");
}

TEST_F(ClientInputs, WhatCannotBeReadInAFolderCostsTheExitStatusOnly) {
  recording_below("talks/a.wav");
  recording("talks/empty.wav", "");
  const Ended ended = run({"-r", "talks"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("talks/empty.wav: is empty\n"));
  EXPECT_TRUE(exists("talks/a.txt"));
}

TEST_F(ClientInputs, PatternsInQuotesWork) {
  for (const char* name : {"b1.wav", "b2.wav", "c.wav"}) recording(name);
  EXPECT_EQ(run({"b*.wav"}).status, 0);
  EXPECT_THAT(submitted(), ElementsAre("b1.wav", "b2.wav"));
  const Ended ended = run({"d*.wav"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("d*.wav: no file matches\n"));
}

TEST_F(ClientInputs, StandardInputIsStreamedAndPrinted) {
  fakes::ProcessSettings wanted =
      settings({"-", "--name", "Board meeting", "--prompt", "Kraków, \"GmbH\"", "--translate"});
  wanted.stdin_pipe = true;
  fakes::ClientProcess process(wanted);
  process.feed("RIFF first half, ");
  // The server has begun to receive it before it is whole.
  process.feed("second half");
  process.end_of_input();
  EXPECT_EQ(process.wait(), 0) << process.err();
  EXPECT_EQ(process.out(), "hello\n");
  ASSERT_EQ(server_.jobs().size(), 1U);
  EXPECT_THAT(server_.jobs()[0].form,
              AllOf(HasSubstr("\r\n\r\nRIFF first half, second half\r\n--"),
                    HasSubstr("name=\"name\"\r\n\r\nBoard meeting\r\n"),
                    HasSubstr("name=\"initial_prompt\"\r\n\r\nKraków, \"GmbH\"\r\n"),
                    HasSubstr("name=\"task\"\r\n\r\ntranslate\r\n")));
}

TEST_F(ClientInputs, StandardInputIsSentWhileItComes) {
  server_.intercept_early([](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
    // A refusal that is known from the head must not wait for the end of a long recording.
    if (request.method != "POST") return std::nullopt;
    EXPECT_EQ(request.headers.count("content-length"), 0U);
    return error_answer(413, "Too large.", "file");
  });
  fakes::ProcessSettings wanted = settings({"-"});
  wanted.stdin_pipe = true;
  fakes::ClientProcess process(wanted);
  process.feed("RIFF");
  EXPECT_EQ(process.wait(), 1) << "although its input never ended";
  EXPECT_THAT(process.err(), HasSubstr("standard input: failed: larger than the server takes"));
}

TEST_F(ClientInputs, ALargeStandardInputStreams) {
  recording("big.wav", "RIFF");
  std::filesystem::resize_file(folder_ / "big.wav", 150'000'000);
  fakes::ProcessSettings wanted = settings({"-", "-o", "out", "-f", "txt,srt"});
  wanted.stdin_file = (folder_ / "big.wav").string();
  fakes::ClientProcess process(wanted);
  EXPECT_EQ(process.wait(), 0) << process.err();
  EXPECT_GT(server_.jobs().at(0).form.size(), 150'000'000U);
  EXPECT_LT(process.peak_kb(), 120'000) << "not the whole in memory, sanitizers included";
  EXPECT_TRUE(exists("out/stdin.srt"));
}

TEST_F(ClientInputs, AnInterruptDoesNotWaitForStandardInput) {
  fakes::ProcessSettings wanted = settings({"-"});
  wanted.stdin_pipe = true;
  fakes::ClientProcess process(wanted);
  ASSERT_TRUE(server_.wait_until([](const auto& requests) { return !requests.empty(); }));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), 130);
  EXPECT_THAT(process.err(), HasSubstr("1 file was not sent: standard input\n"));
}

TEST_F(ClientInputs, StandardInputIsNoTerminalAndComesOnce) {
  EXPECT_THAT(run(on_terminal({"-"})).err, HasSubstr("standard input is a terminal"));
  EXPECT_THAT(run({"-", "-"}).err, HasSubstr("can be read once only"));
  EXPECT_THAT(run({"-", "-f", "txt,srt"}).err, HasSubstr("which takes one format"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ClientInputs, AnAddressIsLeftToTheServer) {
  const Ended ended = run({"https://example.org/talk%201.mp3", "--url", "http://example.org/b.wav",
                           "-m", "tiny", "--priority", "3", "--words"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(exists("talk 1.txt"));
  EXPECT_TRUE(exists("b.txt"));
  EXPECT_THAT(ended.err, HasSubstr("https://example.org/talk%201.mp3: done, talk 1.txt\n"));
  const auto body = boost::json::parse(server_.jobs().at(0).form);
  EXPECT_EQ(body, boost::json::parse(R"({"url":"https://example.org/talk%201.mp3","model":"tiny",
                                        "word_timestamps":true,"priority":3})"));
}

TEST_F(ClientInputs, AServerThatFetchesNothingSaysSoAndTheRestGoesOn) {
  recording("a.wav");
  server_.intercept(
      [](const ScriptedRequest&) {
        return error_answer(400, "Fetching a \"url\" is not supported: upload the \"file\".",
                            "url");
      },
      [](const ScriptedRequest& request) {
        const auto type = request.headers.find("content-type");
        return type != request.headers.end() && type->second == "application/json";
      });
  const Ended ended = run({"https://example.org/talk.mp3", "a.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("https://example.org/talk.mp3: failed: Fetching a \"url\" is "
                                   "not supported: upload the \"file\".\n"));
  EXPECT_TRUE(exists("a.txt"));
}

TEST_F(ClientInputs, ProgramsGetAnObjectALine) {
  for (const char* name : {"a.wav", "bad.wav", "done.wav", "done.txt"}) recording(name);
  fakes::JobScript good;
  good.steps = {"queued", "running", "running", "completed"};
  good.audio_seconds = 60;
  server_.script("a.wav", good);
  fakes::JobScript bad;
  bad.steps = {"failed"};
  server_.script("bad.wav", bad);
  const Ended ended = run({"--json", "--skip-existing", "a.wav", "bad.wav", "done.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.err, "");
  const auto told = events(ended.out);
  EXPECT_THAT(kinds(told), testing::UnorderedElementsAre("skipped", "queued", "queued", "running",
                                                         "progress", "done", "failed", "result"));
  for (const auto& event : told) {
    if (event.at("event") == "done") {
      EXPECT_EQ(event.at("file"), "a.wav");
      EXPECT_EQ(event.at("id"), "job1");
      EXPECT_EQ(event.at("audio_seconds"), 60);
      EXPECT_EQ(event.at("outputs"), boost::json::parse(R"([{"format":"txt","path":"a.txt"}])"));
    }
    if (event.at("event") == "failed") {
      EXPECT_EQ(event.at("message"), "the recording cannot be decoded");
    }
  }
  EXPECT_EQ(told.back().at("event"), "result");
  EXPECT_EQ(told.back().at("done"), 1);
  EXPECT_EQ(told.back().at("failed"), 1);
  EXPECT_EQ(told.back().at("skipped"), 1);
}

TEST_F(ClientInputs, ProgramsGetTranscriptsInTheEventWhereTheyWantThemOnStandardOutput) {
  recording("a.wav");
  const Ended ended = run({"--json", "a.wav", "-o", "-", "-f", "txt,srt"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto told = events(ended.out);
  EXPECT_EQ(told.at(told.size() - 2).at("outputs"),
            boost::json::parse(R"([{"format":"txt","text":"hello\n"},
                                   {"format":"srt","text":"hello\n"}])"));
}

TEST_F(ClientInputs, AFullQueueIsWaitedFor) {
  recording("a.wav");
  recording("b.wav");
  std::atomic<int> submissions = 0;
  server_.intercept(
      [](const ScriptedRequest&) {
        ScriptedAnswer answer = error_answer(429, "2 of 2 jobs are queued for this key.");
        answer.headers["Retry-After"] = "0";
        return answer;
      },
      [&](const ScriptedRequest& request) {
        return request.method == "POST" && request.target == "/api/jobs" && ++submissions == 2;
      });
  const Ended ended = run({"a.wav", "b.wav"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(submissions, 3);
  EXPECT_THAT(ended.err, HasSubstr("2 of 2 jobs are queued for this key.; trying again\n"));
}

TEST_F(ClientInputs, ALostAnswerIsSentAgainWhereTheServerJoinsThem) {
  recording("a.wav");
  std::atomic<int> submissions = 0;
  server_.intercept([](const ScriptedRequest&) { return ScriptedAnswer{.hang_up = true}; },
                    [&](const ScriptedRequest& request) {
                      return request.method == "POST" && ++submissions == 1;
                    });
  const Ended ended = run({"a.wav", "--deduplicate"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(submissions, 2);
  EXPECT_TRUE(exists("a.txt"));
}

TEST_F(ClientInputs, ManyFilesHaveATotalLine) {
  for (const char* name : {"a.wav", "b.wav"}) recording(name);
  server_.script("", held());
  fakes::ClientProcess process(on_terminal({"a.wav", "b.wav"}));
  ASSERT_TRUE(process.wait_for("total ["));
  ASSERT_TRUE(process.wait_for(" 50%  2 running"));
  server_.complete_all();
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(ClientInputs, OnlyProblemsCanBeMeantTogether) {
  recording("a.wav");
  const std::vector<std::vector<std::string>> wrong{
      {"a.wav", "--overwrite", "--skip-existing"},
      {"a.wav", "-o", "-", "--skip-existing"},
      {"a.wav", "-o", "-", "--keep-extension"},
      {"a.wav", "--detach", "--skip-existing"},
      {"a.wav", "--translate", "--task", "transcribe"},
      {"a.wav", "--settle", "3"},
      {"a.wav", "--poll", "3"},
      {"a.wav", "--watch", "."},
      {"--watch", ".", "-o", "-"},
      {"--watch", ".", "--overwrite"},
      {"--watch", ".", "--detach"},
      {"--watch", ".", "--name", "x"},
      {"--watch", "nowhere"},
      {"a.wav", "a.wav", "--name", "x"},
      {"ftp://example.org/a.wav"},
      {"--url", "ftp://example.org/a.wav"}};
  for (const auto& arguments : wrong) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(ended.err, Not(testing::IsEmpty())) << testing::PrintToString(arguments);
  }
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace transcribed
