// jobs, show, cancel, retry, delete, explain, resources.
#include <boost/json/parse.hpp>

#include "tests/integration/client_fixture.h"

namespace transcribed {
namespace {

using testing::HasSubstr;
using testing::Not;

class ClientCommands : public ClientTest {
 protected:
  ClientCommands() {
    for (const char* name : {"a.wav", "b.wav", "c.wav"}) recording(name);
    fakes::JobScript waits;
    waits.steps = {"queued"};
    fakes::JobScript fails;
    fails.steps = {"failed"};
    fakes::JobScript completes;
    completes.steps = {"completed"};
    server_.script("a.wav", waits);
    server_.script("b.wav", fails);
    server_.script("c.wav", completes);
    EXPECT_EQ(run({"--detach", "a.wav", "b.wav", "c.wav"}).status, 0);
  }
};

TEST_F(ClientCommands, JobsListsWithReasons) {
  const Ended ended = run({"jobs", "--limit", "7", "--state", "queued"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("ID"));
  EXPECT_THAT(ended.out, HasSubstr("job1  queued"));
  EXPECT_THAT(ended.out, HasSubstr("all 5 slots busy, 3rd in line\n"));
  EXPECT_EQ(server_.requests().back(), "GET /api/jobs?limit=7&state=queued");
  EXPECT_THAT(run({"jobs"}).out, HasSubstr("the recording cannot be decoded\n"));
  EXPECT_EQ(run({"jobs", "--state", "lost"}).status, 2);
  EXPECT_EQ(run({"jobs", "--limit", "0"}).status, 2);
}

TEST_F(ClientCommands, JobsFollowsThePages) {
  server_.intercept(
      [](const fakes::ScriptedRequest& request) {
        const bool first = request.target.find("cursor") == std::string::npos;
        return fakes::ScriptedAnswer{
            .body = first ? R"({"jobs":[{"id":"one","state":"queued"}],"next_cursor":"a b&c"})"
                          : R"({"jobs":[{"id":"two","state":"queued"}],"next_cursor":null})"};
      },
      [](const fakes::ScriptedRequest& request) {
        return request.target.rfind("/api/jobs?", 0) == 0;
      });
  const Ended ended = run({"jobs"});
  EXPECT_THAT(ended.out, HasSubstr("one "));
  EXPECT_THAT(ended.out, HasSubstr("two "));
  EXPECT_EQ(server_.requests().back(), "GET /api/jobs?limit=49&cursor=a%20b%26c");
}

TEST_F(ClientCommands, JobsCanBeSearchedAndListedAsBareIds) {
  EXPECT_EQ(run({"jobs", "--ids"}).out, "job1\njob2\njob3\n");
  EXPECT_EQ(run({"jobs", "--ids", "--state", "queued"}).out, "job1\n");
  EXPECT_EQ(run({"jobs", "--ids", "--json"}).status, 2);
  EXPECT_EQ(run({"jobs", "--model", "large-v3", "--search", "board & co"}).status, 0);
  EXPECT_EQ(server_.requests().back(),
            "GET /api/jobs?limit=50&model=large-v3&search=board%20%26%20co");
}

TEST_F(ClientCommands, MoveChangesTheQueueAndKeepsTheOrderGiven) {
  fakes::JobScript waits;
  waits.steps = {"queued"};
  server_.script("", waits);
  for (const char* name : {"d.wav", "e.wav"}) recording(name);
  EXPECT_EQ(run({"--detach", "d.wav", "e.wav"}).status, 0);
  const Ended front = run({"move", "job4", "job5", "front"});
  EXPECT_EQ(front.status, 0) << front.err;
  EXPECT_EQ(front.out, "job5: moved to the front\njob4: moved to the front\n");
  EXPECT_EQ(run({"jobs", "--ids", "--state", "queued"}).out, "job4\njob5\njob1\n");
  EXPECT_EQ(run({"move", "job4", "back"}).status, 0);
  EXPECT_EQ(run({"jobs", "--ids", "--state", "queued"}).out, "job5\njob1\njob4\n");
  const Ended ended = run({"move", "job3", "front"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("job3: The job is completed."));
  EXPECT_THAT(run({"move", "job4"}).err, HasSubstr("\"job4\" is neither"));
  EXPECT_EQ(run({"move", "front"}).status, 2);
  EXPECT_EQ(run({"move"}).status, 2);
}

TEST_F(ClientCommands, JobsAsJson) {
  const Ended ended = run({"jobs", "--json"});
  EXPECT_EQ(boost::json::parse(ended.out).as_array().size(), 3U);
}

TEST_F(ClientCommands, ShowTellsDetailsOrTheTranscript) {
  EXPECT_THAT(run({"show", "job2"}).out, HasSubstr("error      the recording cannot be decoded"));
  EXPECT_EQ(run({"show", "job3", "-f", "srt"}).out, "hello\n");
  EXPECT_EQ(server_.requests().back(), "GET /api/jobs/job3/transcript?format=srt");
  EXPECT_EQ(boost::json::parse(run({"show", "job3", "--json"}).out).at("id").as_string(), "job3");
  EXPECT_EQ(run({"show", "job3", "-f", "srt,txt"}).status, 2);
  EXPECT_EQ(run({"show", "job3", "-f", "srt", "--json"}).status, 2);
}

TEST_F(ClientCommands, ExplainSaysWhy) {
  EXPECT_THAT(run({"explain", "job1"}).out, HasSubstr("It waits: all 5 slots busy, 3rd in line\n"));
  const Ended failed = run({"explain", "job2"});
  EXPECT_EQ(failed.status, 0);
  EXPECT_THAT(failed.out, HasSubstr("the recording cannot be decoded\n"));
  EXPECT_THAT(failed.out,
              HasSubstr("attempt 1 was lost (engine_crashed): the engine died of signal 11\n"));
}

TEST_F(ClientCommands, ActionsGoOnAfterARefusal) {
  const Ended cancel = run({"cancel", "job3", "nope\x1b", "job1"});
  EXPECT_EQ(cancel.status, 1);
  EXPECT_EQ(cancel.out, "job1: cancelled\n");
  EXPECT_THAT(cancel.err, HasSubstr("job3: The job is completed."));
  EXPECT_THAT(cancel.err, HasSubstr("no such job: nope\\x1b (`transcribe jobs` lists them)"));
  EXPECT_EQ(run({"retry", "job1", "job2"}).out, "job1: queued\njob2: queued\n");
  const Ended gone = run({"delete", "job3"});
  EXPECT_EQ(gone.status, 0);
  EXPECT_EQ(gone.out, "job3: deleted\n");
  EXPECT_EQ(server_.requests().back(), "DELETE /api/jobs/job3");
  EXPECT_EQ(run({"cancel"}).status, 2);
}

TEST_F(ClientCommands, ACancelThatTakesItsTimeIsSaid) {
  server_.intercept(
      [](const fakes::ScriptedRequest&) {
        return fakes::ScriptedAnswer{.body = R"({"id":"job1","state":"running","gpu_id":0})"};
      },
      [](const fakes::ScriptedRequest& request) { return request.target.ends_with("/cancel"); });
  const Ended cancel = run({"cancel", "job1"});
  EXPECT_EQ(cancel.status, 0);
  EXPECT_EQ(cancel.out, "job1: being cancelled, as soon as its engine gets to it\n");
}

TEST_F(ClientCommands, AnIdCannotLeaveItsPlaceInThePath) {
  EXPECT_EQ(run({"show", "../resources"}).status, 1);
  EXPECT_EQ(server_.requests().back(), "GET /api/jobs/..%2Fresources");
}

TEST_F(ClientCommands, ResourcesShowsSlotsAndRam) {
  EXPECT_EQ(run({"resources"}).out,
            "GPU  NAME            MEMORY    SLOTS USED              LOADED\n"
            "0    RTX 5070 Ti     12227 MB  2 of 3 (1 quarantined)  medium, 2 jobs, on Vulkan0; "
            "tiny, idle\n"
            "1    RTX 2080 Super  8192 MB   1 of 2\n"
            "RAM: 24.5 GB of 32.7 GB available, 2.0 GB of it promised to running jobs\n"
            "Jobs waiting: 4\n");
  EXPECT_TRUE(boost::json::parse(run({"resources", "--json"}).out).as_object().contains("gpus"));
}

TEST_F(ClientCommands, ServedModelsAreListed) {
  EXPECT_EQ(run({"models", "--served"}).out, "medium\ntiny\n");
}

TEST_F(ClientCommands, TheServerMayBeNamedBeforeOrAfterTheCommand) {
  fakes::ProcessSettings wanted = settings({"--server", server_.url(), "models", "--served"});
  wanted.environment["TRANSCRIBED_SERVER"] = "http://127.0.0.1:1";
  EXPECT_EQ(run(wanted).out, "medium\ntiny\n");
  wanted.command = {TRANSCRIBE_PROGRAM, "models", "--served", "--server", server_.url()};
  EXPECT_EQ(run(wanted).out, "medium\ntiny\n");
}

TEST_F(ClientCommands, AWrongCommandLineIsToldInASentenceWithTheWayOut) {
  const auto told = [&](const std::vector<std::string>& arguments) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.out, "");
    return ended.err;
  };
  EXPECT_EQ(told({}), "transcribe: FILE is required; see `transcribe --help`\n");
  EXPECT_EQ(told({"show"}), "transcribe: ID is required; see `transcribe show --help`\n");
  EXPECT_THAT(told({"a.wav", "--modle=x"}), HasSubstr("--modle=x; did you mean --model?\n"));
  EXPECT_THAT(told({"jobs", "--jso"}), HasSubstr("--jso; did you mean --json?\n"));
  EXPECT_THAT(told({"a.wav", "--bogus"}), HasSubstr("--bogus; see `transcribe --help`\n"));
  EXPECT_THAT(told({"a.wav", "--priority", "high"}),
              AllOf(HasSubstr("transcribe: --priority: "), HasSubstr("high")));
  EXPECT_EQ(told({"ressources"}),
            "transcribe: \"ressources\" is neither a file nor a command; did you mean "
            "resources?\n");
}

TEST_F(ClientCommands, HelpAndVersion) {
  const Ended help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("explain ID"));
  EXPECT_EQ(run({"jobs", "--help"}).status, 0);
  const Ended version = run({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.out, testing::StartsWith("transcribe "));
}

TEST_F(ClientCommands, TerminalsGetNoControlCharactersOfOthers) {
  server_.intercept(
      [](const fakes::ScriptedRequest&) {
        return fakes::ScriptedAnswer{
            .body = R"({"jobs":[{"id":"x","state":"queued","name":"\u001b[2Jevil"}],)"
                    R"("next_cursor":null})"};
      },
      [](const fakes::ScriptedRequest& request) {
        return request.target.rfind("/api/jobs?", 0) == 0;
      });
  const Ended ended = run(on_terminal({"jobs"}));
  EXPECT_THAT(ended.err, HasSubstr("\\x1b[2Jevil"));
  EXPECT_THAT(ended.err, Not(HasSubstr("\x1b[2J")));
}

}  // namespace
}  // namespace transcribed
