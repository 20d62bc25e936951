// transcribe models, pull, add, rm, as people use them.
#include <sys/mount.h>

#include <csignal>

#include <boost/json/parse.hpp>

#include "adapters/file_digest.h"
#include "tests/fakes/file_server.h"
#include "tests/integration/client_fixture.h"
#include "tests/integration/made_model.h"

namespace transcribed {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ModelsCommand : public ClientTest {
 protected:
  fakes::ProcessSettings at_folder(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "models");
    fakes::ProcessSettings wanted = settings(arguments);
    wanted.environment["TRANSCRIBED_MODELS_DIR"] = models().string();
    wanted.environment["TRANSCRIBED_MODELS_URL"] = files_.url();
    wanted.environment["HOME"] = folder_.string();
    return wanted;
  }
  Ended models_command(const std::vector<std::string>& arguments) {
    return run(at_folder(arguments));
  }
  std::filesystem::path models() const { return folder_ / "models"; }
  void model_file(const std::string& name, const std::string& content) {
    std::filesystem::create_directories(models());
    std::ofstream(models() / name, std::ios::binary) << content;
  }
  void served(const std::string& json) {
    server_.intercept(
        [json](const auto&) {
          fakes::ScriptedAnswer answer;
          answer.body = json;
          return answer;
        },
        [](const auto& request) { return request.target == "/api/models"; });
  }

  fakes::FileServer files_{tests::made_model_content(1'000)};
};

TEST_F(ModelsCommand, ListsWhatIsPublishedHereAndServed) {
  served(R"({"models":[{"name":"small","default":true},{"name":"mine","available":false,)"
         R"("message":"its file is not there"}]})");
  model_file("ggml-own.bin", tests::made_model_content(2'000'000));
  model_file("ggml-base.bin.part", std::string(100'000'000, 'x'));
  model_file("ggml-tiny.bin", "not so large");
  model_file("ggml-odd.bin", "no model");
  const Ended ended = models_command({});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.out, StartsWith("MODEL"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("\nsmall +466 MB +many +no +default\n"));
  EXPECT_THAT(ended.out,
              testing::ContainsRegex("\nmine +- +- +- +yes, but its file is not there\n"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("\nown +2 MB +many +yes +no\n"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("\nbase +142 MB +many +67% +no\n"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("\ntiny +75 MB +many +damaged +no\n"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("\nodd +1 MB +- +damaged +no\n"));
  EXPECT_THAT(ended.out, HasSubstr(models().string()));
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(models_command({"--served"}).out, "small\n") << "what a job may name";
}

TEST_F(ModelsCommand, ListsWithoutAServerToo) {
  server_.http().go_away();
  const Ended ended = models_command({});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("large-v3-turbo"), Not(HasSubstr("SERVER"))));
  EXPECT_THAT(ended.err, HasSubstr("what it serves is not listed"));
  EXPECT_EQ(models_command({"--served"}).status, 3);
}

TEST_F(ModelsCommand, ListsAsJson) {
  model_file("ggml-own.bin", tests::made_model_content(2'000));
  const auto all = boost::json::parse(models_command({"--json"}).out).as_object();
  EXPECT_EQ(all.at("models_dir").as_string(), models().string());
  const auto& first = all.at("models").as_array().front().as_object();
  EXPECT_EQ(first.at("name").as_string(), "medium");
  EXPECT_TRUE(first.at("served").as_bool());
  EXPECT_FALSE(first.at("here").as_bool());
  EXPECT_EQ(first.at("bytes").as_int64(), 1'533'763'059);
}

TEST_F(ModelsCommand, TheFolderOfTheServerOnThisMachineIsTaken) {
  served(R"({"models":[],"models_dir":")" + models().string() + R"("})");
  model_file("ggml-own.bin", tests::made_model_content(2'000'000));
  fakes::ProcessSettings wanted = at_folder({});
  wanted.environment["TRANSCRIBED_MODELS_DIR"] = "";
  EXPECT_THAT(run(wanted).out, HasSubstr("\nown "));
  wanted = at_folder({"--models-dir", folder_.string()});
  EXPECT_THAT(run(wanted).out, Not(HasSubstr("\nown "))) << "what is said counts for more";
}

TEST_F(ModelsCommand, TheDefaultFolderIsTheDaemons) {
  server_.http().go_away();
  fakes::ProcessSettings wanted = at_folder({});
  wanted.environment["TRANSCRIBED_MODELS_DIR"] = "";
  wanted.environment["TRANSCRIBED_DATA_DIR"] = "/some/data";
  EXPECT_THAT(run(wanted).out, HasSubstr("HERE is /some/data/models."));
}

TEST_F(ModelsCommand, AnUnknownModelIsASlip) {
  const Ended ended = models_command({"pull", "smal"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("did you mean small"), HasSubstr("models add")));
  EXPECT_TRUE(files_.requests().empty());
}

TEST_F(ModelsCommand, WithoutNetworkThereIsOneClearSentence) {
  files_.http().go_away();
  const Ended ended = models_command({"pull", "tiny"});
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("cannot be reached"), HasSubstr("--from"),
                    HasSubstr("https://huggingface.co/ggerganov/whisper.cpp/resolve/main/"
                              "ggml-tiny.bin"),
                    HasSubstr("models add ggml-tiny.bin"), EndsWith("\n")));
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1);
}

TEST_F(ModelsCommand, AMirrorMustBeAnAddress) {
  for (const char* url : {"ftp://example.org", "example.org", "https://", "/srv/models"}) {
    const Ended ended = models_command({"pull", "tiny", "--from", url});
    EXPECT_EQ(ended.status, 2) << url;
    EXPECT_THAT(ended.err, HasSubstr("--from takes"));
  }
}

TEST_F(ModelsCommand, AMirrorWithAnotherFileIsNotBelieved) {
  files_.change(tests::made_model_content(32'152'673), "\"x\"");
  const Ended ended = models_command({"pull", "tiny-q5_1"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("tiny-q5_1: 50% of 31 MB"), HasSubstr("SHA-256"),
                               HasSubstr("deleted")));
  EXPECT_TRUE(std::filesystem::is_empty(models()));
}

TEST_F(ModelsCommand, AModelOfOnesOwnIsAddedAndRemoved) {
  recording("ggml-own.bin", tests::whole_model_content());
  const Ended added = models_command({"add", "ggml-own.bin"});
  EXPECT_EQ(added.status, 0) << added.err;
  EXPECT_THAT(added.err, AllOf(HasSubstr("own is in"), HasSubstr("[models.\"own\"]")));
  EXPECT_EQ(models_command({"add", "ggml-own.bin"}).status, 1) << "it is there";
  EXPECT_EQ(models_command({"add", "ggml-own.bin", "--name", "two"}).status, 0);
  EXPECT_EQ(models_command({"add", "ggml-own.bin", "--name", "../x"}).status, 2);
  const Ended not_sure = models_command({"rm", "own"});
  EXPECT_EQ(not_sure.status, 2);
  EXPECT_THAT(not_sure.err, HasSubstr("--yes"));
  EXPECT_EQ(models_command({"rm", "own", "two", "--yes"}).status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(models()));
  const Ended gone = models_command({"rm", "own", "--yes"});
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.err, HasSubstr("own is not in"));
}

TEST_F(ModelsCommand, RemovingAsksOnATerminal) {
  model_file("ggml-own.bin", tests::made_model_content(2'000));
  fakes::ProcessSettings wanted = at_folder({"rm", "own"});
  wanted.terminal = true;
  {
    fakes::ClientProcess process(wanted);
    ASSERT_TRUE(process.wait_for("Remove own (1 MB) from"));
    process.type("n\n");
    EXPECT_EQ(process.wait(), 0);
    EXPECT_TRUE(exists("models/ggml-own.bin"));
  }
  fakes::ClientProcess process(wanted);
  ASSERT_TRUE(process.wait_for("[y/N]"));
  process.type("y\n");
  EXPECT_EQ(process.wait(), 0);
  EXPECT_FALSE(exists("models/ggml-own.bin"));
}

TEST_F(ModelsCommand, WhatIsNoModelIsNotAdded) {
  recording("voice.wav");
  const Ended ended = models_command({"add", "voice.wav"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("voice.wav is not a ggml Whisper model"));
  recording("half.bin", tests::whole_model_content().substr(0, 500'000));
  const Ended half = models_command({"add", "half.bin"});
  EXPECT_EQ(half.status, 1);
  EXPECT_THAT(half.err, HasSubstr("half.bin ends too early"));
}

// With a model whose content can be made up.
class Pulling : public ModelsCommand {
 protected:
  Pulling() { files_.change(model_.content, "\"one\""); }
  ~Pulling() override {
    if (mounted_) ::umount2(models().c_str(), MNT_DETACH);
  }

  fakes::ProcessSettings driver() {
    fakes::ProcessSettings wanted = settings({});
    wanted.command = {PULL_DRIVER,      models().string(),
                      files_.url(),     std::to_string(model_.content.size()),
                      model_.sums.sha1, model_.sums.sha256};
    return wanted;
  }
  void expect_whole() {
    EXPECT_TRUE(content("models/ggml-made.bin") == model_.content);
    EXPECT_FALSE(exists("models/ggml-made.bin.part"));
  }

  const tests::MadeModel model_{600'000};
  bool mounted_ = false;
};

TEST_F(Pulling, TellsInPlainLinesWhereNobodyWatches) {
  const Ended ended = run(driver());
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("made: 100% of 1 MB\n"), HasSubstr("made: checking\n"),
                               HasSubstr("its checksum is right"), Not(HasSubstr("\x1b"))));
  expect_whole();
  EXPECT_THAT(run(driver()).err, HasSubstr("is there already"));
}

TEST_F(Pulling, DrawsABarOnATerminal) {
  fakes::ProcessSettings wanted = driver();
  wanted.terminal = true;
  const Ended ended = run(wanted);
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("made ["), HasSubstr("█"), HasSubstr("100%"),
                               HasSubstr("its checksum is right")));
  expect_whole();
}

TEST_F(Pulling, CtrlCLeavesAPartThatTheNextOneGoesOnFrom) {
  files_.cut_next({200'000});
  files_.hold_from(2);
  {
    fakes::ClientProcess process(driver());
    ASSERT_TRUE(files_.wait_for_requests(2));
    process.signal(SIGINT);
    EXPECT_EQ(process.wait(), 130);
    EXPECT_THAT(process.err(), HasSubstr("goes on from there"));
  }
  EXPECT_EQ(std::filesystem::file_size(models() / "ggml-made.bin.part"), 200'000U);
  files_.release();
  EXPECT_EQ(run(driver()).status, 0);
  EXPECT_EQ(files_.requests().back(), "/ggml-made.bin bytes=200000-");
  expect_whole();
}

TEST_F(Pulling, Kill9InTheMiddleLosesNothing) {
  files_.cut_next({200'000});
  files_.hold_from(2);
  {
    fakes::ClientProcess process(driver());
    ASSERT_TRUE(files_.wait_for_requests(2));
    process.signal(SIGKILL);
    EXPECT_EQ(process.wait(), -SIGKILL);
  }
  EXPECT_FALSE(exists("models/ggml-made.bin"));
  files_.release();
  EXPECT_EQ(run(driver()).status, 0);
  EXPECT_EQ(files_.requests().back(), "/ggml-made.bin bytes=200000-");
  expect_whole();
}

TEST_F(Pulling, OnlyOneAtATimeFetchesTheSameModel) {
  files_.cut_next({200'000});
  files_.hold_from(2);
  fakes::ClientProcess first(driver());
  ASSERT_TRUE(files_.wait_for_requests(2));
  const Ended second = run(driver());
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr("by another process already"));
  const Ended removal = models_command({"rm", "made", "--yes"});
  EXPECT_EQ(removal.status, 1);
  EXPECT_THAT(removal.err, HasSubstr("is being fetched"));
  files_.release();
  EXPECT_EQ(first.wait(), 0) << first.err();
  expect_whole();
}

TEST_F(Pulling, ADiskThatFillsUpLeavesAPart) {
  fakes::ProcessSettings wanted = driver();
  wanted.file_size_limit = 250'000;
  const Ended ended = run(wanted);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("full"), HasSubstr("are kept")));
  EXPECT_EQ(run(driver()).status, 0);
  expect_whole();
}

TEST_F(Pulling, ADiskThatIsTooSmallIsSeenBefore) {
  std::filesystem::create_directories(models());
  mounted_ = ::mount("tmpfs", models().c_str(), "tmpfs", 0, "size=8m,mode=0700") == 0;
  if (!mounted_) GTEST_SKIP() << "a small disk cannot be mounted here (root is needed)";
  const Ended ended = run(driver());
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("needs 1 MB more"), HasSubstr("8 MB are free")));
  EXPECT_TRUE(files_.requests().empty());
}

}  // namespace
}  // namespace transcribed
