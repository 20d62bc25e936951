// Fetching a model: against a server that cuts, changes, lies and goes away.
#include "adapters/model_pull.h"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/model_file.h"
#include "adapters/models_folder.h"
#include "tests/fakes/file_server.h"
#include "tests/integration/made_model.h"
#include "tests/integration/temporary_folder.h"

namespace transcribed::tests {
namespace {

using adapters::pull_model;
using adapters::PullOptions;
using adapters::PullProblem;
using adapters::PullProgress;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = PullProblem::Kind;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fakes::ScriptedAnswer answer(int status, std::string body = "",
                             std::map<std::string, std::string> headers = {}) {
  fakes::ScriptedAnswer made;
  made.status = status;
  made.body = std::move(body);
  made.headers = std::move(headers);
  return made;
}

fakes::ScriptedAnswer hang_up() {
  fakes::ScriptedAnswer made;
  made.hang_up = true;
  return made;
}

class ModelPull : public testing::Test {
 protected:
  ModelPull() {
    options_.folder = folder_.path() / "data/models";
    options_.base_url = server_.url();
    options_.pauses = std::vector<std::chrono::milliseconds>(3, std::chrono::milliseconds(0));
  }

  auto pull() { return pull_model(model_.entry, options_); }
  // For what must work.
  adapters::Pulled pulled() {
    const auto result = pull();
    EXPECT_TRUE(result) << result.error().sentence;
    EXPECT_EQ(content_of(target()), model_.content);
    EXPECT_THAT(entries(), ElementsAre("ggml-made.bin")) << "nothing else is left";
    return result.value_or(adapters::Pulled{});
  }
  PullProblem refused() {
    const auto result = pull();
    EXPECT_FALSE(result);
    EXPECT_FALSE(std::filesystem::exists(target()));
    return result ? PullProblem{} : result.error();
  }

  std::filesystem::path target() const { return options_.folder / "ggml-made.bin"; }
  std::filesystem::path part() const { return options_.folder / "ggml-made.bin.part"; }
  std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options_.folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // As a run that was ended leaves it.
  void leave_part(const std::string& content, const std::string& version) {
    std::filesystem::create_directories(options_.folder);
    std::ofstream(part(), std::ios::binary) << content;
    std::ofstream(part().string() + ".version") << version;
  }

  const TemporaryFolder folder_;
  const MadeModel model_{300'000};
  fakes::FileServer server_{model_.content};
  PullOptions options_;
};

TEST_F(ModelPull, FetchesChecksAndMovesIntoPlace) {
  std::vector<std::int64_t> done;
  bool checked = false;
  options_.on_progress = [&](const PullProgress& progress) {
    if (progress.step == PullProgress::Step::fetching) done.push_back(progress.done_bytes);
    checked = checked || progress.step == PullProgress::Step::checking;
  };
  EXPECT_EQ(pulled().resumed_at, 0);
  EXPECT_THAT(server_.requests(), ElementsAre("/ggml-made.bin"));
  EXPECT_TRUE(checked);
  ASSERT_FALSE(done.empty());
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(done.back(), model_.entry.bytes);
}

TEST_F(ModelPull, TheFolderIsMadeForItsOwnerAlone) {
  pulled();
  for (const auto& made : {options_.folder, options_.folder.parent_path()}) {
    EXPECT_EQ(std::filesystem::status(made).permissions(), std::filesystem::perms::owner_all);
  }
}

TEST_F(ModelPull, WhatIsThereIsNotFetchedAgain) {
  pulled();
  EXPECT_TRUE(pulled().was_there);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(ModelPull, AConnectionThatIsCutIsGoneOnWith) {
  server_.cut_next({100'000, 50'000});
  pulled();
  EXPECT_THAT(server_.requests(), ElementsAre("/ggml-made.bin", "/ggml-made.bin bytes=100000-",
                                              "/ggml-made.bin bytes=150000-"));
  EXPECT_EQ(server_.heads().back().headers.at("if-range"), "\"one\"");
}

TEST_F(ModelPull, AnotherRunGoesOnWhereTheFirstEnded) {
  leave_part(model_.content.substr(0, 120'000), "\"one\"");
  EXPECT_EQ(pulled().resumed_at, 120'000);
  EXPECT_THAT(server_.requests(), ElementsAre("/ggml-made.bin bytes=120000-"));
}

TEST_F(ModelPull, AFileThatChangedMeanwhileIsFetchedAnew) {
  leave_part(std::string(120'000, 'x'), "\"an older one\"");
  pulled();
  EXPECT_THAT(server_.requests(), ElementsAre("/ggml-made.bin bytes=120000-"));
}

TEST_F(ModelPull, AServerWithoutRangesSendsItAllAgain) {
  server_.without_ranges();
  server_.cut_next({100'000});
  pulled();
  EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(ModelPull, APartOfUnknownVersionIsBegunAnew) {
  leave_part(std::string(120'000, 'x'), "");
  EXPECT_EQ(pulled().resumed_at, 0);
  EXPECT_THAT(server_.requests(), ElementsAre("/ggml-made.bin"));
}

TEST_F(ModelPull, AVersionThatWouldBeAHeaderOfItsOwnIsNotBelieved) {
  leave_part(std::string(120'000, 'x'), "\"one\"\r\nHost: elsewhere");
  pulled();
  EXPECT_THAT(server_.requests(), ElementsAre("/ggml-made.bin"));
}

TEST_F(ModelPull, AWholePartIsCheckedWithoutAsking) {
  leave_part(model_.content, "\"one\"");
  pulled();
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(ModelPull, APartThatIsTooLongIsBegunAnew) {
  leave_part(model_.content + "more", "\"one\"");
  pulled();
}

TEST_F(ModelPull, AWrongChecksumIsDeletedWithASentence) {
  server_.change(made_model_content(300'000, 2), "\"two\"");
  const PullProblem problem = refused();
  EXPECT_EQ(problem.kind, Kind::failed);
  EXPECT_THAT(problem.sentence, AllOf(HasSubstr("is not the published made"),
                                      HasSubstr(model_.sums.sha256), HasSubstr("deleted")));
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ModelPull, ADamagedPartIsFoundOutAndTheNextRunBeginsAnew) {
  leave_part(std::string(120'000, 'x'), "\"one\"");
  EXPECT_THAT(refused().sentence, HasSubstr("SHA-256"));
  pulled();
}

TEST_F(ModelPull, AnotherSizeIsRefusedBeforeAByteIsStored) {
  for (const std::size_t size : {299'999U, 300'001U}) {
    server_.change(made_model_content(size), "\"two\"");
    EXPECT_THAT(refused().sentence, HasSubstr(std::to_string(size) + " bytes in place of 300000"));
    EXPECT_THAT(entries(), IsEmpty());
  }
}

TEST_F(ModelPull, AServerThatNeverEndsIsCutOff) {
  fakes::ScriptedAnswer endless;
  endless.raw = "HTTP/1.1 200 OK\r\n\r\n" + model_.content + model_.content;
  server_.answer_next({endless});
  EXPECT_THAT(refused().sentence, HasSubstr("at least"));
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ModelPull, AMissingFileIsNotAskedForAgain) {
  server_.answer_next({answer(404, "no such file")});
  const PullProblem problem = refused();
  EXPECT_EQ(problem.kind, Kind::failed);
  EXPECT_THAT(problem.sentence, AllOf(HasSubstr("status 404"), HasSubstr("--from"),
                                      HasSubstr("huggingface.co"), HasSubstr("models add")));
  EXPECT_EQ(server_.requests().size(), 1U);
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ModelPull, ABusyServerIsAskedAgain) {
  server_.answer_next({answer(503), answer(429)});
  pulled();
  EXPECT_EQ(server_.requests().size(), 3U);
}

TEST_F(ModelPull, ItIsGivenUpAfterTriesThatBroughtNothing) {
  server_.answer_next({hang_up(), hang_up(), hang_up(), hang_up()});
  EXPECT_THAT(refused().sentence, HasSubstr("broke off"));
  EXPECT_EQ(server_.requests().size(), 4U) << "one and three more";
}

TEST_F(ModelPull, WithoutNetworkItSaysSoAtOnceAndHowElse) {
  server_.http().go_away();
  const PullProblem problem = refused();
  EXPECT_EQ(problem.kind, Kind::unreachable);
  EXPECT_THAT(problem.sentence, AllOf(HasSubstr("127.0.0.1:"), HasSubstr("cannot be reached"),
                                      HasSubstr("network"), HasSubstr("models add ggml-made.bin")));
  EXPECT_THAT(problem.sentence, Not(HasSubstr("are kept")));
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ModelPull, AServerThatGoesAwayInTheMiddleLeavesAPart) {
  server_.cut_next({100'000});
  options_.on_progress = [&](const PullProgress& progress) {
    if (progress.step == PullProgress::Step::waiting) server_.http().go_away();
  };
  EXPECT_THAT(refused().sentence, HasSubstr("are kept"));
  EXPECT_EQ(std::filesystem::file_size(part()), 100'000U);
  options_.on_progress = {};
  server_.http().come_back();
  EXPECT_EQ(pulled().resumed_at, 100'000);
}

TEST_F(ModelPull, AnotherPartOfTheFileThanAskedForIsRefused) {
  leave_part(model_.content.substr(0, 120'000), "\"one\"");
  server_.answer_next(
      {answer(206, model_.content.substr(1'000), {{"Content-Range", "bytes 1000-299999/300000"}})});
  EXPECT_THAT(refused().sentence, HasSubstr("another part"));
  EXPECT_EQ(content_of(part()), model_.content.substr(0, 120'000));
}

TEST_F(ModelPull, RedirectsAreFollowedAndTheirVersionsNotMixedUp) {
  server_.answer_next({answer(302, "", {{"Location", "/elsewhere"}, {"ETag", "\"x\""}})});
  server_.cut_next({100'000});
  pulled();
  ASSERT_EQ(server_.requests().size(), 3U);
  EXPECT_EQ(server_.requests()[1], "/elsewhere");
  EXPECT_EQ(server_.heads()[2].headers.at("if-range"), "\"one\"");
}

TEST_F(ModelPull, RedirectsToOtherProtocolsAreNotFollowed) {
  server_.answer_next({answer(302, "", {{"Location", "file:///etc/passwd"}})});
  EXPECT_THAT(refused().sentence, HasSubstr("not https"));
}

TEST_F(ModelPull, AnotherProcessThatFetchesItIsNotDisturbed) {
  std::filesystem::create_directories(options_.folder);
  const auto held = adapters::PartFile::open(target());
  ASSERT_TRUE(held);
  EXPECT_THAT(refused().sentence, HasSubstr("by another process"));
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(part()));
}

TEST_F(ModelPull, AnInterruptionKeepsThePart) {
  std::atomic<bool> stop = false;
  server_.cut_next({100'000});
  options_.interruption.asked = [&] { return stop.load(); };
  options_.on_progress = [&](const PullProgress& progress) {
    stop = stop || progress.step == PullProgress::Step::waiting;
  };
  EXPECT_EQ(refused().kind, Kind::interrupted);
  EXPECT_EQ(std::filesystem::file_size(part()), 100'000U);
}

TEST_F(ModelPull, AnAnswerThatDoesNotComeCanBeInterrupted) {
  int wake[2];
  ASSERT_EQ(::pipe(wake), 0);
  server_.hold_from(1);
  options_.interruption.fd = wake[0];
  std::atomic<bool> stop = false;
  options_.interruption.asked = [&] { return stop.load(); };
  std::jthread interrupter([&] {
    EXPECT_TRUE(server_.wait_for_requests(1));
    stop = true;
    EXPECT_EQ(::write(wake[1], "x", 1), 1);
  });
  EXPECT_EQ(refused().kind, Kind::interrupted);
  interrupter.join();
  ::close(wake[0]);
  ::close(wake[1]);
}

TEST_F(ModelPull, SilenceIsNotWaitedForForEver) {
  server_.hold_from(1);
  options_.limits.silence = std::chrono::seconds(1);
  EXPECT_EQ(refused().kind, Kind::unreachable);
}

TEST_F(ModelPull, ADiskWithoutRoomIsSaidBeforeAnythingIsFetched) {
  core::WhisperModel huge = model_.entry;
  huge.bytes = std::int64_t{1} << 60;
  const auto result = pull_model(huge, options_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().sentence, AllOf(HasSubstr("are free"), HasSubstr("--models-dir")));
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(ModelPull, ADamagedFileInPlaceIsNotOverwritten) {
  std::filesystem::create_directories(options_.folder);
  std::ofstream(target()) << "something of mine";
  const auto result = pull();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().sentence, HasSubstr("models rm made"));
  EXPECT_EQ(content_of(target()), "something of mine");
}

TEST_F(ModelPull, APartThatIsALinkIsNotFollowed) {
  std::filesystem::create_directories(options_.folder);
  const std::string victim = folder_.write("victim", "precious");
  std::filesystem::create_symlink(victim, part());
  EXPECT_EQ(refused().kind, Kind::failed);
  EXPECT_EQ(content_of(victim), "precious");
}

TEST(ModelsFolder, ListsModelsAndPartsAndNothingElse) {
  const TemporaryFolder folder;
  folder.write("ggml-a.bin", made_model_content(100));
  folder.write("ggml-b.bin.part", "b");
  folder.write("ggml-b.bin.part.version", "v");
  folder.write("ggml-c.bin", "");
  folder.write("ggml-e.bin", "ee");
  folder.write("notes.txt", "x");
  std::filesystem::create_directory(folder.path() / "ggml-d.bin");
  const auto models = adapters::list_models(folder.path());
  ASSERT_EQ(models.size(), 3U);
  EXPECT_EQ(models[0].name, "a");
  EXPECT_TRUE(models[0].is_whole());
  EXPECT_FALSE(models[0].damaged);
  EXPECT_TRUE(models[0].multilingual);
  EXPECT_EQ(models[1].name, "b");
  EXPECT_EQ(models[1].part_bytes, 1);
  EXPECT_FALSE(models[1].is_whole());
  EXPECT_EQ(models[2].name, "e");
  EXPECT_TRUE(models[2].damaged);
  EXPECT_THAT(adapters::list_models(folder.path() / "none"), IsEmpty());
}

TEST(ModelsFolder, WhatIsAddedIsThereWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const std::string good = folder.write("my.bin", whole_model_content());
  const std::string bad = folder.write("bad.bin", "RIFF....");
  const std::string cut = folder.write("cut.bin", whole_model_content().substr(0, 700'000));
  EXPECT_EQ(adapters::add_model(good, folder.path(), "mine", {}), std::nullopt);
  EXPECT_EQ(content_of(folder.path() / "ggml-mine.bin"), whole_model_content());
  EXPECT_THAT(*adapters::add_model(good, folder.path(), "mine", {}), HasSubstr("there already"));
  EXPECT_THAT(*adapters::add_model(bad, folder.path(), "bad", {}), HasSubstr("not a ggml"));
  EXPECT_THAT(*adapters::add_model(cut, folder.path(), "cut", {}),
              HasSubstr("cut.bin ends too early: it was cut off"));
  EXPECT_THAT(*adapters::add_model(folder.path(), folder.path(), "dir", {}), HasSubstr("folder"));
  EXPECT_THAT(*adapters::add_model("/no/such", folder.path(), "x", {}), HasSubstr("not there"));
  adapters::AddOptions stop;
  stop.go_on = [](std::int64_t at) { return at == 0; };
  EXPECT_EQ(adapters::add_model(good, folder.path(), "stopped", stop), "");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "ggml-stopped.bin"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "ggml-stopped.bin.part"));
}

TEST(ModelsFolder, ALinkSharesTheFile) {
  const TemporaryFolder folder;
  const std::string good = folder.write("my.bin", whole_model_content());
  adapters::AddOptions link;
  link.link = true;
  EXPECT_EQ(adapters::add_model(good, folder.path(), "mine", link), std::nullopt);
  EXPECT_EQ(std::filesystem::hard_link_count(good), 2U);
}

TEST(ModelsFolder, APublishedNameIsForThePublishedFileOnly) {
  const TemporaryFolder folder;
  const std::string mine = folder.write("my.bin", whole_model_content());
  EXPECT_THAT(*adapters::add_model(mine, folder.path(), "tiny", {}),
              AllOf(HasSubstr("is not the published tiny"), HasSubstr("--name")));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "ggml-tiny.bin"));
}

TEST(ModelsFolder, TellsWhyAFileCannotBeLoaded) {
  const TemporaryFolder folder;
  EXPECT_EQ(adapters::why_not_loadable(folder.write("good", made_model_content(100))),
            std::nullopt);
  EXPECT_EQ(adapters::why_not_loadable(folder.path() / "none"), "is not there");
  EXPECT_THAT(
      *adapters::why_not_loadable(folder.write("cut", made_model_content(100).substr(0, 30))),
      HasSubstr("cut off"));
}

TEST(ModelsFolder, NamesCannotLeaveIt) {
  for (const char* name : {"", ".", "..", "a/b", "../a", "-rf", ".hidden", "a b"}) {
    EXPECT_FALSE(adapters::is_model_name(name)) << name;
  }
  EXPECT_TRUE(adapters::is_model_name("large-v3.en_q5"));
}

TEST(FileDigest, GivesThePublishedSumsOfKnownBytes) {
  // FIPS 180-2's first example.
  EXPECT_EQ(digests_of("abc").sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(digests_of("abc").sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HttpDownload, TellsAUrlsHost) {
  EXPECT_EQ(adapters::host_of("https://huggingface.co/a/b"), "huggingface.co");
  EXPECT_EQ(adapters::host_of("http://127.0.0.1:80/a"), "127.0.0.1:80");
  EXPECT_EQ(adapters::host_of("nonsense"), "");
}

}  // namespace
}  // namespace transcribed::tests
