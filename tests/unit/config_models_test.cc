// [models.NAME]: the built-in model, the default model, commands.
#include "tests/unit/config_fixture.h"

namespace transcribed::daemon {
namespace {

using core::EngineKind;
using core::Model;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ConfigModels : public ConfigFixture {
 protected:
  ConfigModels() {
    around_.environment["PATH"] = path("programs");
    write_program("programs/w");
  }
  std::string write_program(const std::string& name) {
    write(name, "");
    ::chmod(path(name).c_str(), 0755);
    return path(name);
  }
  static std::string worker(const std::string& name) {
    return "[models." + name + "]\nengine = \"worker\"\ncommand = [\"w\"]\n";
  }
};

TEST_F(ConfigModels, WithoutAnyThereIsPocketsphinxAndItIsTheDefault) {
  const Config c = config();
  ASSERT_THAT(c.models, SizeIs(1));
  const Model& model = c.models.at("pocketsphinx");
  EXPECT_EQ(model.name, "pocketsphinx");
  EXPECT_EQ(model.engine, "pocketsphinx");
  EXPECT_EQ(model.kind, EngineKind::worker);
  EXPECT_THAT(model.command,
              ElementsAre(path("libexec/transcribed/transcribed-engine-pocketsphinx")));
  EXPECT_EQ(model.vram_mb, 0);
  EXPECT_EQ(model.ram_mb, 300);
  EXPECT_EQ(c.default_model, "pocketsphinx");
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST_F(ConfigModels, TheOnlyOneConfiguredIsTheDefault) {
  const Config c = file_config(worker("mine"));
  EXPECT_EQ(c.default_model, "mine");
  EXPECT_THAT(c.models, SizeIs(2)) << "pocketsphinx is always there";
}

TEST_F(ConfigModels, OfSeveralNoneIsTheDefaultUnlessNamed) {
  EXPECT_EQ(file_config(worker("a") + worker("b")).default_model, std::nullopt);
  EXPECT_EQ(file_config("default_model = \"b\"\n" + worker("a") + worker("b")).default_model, "b");
  EXPECT_EQ(file_config(worker("a") + worker("b"), {"--default-model", "a"}).default_model, "a");
}

TEST_F(ConfigModels, PocketsphinxCanBeConfiguredAnew) {
  const Config c =
      file_config("[models.pocketsphinx]\nengine = \"pocketsphinx\"\nram_mb = 500\nthreads = 2\n");
  ASSERT_THAT(c.models, SizeIs(1));
  const Model& model = c.models.at("pocketsphinx");
  EXPECT_EQ(model.ram_mb, 500);
  EXPECT_EQ(model.vram_mb, 0);
  EXPECT_EQ(model.threads, 2);
  EXPECT_THAT(model.command, SizeIs(1));
}

TEST_F(ConfigModels, TheNamePocketsphinxMayRunAnotherEngine) {
  EXPECT_EQ(file_config(worker("pocketsphinx")).models.at("pocketsphinx").engine, "worker");
}

TEST_F(ConfigModels, EveryKeyOfAModelIsTaken) {
  const Config c = file_config(R"([models."large-v3.en"]
engine = "worker"
command = ["python3", "-u", "w.py"]
file = "large"
vram_mb = 1
ram_mb = 0
jobs_per_process = 3
threads = 4
silence_timeout_s = 5
idle_timeout_s = 0
)");
  Model expected;
  expected.name = "large-v3.en";
  expected.engine = "worker";
  expected.kind = EngineKind::worker;
  expected.command = {"python3", "-u", "w.py"};
  expected.file = "large";
  expected.vram_mb = 1;
  expected.ram_mb = 0;
  expected.jobs_per_process = 3;
  expected.threads = 4;
  expected.silence_timeout = std::chrono::seconds(5);
  expected.idle_timeout = std::chrono::seconds(0);
  EXPECT_EQ(c.models.at("large-v3.en"), expected);
}

TEST_F(ConfigModels, WhatItsJobsShareIsTaken) {
  const Model model = file_config(worker("m") +
                                  "sharing = \"model\"\nweights_mb = 1500\nstate_mb = 700\n"
                                  "threads = \"auto\"\n")
                          .models.at("m");
  EXPECT_EQ(model.sharing, core::Sharing::model);
  EXPECT_EQ(model.weights_mb, 1500);
  EXPECT_EQ(model.state_mb, 700);
  EXPECT_EQ(model.threads, 0);
  EXPECT_EQ(model.jobs_per_process, std::nullopt);
  EXPECT_EQ(file_config(worker("m") + "sharing = \"none\"\n").models.at("m").sharing,
            core::Sharing::none);
  EXPECT_EQ(file_config(worker("m")).models.at("m").sharing, core::Sharing::none);
}

TEST_F(ConfigModels, SharingThatIsNoneOfTheTwoIsRefused) {
  EXPECT_THAT(file_refusal(worker("m") + "sharing = \"modell\"\n"),
              HasSubstr("did you mean model?"));
  EXPECT_THAT(file_refusal(worker("m") + "sharing = 3\n"), HasSubstr("models.m.sharing"));
  EXPECT_THAT(file_refusal("[models.m]\nengine = \"command\"\ncommand = [\"c\", "
                           "\"{audio}\"]\nsharing = \"model\"\n"),
              HasSubstr("means nothing to a command engine"));
  EXPECT_THAT(file_refusal(worker("m") + "threads = \"many\"\n"), HasSubstr("models.m.threads"));
}

TEST_F(ConfigModels, WhatAModelCostsIsLeftOpenForThePolicy) {
  const Model model = file_config(worker("m")).models.at("m");
  EXPECT_EQ(model.vram_mb, std::nullopt);
  EXPECT_EQ(model.ram_mb, std::nullopt);
}

TEST_F(ConfigModels, FilesBesideTheConfigFileAreMadeAbsolute) {
  write("my_whisper.py", "");
  write("bin/tool", "");
  write("sh", "");
  write("ggml/readme", "");
  const Config c = file_config(R"([models.a]
engine = "command"
command = ["python3", "my_whisper.py", "{audio}", "other.py", ".", "--x=my_whisper.py"]
file = "ggml"
[models.b]
engine = "command"
command = ["./bin/tool", "{audio}"]
[models.c]
engine = "command"
command = ["sh", "{audio}"]
)");
  EXPECT_THAT(c.models.at("a").command, ElementsAre("python3", path("my_whisper.py"), "{audio}",
                                                    "other.py", ".", "--x=my_whisper.py"));
  EXPECT_EQ(c.models.at("a").file, path("ggml"));
  EXPECT_THAT(c.models.at("b").command, ElementsAre(path("bin/tool"), "{audio}"));
  EXPECT_THAT(c.models.at("c").command, ElementsAre("sh", "{audio}")) << "looked up on PATH";
}

TEST_F(ConfigModels, AModelFileThatIsNotThereIsAWarning) {
  const Config c = file_config(worker("m") + "file = \"/no/such/model.bin\"\n");
  EXPECT_EQ(c.models.at("m").file, "/no/such/model.bin");
  EXPECT_THAT(c.warnings, ElementsAre(HasSubstr("models.m.file")));
}

TEST_F(ConfigModels, AProgramThatCannotBeStartedIsAWarningWithTheReason) {
  around_.environment["PATH"] = path("first") + ":" + path("tools");
  write_program("tools/there");
  write("first/deaf", "");
  write("beside.sh", "");
  const auto warned = [&](const std::string& program) {
    return file_config("[models.m]\nengine = \"command\"\ncommand = [\"" + program +
                       "\", \"{audio}\"]\n")
        .warnings;
  };
  EXPECT_THAT(warned("there"), IsEmpty());
  EXPECT_THAT(warned("{model}"), IsEmpty()) << "known only once there is a job";
  EXPECT_THAT(warned("nosuch"),
              ElementsAre(AllOf(HasSubstr("models.m.command ("), HasSubstr("t.toml:3)"),
                                HasSubstr("starts \"nosuch\", which is not on PATH; until it is, "
                                          "jobs of this model fail."))));
  EXPECT_THAT(warned("deaf"),
              ElementsAre(HasSubstr("is not executable (" + path("first/deaf") + ")")));
  EXPECT_THAT(warned("./beside.sh"),
              ElementsAre(HasSubstr("is not executable (" + path("beside.sh") + ")")));
  EXPECT_THAT(warned("./nosuch.sh"), ElementsAre(HasSubstr("is not beside the config file")));
  EXPECT_THAT(warned("/no/such"), ElementsAre(HasSubstr("is not there")));
}

TEST_F(ConfigModels, EveryPlaceholderAndOtherBracesAreTaken) {
  const Config c = file_config(R"([models.m]
engine = "command"
command = ["t", "{audio}{model}{language}{output}{device}", "{\"a\":1}", "${HOME}", "{}", "{", "{A}"]
)");
  EXPECT_THAT(c.models.at("m").command, SizeIs(7));
  EXPECT_EQ(c.models.at("m").kind, EngineKind::command);
}

TEST_F(ConfigModels, AnEngineThatIsNotInstalledIsAWarning) {
  EXPECT_THAT(config({"--libexec-dir", "/no/such/folder"}).warnings,
              ElementsAre(HasSubstr("/no/such/folder/transcribed-engine-pocketsphinx")));
}

}  // namespace
}  // namespace transcribed::daemon
