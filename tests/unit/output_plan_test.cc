#include "client/output_plan.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::client {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OutputPlan : public testing::Test {
 protected:
  OutputPlan() {
    std::string pattern = (fs::temp_directory_path() / "output-plan-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~OutputPlan() override { fs::remove_all(folder_); }

  fs::path file(const fs::path& name, std::string_view content = "RIFF") {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
    return folder_ / name;
  }

  PlanRequest request(std::vector<fs::path> inputs) {
    PlanRequest request;
    for (fs::path& input : inputs) request.inputs.push_back(file_input(std::move(input)));
    request.formats = {Format::txt};
    return request;
  }

  fs::path folder_;
};

TEST_F(OutputPlan, NamesResultsAfterTheStemBesideTheInput) {
  PlanRequest wanted = request({file("a/talk.one.wav", "12345")});
  wanted.formats = {Format::srt, Format::json};
  const Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  ASSERT_EQ(plan.files.size(), 1U);
  EXPECT_EQ(plan.files[0].size, 5U);
  ASSERT_EQ(plan.files[0].outputs.size(), 2U);
  EXPECT_EQ(plan.files[0].outputs[0].path, folder_ / "a/talk.one.srt");
  EXPECT_EQ(plan.files[0].outputs[1].path, folder_ / "a/talk.one.json");
}

TEST_F(OutputPlan, BothKindsOfJsonHaveFilesOfTheirOwn) {
  PlanRequest wanted = request({file("talk.wav")});
  wanted.formats = {Format::json, Format::verbose_json};
  const Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_EQ(plan.files.at(0).outputs.at(0).path, folder_ / "talk.json");
  EXPECT_EQ(plan.files.at(0).outputs.at(1).path, folder_ / "talk.verbose.json");
}

TEST_F(OutputPlan, PutsThemIntoAFolderThatMayNotExistYet) {
  PlanRequest wanted = request({file("talk.wav")});
  wanted.destination = Destination::folder;
  wanted.folder = folder_ / "new/deep";
  const Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_EQ(plan.files[0].outputs[0].path, folder_ / "new/deep/talk.txt");
  EXPECT_FALSE(fs::exists(folder_ / "new")) << "planning changes nothing";
}

TEST_F(OutputPlan, TellsEveryBadInput) {
  fs::create_directory(folder_ / "dir");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const Plan plan =
      plan_outputs(request({folder_ / "none.wav", folder_ / "dir", file("empty.wav", ""),
                            folder_ / "pipe", file("good.wav")}));
  EXPECT_THAT(
      plan.problems,
      ElementsAre(HasSubstr("none.wav: no such file"), HasSubstr("dir: is a folder"),
                  HasSubstr("empty.wav: is empty"), HasSubstr("pipe: is not a regular file")));
}

TEST_F(OutputPlan, TellsAnUnreadableInput) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const fs::path secret = file("secret.wav");
  fs::permissions(secret, fs::perms::none);
  EXPECT_THAT(plan_outputs(request({secret})).problems, ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(OutputPlan, TellsTwoInputsWithOneOutput) {
  PlanRequest wanted = request({file("a/talk.wav"), file("b/talk.mp3"), file("b/other.wav")});
  wanted.destination = Destination::folder;
  wanted.folder = folder_ / "out";
  EXPECT_THAT(plan_outputs(wanted).problems,
              ElementsAre(AllOf(HasSubstr("a/talk.wav and "), HasSubstr("b/talk.mp3 would all be"),
                                HasSubstr("out/talk.txt"))));
  // The same two beside their inputs are no trouble.
  EXPECT_THAT(plan_outputs(request({folder_ / "a/talk.wav", folder_ / "b/talk.mp3"})).problems,
              IsEmpty());
}

TEST_F(OutputPlan, TellsTheSameFileGivenTwiceUnderTwoNames) {
  file("talk.wav");
  EXPECT_THAT(plan_outputs(request({folder_ / "talk.wav", folder_ / "." / "talk.wav"})).problems,
              ElementsAre(HasSubstr("would all be written to")));
  fs::create_directory_symlink(folder_, folder_ / "link");
  EXPECT_THAT(plan_outputs(request({folder_ / "talk.wav", folder_ / "link/talk.wav"})).problems,
              ElementsAre(HasSubstr("would all be written to")));
}

TEST_F(OutputPlan, TellsEveryOutputThatExistsUnlessTheyMayBeReplaced) {
  file("a.txt", "old");
  file("b.txt", "old");
  PlanRequest wanted = request({file("a.wav"), file("b.wav"), file("c.wav")});
  EXPECT_THAT(plan_outputs(wanted).problems,
              ElementsAre(HasSubstr("a.txt exists (--overwrite"), HasSubstr("b.txt exists")));
  wanted.overwrite = true;
  EXPECT_THAT(plan_outputs(wanted).problems, IsEmpty());
}

TEST_F(OutputPlan, NeverWritesOverARecording) {
  PlanRequest wanted = request({file("talk.txt", "RIFF")});
  wanted.overwrite = true;
  EXPECT_THAT(plan_outputs(wanted).problems, ElementsAre(HasSubstr("one of the recordings")));
  fs::create_symlink(folder_ / "other.wav", folder_ / "link.txt");
  wanted = request({file("other.wav"), file("link.mp3")});
  wanted.overwrite = true;
  EXPECT_THAT(plan_outputs(wanted).problems,
              ElementsAre(HasSubstr("link.txt is one of the recordings")));
}

TEST_F(OutputPlan, RefusesAFolderInTheWay) {
  fs::create_directory(folder_ / "talk.txt");
  PlanRequest wanted = request({file("talk.wav")});
  wanted.overwrite = true;
  EXPECT_THAT(plan_outputs(wanted).problems, ElementsAre(HasSubstr("talk.txt is a folder")));
  wanted.destination = Destination::folder;
  wanted.folder = folder_ / "talk.wav";
  EXPECT_THAT(plan_outputs(wanted).problems, ElementsAre(HasSubstr("is not a folder")));
}

TEST_F(OutputPlan, StandardOutputAndDetachPlanNoFiles) {
  file("talk.txt", "old");
  PlanRequest wanted = request({file("talk.wav"), folder_ / "talk.wav"});
  wanted.destination = Destination::standard_output;
  Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_TRUE(plan.files[0].outputs[0].path.empty());
  wanted.destination = Destination::nowhere;
  plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_THAT(plan.files[0].outputs, IsEmpty());
}

TEST_F(OutputPlan, KeepsTheTreeOfAFolderBelowTheOutput) {
  PlanRequest wanted = request({file("in/a.wav"), file("in/sub/deep/b.wav")});
  wanted.inputs[1].subfolder = "sub/deep";
  wanted.destination = Destination::folder;
  wanted.folder = folder_ / "out";
  const Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_EQ(plan.files[0].outputs[0].path, folder_ / "out/a.txt");
  EXPECT_EQ(plan.files[1].outputs[0].path, folder_ / "out/sub/deep/b.txt");
}

TEST_F(OutputPlan, SkipsWhatHasItsResultsAndAsksForThoseThatAreMissing) {
  file("all.txt", "mine");
  file("all.srt", "mine");
  file("some.txt", "mine");
  PlanRequest wanted = request({file("all.wav"), file("some.wav"), file("none.wav")});
  wanted.formats = {Format::txt, Format::srt};
  wanted.skip_existing = true;
  const Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  ASSERT_EQ(plan.skipped.size(), 1U);
  EXPECT_EQ(plan.skipped[0].path, folder_ / "all.wav");
  ASSERT_EQ(plan.files.size(), 2U);
  ASSERT_EQ(plan.files[0].outputs.size(), 1U);
  EXPECT_EQ(plan.files[0].outputs[0].path, folder_ / "some.srt");
  EXPECT_EQ(plan.files[1].outputs.size(), 2U);
}

TEST_F(OutputPlan, ExtensionsKeepTwoOfOneStemApart) {
  PlanRequest wanted = request({file("talk.wav"), file("talk.mp3")});
  EXPECT_THAT(plan_outputs(wanted).problems, ElementsAre(HasSubstr("(--keep-extension keeps")));
  wanted.keep_extension = true;
  const Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_EQ(plan.files[0].outputs[0].path, folder_ / "talk.wav.txt");
  // The same name twice is helped by nothing.
  wanted = request({folder_ / "talk.wav", folder_ / "." / "talk.wav"});
  EXPECT_THAT(plan_outputs(wanted).problems, ElementsAre(testing::EndsWith("talk.txt")));
}

TEST_F(OutputPlan, WhatIsNoFileGoesWhereItMakesSense) {
  PlanRequest wanted = request({});
  wanted.inputs.resize(2);
  wanted.inputs[0].kind = Input::Kind::standard_input;
  wanted.inputs[1].kind = Input::Kind::url;
  wanted.inputs[1].url = "http://example.org/talk.mp3";
  Plan plan = plan_outputs(wanted);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_EQ(plan.files[0].outputs[0].path, "") << "standard output";
  EXPECT_EQ(plan.files[1].outputs[0].path, "talk.txt") << "the current folder";
  wanted.destination = Destination::folder;
  wanted.folder = folder_;
  plan = plan_outputs(wanted);
  EXPECT_EQ(plan.files[0].outputs[0].path, folder_ / "stdin.txt");
  EXPECT_EQ(plan.files[1].outputs[0].path, folder_ / "talk.txt");
}

TEST_F(OutputPlan, EscapesNames) {
  EXPECT_THAT(plan_outputs(request({folder_ / "a\nb\x1b.wav"})).problems,
              ElementsAre(HasSubstr("a\\nb\\x1b.wav: no such file")));
}

TEST(Formats, AreReadFromAList) {
  EXPECT_EQ(*parse_formats("txt"), std::vector<Format>{Format::txt});
  EXPECT_EQ(*parse_formats("srt,json,srt"), (std::vector<Format>{Format::srt, Format::json}));
  EXPECT_EQ(parse_formats("txt,srt,vtt,tsv,lrc,json,verbose_json")->size(), 7U);
  for (const char* text : {"", "mp3", "txt,", ",txt", "txt, srt"}) {
    EXPECT_FALSE(parse_formats(text)) << text;
  }
}

}  // namespace
}  // namespace transcribed::client
