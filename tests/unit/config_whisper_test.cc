// engine = "whisper", the catalogue's models without a section, and the models folder.
#include <algorithm>

#include "core/whisper_models.h"
#include "daemon/model_files.h"
#include "tests/unit/config_fixture.h"

namespace transcribed::daemon {
namespace {

using core::Model;
using core::Sharing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ConfigWhisper : public ConfigFixture {
 protected:
  ConfigWhisper() { install("transcribed-engine-whisper"); }

  void install(const std::string& program) {
    write("libexec/transcribed/" + program, "");
    ::chmod(path("libexec/transcribed/" + program).c_str(), 0755);
  }
  // A head that is right, and nothing behind it.
  std::string put_model(const std::string& name) {
    std::string head("lmgg");
    for (const int value : {51865, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 1}) {
      for (int shift = 0; shift < 32; shift += 8) head += static_cast<char>(value >> shift & 0xff);
    }
    const std::string file = write(in_models("ggml-" + name + ".bin"), head);
    std::filesystem::resize_file(
        file, static_cast<std::uintmax_t>(core::find_whisper_model(name)->bytes));  // sparse
    return file;
  }
  static std::string in_models(const std::string& file) {
    return "home/.local/share/transcribed/models/" + file;
  }
};

TEST_F(ConfigWhisper, ASectionNamedAsAPublishedModelIsThatModel) {
  put_model("medium");
  const Config c = file_config("[models.medium]\nengine = \"whisper\"\n");
  const Model& model = c.models.at("medium");
  EXPECT_EQ(model.engine, "whisper");
  EXPECT_EQ(model.kind, core::EngineKind::worker);
  EXPECT_THAT(model.command, ElementsAre(path("libexec/transcribed/transcribed-engine-whisper")));
  EXPECT_EQ(model.file, path(in_models("ggml-medium.bin")));
  EXPECT_EQ(model.published_as, "medium");
  EXPECT_EQ(model.sharing, Sharing::model);
  EXPECT_EQ(model.threads, 0) << "by the machine's cores";
  EXPECT_EQ(model.catalogue_weights_mb, 1462);
  EXPECT_EQ(model.catalogue_state_mb, 400 + 289) << "the fallback's larger cache included";
  EXPECT_EQ(model.weights_mb, std::nullopt) << "nobody set it by hand";
  EXPECT_FALSE(model.implied);
  EXPECT_EQ(c.default_model, "medium");
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST_F(ConfigWhisper, ASectionMaySayWhichPublishedModelItIsAndWhatItsKeysAre) {
  put_model("small");
  const Config c = file_config(
      "[models.quick]\nengine = \"whisper\"\ncatalogue = \"small\"\nsharing = \"none\"\n"
      "weights_mb = 1\nstate_mb = 2\n");
  const Model& model = c.models.at("quick");
  EXPECT_EQ(model.file, path(in_models("ggml-small.bin")));
  EXPECT_EQ(model.published_as, "small");
  EXPECT_EQ(model.sharing, Sharing::none);
  EXPECT_EQ(model.weights_mb, 1);
  EXPECT_EQ(model.state_mb, 2);
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST_F(ConfigWhisper, AModelOfOnesOwnLiesUnderItsNameOrWhereItsFileIs) {
  const Config c = file_config(
      "default_model = \"mine\"\n[models.mine]\nengine = \"whisper\"\n"
      "[models.other]\nengine = \"whisper\"\nfile = \"x/y.bin\"\n"
      "[models.third]\nengine = \"whisper\"\nfile = \"/z.bin\"\n");
  EXPECT_EQ(c.models.at("mine").file, path(in_models("ggml-mine.bin")));
  EXPECT_EQ(c.models.at("mine").published_as, "");
  EXPECT_EQ(c.models.at("other").file, path("x/y.bin"));
  EXPECT_EQ(c.models.at("third").file, "/z.bin");
  EXPECT_THAT(c.warnings, ElementsAre(HasSubstr("models add FILE --name mine"),
                                      HasSubstr(path("x/y.bin")), HasSubstr("/z.bin")));
}

TEST_F(ConfigWhisper, AModelForVoiceActivityIsBesideTheConfigFileOrAbsolute) {
  put_model("medium");
  put_model("small");
  write("vad.bin", "");
  const Config c = file_config(
      "default_model = \"small\"\n[models.medium]\nengine = \"whisper\"\nvad_file = \"vad.bin\"\n"
      "[models.small]\nengine = \"whisper\"\nvad_file = \"/nowhere/vad.bin\"\n");
  EXPECT_EQ(c.models.at("medium").vad_file, path("vad.bin"));
  EXPECT_EQ(why_unavailable(c.models.at("medium")), std::nullopt);
  EXPECT_EQ(c.models.at("small").vad_file, "/nowhere/vad.bin");
  EXPECT_THAT(c.warnings, ElementsAre(AllOf(HasSubstr("Model small cannot be used now"),
                                            HasSubstr("its vad_file /nowhere/vad.bin is not there"),
                                            HasSubstr("remove vad_file"))));
}

TEST_F(ConfigWhisper, AVadFileThatMakesNoSenseIsRefused) {
  EXPECT_THAT(file_refusal("[models.a]\nengine = \"whisper\"\nvad_file = \"\"\n"),
              HasSubstr("is empty"));
  EXPECT_THAT(file_refusal("[models.a]\nengine = \"whisper\"\nvad_file = 3\n"),
              HasSubstr("vad_file"));
  EXPECT_THAT(file_refusal("[models.a]\nengine = \"worker\"\ncommand = [\"x\"]\n"
                           "vad_file = \"/vad.bin\"\n"),
              HasSubstr("use engine = \"whisper\""));
}

TEST_F(ConfigWhisper, AMissingFileIsAWarningWithTheWayOut) {
  const Config c = file_config("[models.medium]\nengine = \"whisper\"\n");
  EXPECT_EQ(c.default_model, "medium") << "never silently another one";
  EXPECT_THAT(c.warnings, ElementsAre(AllOf(HasSubstr("Model medium"), HasSubstr("is not there"),
                                            HasSubstr("`transcribe models pull medium`"))));
}

TEST_F(ConfigWhisper, AMissingFileThatTheConfigNamesIsNotMadeGoodByTheModelsFolderAlone) {
  EXPECT_THAT(file_config("[models.mine]\nengine = \"whisper\"\n").warnings,
              ElementsAre(HasSubstr("not there; bring it in with `transcribe models add FILE "
                                    "--name mine`")));
  for (const std::string name : {"mine", "medium"}) {
    const std::string section = "[models." + name + "]\nengine = \"whisper\"\n";
    EXPECT_THAT(file_config(section + "file = \"/no/where.bin\"\n").warnings,
                ElementsAre(AllOf(
                    HasSubstr("/no/where.bin is not there; put it there, or leave "
                              "out `file`"),
                    HasSubstr(name == "mine" ? "add FILE --name mine" : "models pull medium"))));
  }
}

TEST_F(ConfigWhisper, ADamagedFileIsAWarning) {
  write(in_models("ggml-medium.bin"), "<!DOCTYPE html>");
  EXPECT_THAT(file_config("[models.medium]\nengine = \"whisper\"\n").warnings,
              ElementsAre(HasSubstr("is a web page")));
}

TEST_F(ConfigWhisper, AnEngineThatIsNotInTheBuildIsAWarning) {
  put_model("medium");
  const Config c = file_config("[models.medium]\nengine = \"whisper\"\n[server]\nlibexec_dir = \"" +
                               path("elsewhere") + "\"\n");
  EXPECT_THAT(c.warnings, Contains(AllOf(HasSubstr("Model medium"), HasSubstr("not in this build"),
                                         HasSubstr("transcribed-engine-whisper"))));
}

TEST_F(ConfigWhisper, TheDefaultModelAloneSufficesForAPublishedOne) {
  put_model("small");
  const Config c = config({"--default-model", "small"});
  EXPECT_EQ(c.default_model, "small");
  EXPECT_EQ(c.models.at("small").engine, "whisper");
  EXPECT_TRUE(c.models.at("small").implied);
  EXPECT_THAT(c.warnings, IsEmpty());
  EXPECT_THAT(config({"--default-model", "medium"}).warnings,
              ElementsAre(HasSubstr("`transcribe models pull medium`")));
}

TEST_F(ConfigWhisper, ADefaultModelThatIsASlipOfAPublishedOneIsRefused) {
  EXPECT_THAT(refusal({"--default-model", "smal"}), HasSubstr("did you mean small?"));
}

TEST_F(ConfigWhisper, EveryPublishedModelCanBeNamedOnceItsFileIsThere) {
  const Config c = config();
  for (const core::WhisperModel& published : core::whisper_models()) {
    const Model& model = c.models.at(std::string(published.name));
    EXPECT_TRUE(model.implied);
    EXPECT_EQ(model.published_as, published.name);
    EXPECT_EQ(model.sharing, Sharing::model);
  }
  EXPECT_THAT(c.warnings, IsEmpty()) << "nobody asked for them";
  const Model& small = c.models.at("small");
  EXPECT_THAT(*why_unavailable(small), HasSubstr("`transcribe models pull small`"));
  put_model("small");
  EXPECT_EQ(why_unavailable(small), std::nullopt);
}

TEST_F(ConfigWhisper, APublishedModelThatWasCutOffIsNotOffered) {
  std::filesystem::resize_file(put_model("small"), 1'000'000);
  EXPECT_THAT(*why_unavailable(config().models.at("small")),
              AllOf(HasSubstr("1000000 bytes in place of 487601967"), HasSubstr("rm small")));
  EXPECT_EQ(config().default_model, "pocketsphinx");
  EXPECT_THAT(file_config("[models.small]\nengine = \"whisper\"\n").warnings, IsEmpty())
      << "a section may be of a model of one's own";
}

TEST_F(ConfigWhisper, WithoutTheEngineOnlyWhatIsAskedForIsThere) {
  std::filesystem::remove(path("libexec/transcribed/transcribed-engine-whisper"));
  EXPECT_FALSE(config().models.contains("small"));
  const Config c = config({"--default-model", "small"});
  EXPECT_EQ(c.default_model, "small");
  EXPECT_THAT(c.warnings, ElementsAre(HasSubstr("not in this build")));
}

TEST_F(ConfigWhisper, WithNothingConfiguredTheLargestMultilingualModelHereIsTheDefault) {
  EXPECT_EQ(config().default_model, "pocketsphinx");
  put_model("medium.en");
  EXPECT_EQ(config().default_model, "medium.en");
  put_model("tiny");
  EXPECT_EQ(config().default_model, "tiny");
  put_model("small");
  EXPECT_EQ(config().default_model, "small");
  write(in_models("ggml-large-v3.bin"), "damaged");
  EXPECT_EQ(config().default_model, "small");
  EXPECT_EQ(config({"--default-model", "pocketsphinx"}).default_model, "pocketsphinx");
  EXPECT_EQ(file_config("[models.w]\nengine = \"worker\"\ncommand = [\"w\"]\n").default_model, "w");
}

TEST_F(ConfigWhisper, TheLogSaysWhatToDoFirst) {
  const auto words = [&](const Config& c) { return whisper_words(c.models, *c.default_model); };
  EXPECT_THAT(words(config()), AllOf(HasSubstr("`transcribe models pull small`"),
                                     HasSubstr("466 MB"), HasSubstr("pocketsphinx")));
  EXPECT_EQ(words(file_config("[models.w]\nengine = \"worker\"\ncommand = [\"w\"]\n")), "")
      << "who has configured others knows what they want";
  EXPECT_EQ(words(config({"--default-model", "medium"})), "") << "a warning told already";
  put_model("tiny");
  EXPECT_THAT(words(config()), HasSubstr("The default model is tiny"));
  std::filesystem::remove(path("libexec/transcribed/transcribed-engine-whisper"));
  EXPECT_EQ(words(config()), "");
}

TEST_F(ConfigWhisper, TheModelsFolderIsTheFlagsThenTheVariablesThenTheFilesThenTheDataFolders) {
  EXPECT_EQ(config().models_dir, path("home/.local/share/transcribed/models"));
  EXPECT_EQ(config({"--data-dir", "/d"}).models_dir, "/d/models");
  const std::string file = "[storage]\ndata_dir = \"/d\"\nmodels_dir = \"/file\"\n";
  EXPECT_EQ(file_config(file).models_dir, "/file");
  around_.environment["TRANSCRIBED_MODELS_DIR"] = "/variable";
  EXPECT_EQ(file_config(file).models_dir, "/variable");
  EXPECT_EQ(file_config(file, {"--models-dir", "/flag"}).models_dir, "/flag");
  EXPECT_EQ(config({"--models-dir", "m"}).models_dir, std::filesystem::current_path() / "m");
}

TEST_F(ConfigWhisper, CheckShowsWhatCanBeNamed) {
  put_model("small");
  const auto result = load({"--check"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, 0);
  EXPECT_THAT(result.error().text, AllOf(HasSubstr("storage.models_dir"), HasSubstr("models.small"),
                                         HasSubstr("engine whisper, 3000 MB VRAM, 2000 MB RAM"),
                                         Not(HasSubstr("models.large-v3"))));
  const auto ledger = load({"--check", "--vram-accounting", "ledger"});
  ASSERT_FALSE(ledger);
  EXPECT_THAT(ledger.error().text,
              AllOf(HasSubstr("engine whisper, 465 MB VRAM and 337 MB a job, 2000 MB RAM"),
                    HasSubstr("engine pocketsphinx, 0 MB VRAM, 300 MB RAM")));
}

}  // namespace
}  // namespace transcribed::daemon
