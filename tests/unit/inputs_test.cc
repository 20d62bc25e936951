#include "client/inputs.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/recordings.h"

namespace transcribed::client {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class InputsTest : public testing::Test {
 protected:
  InputsTest() {
    std::string pattern = (fs::temp_directory_path() / "inputs-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~InputsTest() override { fs::remove_all(folder_); }

  void file(const fs::path& name, std::string_view content = "RIFF") {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }
  std::string in(const std::string& name) { return (folder_ / name).string(); }

  Inputs gather(std::vector<std::string> arguments, bool recursive = false) {
    InputRequest request;
    request.arguments = std::move(arguments);
    request.recursive = recursive;
    return gather_inputs(request);
  }
  std::vector<std::string> found(const Inputs& inputs) {
    std::vector<std::string> names;
    for (const Input& input : inputs.inputs) {
      names.push_back(input.path.lexically_relative(folder_).string());
    }
    return names;
  }

  fs::path folder_;
};

TEST_F(InputsTest, FilesAreTakenAsTheyAreWhateverTheirNames) {
  file("notes.txt");
  const Inputs inputs = gather({in("notes.txt"), in("none.wav")});
  EXPECT_THAT(found(inputs), ElementsAre("notes.txt", "none.wav"));
  EXPECT_THAT(inputs.problems, IsEmpty());
}

TEST_F(InputsTest, AFolderNeedsRecursive) {
  file("talks/a.wav");
  EXPECT_THAT(gather({in("talks")}).problems,
              ElementsAre(HasSubstr("talks: is a folder (-r takes the recordings in it)")));
  EXPECT_THAT(found(gather({in("talks")}, true)), ElementsAre("talks/a.wav"));
}

TEST_F(InputsTest, AFolderGivesRecordingsInOrderAndPassesTheRestOver) {
  for (const char* name :
       {"t/b.wav", "t/a.MP3", "t/notes.txt", "t/.hidden.wav", "t/.trash/x.wav", "t/sub/z.opus",
        "t/sub/deep/y.mkv", "t/code.ts", "t/wav", "t/.wav", "t/dot.", "t/folder.wav/in.ogg"}) {
    file(name);
  }
  const Inputs inputs = gather({in("t")}, true);
  EXPECT_THAT(found(inputs), ElementsAre("t/a.MP3", "t/b.wav", "t/folder.wav/in.ogg",
                                         "t/sub/z.opus", "t/sub/deep/y.mkv"));
  EXPECT_EQ(inputs.inputs[0].subfolder, "");
  EXPECT_EQ(inputs.inputs[4].subfolder, "sub/deep");
  // However the folder is spelled.
  EXPECT_EQ(gather({in("t/")}, true).inputs[4].subfolder, "sub/deep");
  EXPECT_EQ(gather({in("t/sub/..")}, true).inputs[0].subfolder, "");
}

TEST_F(InputsTest, LinksToFilesAreFollowedAndLinksToFoldersAreNot) {
  file("real/a.wav");
  file("t/b.wav");
  fs::create_symlink(folder_ / "real/a.wav", folder_ / "t/link.wav");
  fs::create_symlink("/nowhere", folder_ / "t/broken.wav");
  fs::create_directory_symlink(folder_, folder_ / "t/loop");
  EXPECT_THAT(found(gather({in("t")}, true)), ElementsAre("t/b.wav", "t/link.wav"));
  EXPECT_THAT(found(gather({in("t/loop")}, true)).size(), 3U) << "one that is named is entered";
}

TEST_F(InputsTest, WhatIsEmptyOrUnreadableInAFolderIsPassedOver) {
  file("t/empty.wav", "");
  file("t/good.wav");
  const Inputs inputs = gather({in("t")}, true);
  EXPECT_THAT(found(inputs), ElementsAre("t/good.wav"));
  EXPECT_THAT(inputs.passed_over, ElementsAre(HasSubstr("t/empty.wav: is empty")));
  EXPECT_THAT(inputs.problems, IsEmpty());
}

TEST_F(InputsTest, AFolderWithoutRecordingsIsARemark) {
  file("t/notes.txt");
  const Inputs inputs = gather({in("t")}, true);
  EXPECT_THAT(inputs.remarks, ElementsAre(HasSubstr("t: no recordings in it")));
  EXPECT_THAT(inputs.problems, IsEmpty());
}

TEST_F(InputsTest, PatternsThatNoShellExpandedAreExpanded) {
  for (const char* name : {"b1.wav", "b2.wav", "c.wav", "[x]*.wav"}) file(name);
  EXPECT_THAT(found(gather({in("b?.wav")})), ElementsAre("b1.wav", "b2.wav"));
  EXPECT_THAT(found(gather({in("[bc]*.wav")})), ElementsAre("b1.wav", "b2.wav", "c.wav"));
  EXPECT_THAT(gather({in("d*.wav")}).problems, ElementsAre(HasSubstr("d*.wav: no file matches")));
  // A name that is there is no pattern.
  EXPECT_THAT(found(gather({in("[x]*.wav")})), ElementsAre("[x]*.wav"));
}

TEST_F(InputsTest, AddressesAndStandardInputAreKnown) {
  InputRequest request;
  request.arguments = {"https://example.org/a/talk%20one.mp3?x=1", "-"};
  request.urls = {"http://example.org/"};
  const Inputs inputs = gather_inputs(request);
  ASSERT_EQ(inputs.inputs.size(), 3U);
  EXPECT_EQ(inputs.inputs[0].kind, Input::Kind::url);
  EXPECT_EQ(result_stem(inputs.inputs[0]), "talk one");
  EXPECT_EQ(inputs.inputs[1].kind, Input::Kind::standard_input);
  EXPECT_EQ(result_stem(inputs.inputs[1]), "stdin");
  EXPECT_EQ(result_stem(inputs.inputs[2]), "example.org");
  request.arguments = {"-", "-", "ftp://example.org/b"};
  request.urls = {"ftp://example.org/a", "http://"};
  EXPECT_THAT(
      gather_inputs(request).problems,
      ElementsAre(HasSubstr("read once only"), HasSubstr("no address of a recording"),
                  HasSubstr("no address of a recording"), HasSubstr("no address of a recording")));
}

TEST_F(InputsTest, ANameIsForOne) {
  InputRequest request;
  request.arguments = {"-"};
  request.name = "Board meeting 3.11.";
  EXPECT_EQ(result_stem(gather_inputs(request).inputs[0]), "Board meeting 3.11.");
  request.name = "../../evil/talk.wav";
  EXPECT_EQ(result_stem(gather_inputs(request).inputs[0]), "_.._evil_talk");
  request.arguments = {"a.wav", "b.wav"};
  EXPECT_THAT(gather_inputs(request).problems, ElementsAre(HasSubstr("--name is for one")));
}

TEST(Recordings, TheirExtensionsAreListedInTheManual) {
  std::ifstream page(DOCS "/transcribe.md");
  std::string text;
  for (std::string word; page >> word;) text += (text.empty() ? "" : " ") + word;
  std::string list;
  for (const auto& extension : recording_extensions()) {
    list += (list.empty() ? "(" : " ") + std::string(extension);
  }
  EXPECT_THAT(text, HasSubstr(list + ")"));
}

TEST(Recordings, ResultsOfOursAreNone) {
  for (const char* name :
       {"talk.txt", "talk.srt", "talk.vtt", "talk.json", "talk.tsv", "talk.lrc"}) {
    EXPECT_FALSE(is_recording_name(name)) << name;
  }
  EXPECT_TRUE(is_recording_name("a/b/Talk.M4A"));
}

}  // namespace
}  // namespace transcribed::client
