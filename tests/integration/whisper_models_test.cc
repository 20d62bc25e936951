// Whisper models and the real daemon: what it says and refuses without their files, and that a file
// that comes while it runs serves at once. The engine is a puppet, so no libwhisper is needed.
#include <fstream>

#include "tests/fakes/client_process.h"
#include "tests/integration/daemon_fixture.h"
#include "tests/integration/made_model.h"

namespace transcribed::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class WhisperModels : public DaemonTest {
 protected:
  WhisperModels() {
    const auto real = std::filesystem::path(TRANSCRIBED_DAEMON).parent_path().parent_path() /
                      "libexec/transcribed";
    std::filesystem::create_directories(libexec());
    std::filesystem::create_symlink(real / "transcribed-keeper", libexec() / "transcribed-keeper");
    program("transcribed-engine-pocketsphinx");
    program("transcribed-engine-whisper");
  }

  void program(const std::string& name) {
    const std::filesystem::path file = libexec() / name;
    std::ofstream(file) << "#!/bin/sh\nexec " TRANSCRIBED_PYTHON " -I -S " TRANSCRIBED_FAKES
                           "/engines/puppet_worker.py '"
                        << (folder_.path() / "engines").string() << "'\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  void start_whisper(const std::string& config, std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--libexec-dir", libexec().string()});
    start(config, flags);
  }
  void put_model(const std::string& name) const {
    std::filesystem::create_directories(models());
    const auto file = models() / ("ggml-" + name + ".bin");
    std::ofstream(file, std::ios::binary) << made_model_content(1'000);
    // Sparse: what follows is read by nobody here.
    std::filesystem::resize_file(
        file, static_cast<std::uintmax_t>(core::find_whisper_model(name)->bytes));
  }

  std::filesystem::path libexec() const { return folder_.path() / "libexec"; }
  std::filesystem::path models() const { return data_folder() / "models"; }
  boost::json::object model_named(const std::string& name) {
    const auto answer = api().get("/api/models").json();
    for (const auto& one : answer.at("models").as_array()) {
      if (one.at("name").as_string() == name) return one.as_object();
    }
    return {};
  }
};

TEST_F(WhisperModels, AFirstStartSaysWhatToDoAndServesWhatItHas) {
  start_whisper("");
  EXPECT_TRUE(daemon_->says("INFO: No Whisper model is here yet: `transcribe models pull small`"));
  EXPECT_THAT(daemon_->lines_with("WARN: Model"), IsEmpty());
  const auto answer = api().get("/api/models").json();
  ASSERT_EQ(answer.at("models").as_array().size(), 1U);
  EXPECT_TRUE(model_named("pocketsphinx").at("default").as_bool());
  EXPECT_EQ(answer.at("models_dir").as_string(), models().string());
  api().wait_for(api().submit(recording("done")), "completed");
}

TEST_F(WhisperModels, AModelThatComesWhileItRunsServesAtOnce) {
  start_whisper("");
  const auto refused = api().post("/api/jobs", {{"path", recording("done")}, {"model", "small"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code(), "model_missing");
  EXPECT_THAT(refused.message(), AllOf(HasSubstr("model 'small' cannot be used now"),
                                       HasSubstr("`transcribe models pull small`")));
  EXPECT_EQ(api().get("/api/jobs").json().at("jobs").as_array().size(), 0U);

  put_model("small");
  EXPECT_TRUE(model_named("small").at("available").as_bool());
  EXPECT_EQ(model_named("small").at("engine").as_string(), "whisper");
  api().wait_for(api().submit(recording("done"), {{"model", "small"}}), "completed");
}

TEST_F(WhisperModels, ADefaultThatIsNotThereIsAnErrorAndNeverAnotherModel) {
  start_whisper("default_model = \"medium\"\n");
  EXPECT_TRUE(daemon_->says("WARN: Model medium cannot be used now"));
  EXPECT_THAT(daemon_->lines_with("No Whisper model is here yet"), IsEmpty());
  EXPECT_FALSE(model_named("medium").at("available").as_bool());
  EXPECT_THAT(std::string(model_named("medium").at("message").as_string()),
              HasSubstr("`transcribe models pull medium`"));
  const auto refused = api().upload("a.wav", "done");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.message(), HasSubstr("the default model 'medium' cannot be used now"));
  put_model("medium");
  api().wait_for(api().submit(recording("done")), "completed");
}

TEST_F(WhisperModels, ADamagedFileIsRefusedBeforeAnyEngineSeesIt) {
  std::filesystem::create_directories(models());
  std::ofstream(models() / "ggml-small.bin") << "<!DOCTYPE html>";
  start_whisper("[models.small]\nengine = \"whisper\"\n");
  EXPECT_TRUE(daemon_->says("is a web page"));
  EXPECT_THAT(api().upload("a.wav", "done").message(), HasSubstr("is a web page"));
}

TEST_F(WhisperModels, WithoutTheEngineItSaysThatTheBuildHasNone) {
  std::filesystem::remove(libexec() / "transcribed-engine-whisper");
  put_model("small");
  start_whisper("[models.small]\nengine = \"whisper\"\n");
  EXPECT_TRUE(daemon_->says("the engine whisper is not in this build"));
  EXPECT_EQ(api().upload("a.wav", "done").code(), "model_missing");
}

TEST_F(WhisperModels, TheCommandPutsModelsWhereTheServerLooks) {
  start_whisper("");
  const std::string file = folder_.write("my.bin", whole_model_content());
  fakes::ProcessSettings wanted;
  wanted.command = {TRANSCRIBE_PROGRAM, "models", "add", file, "--name", "own"};
  wanted.environment = {
      {"TRANSCRIBED_SERVER", "http://127.0.0.1:" + std::to_string(daemon_->port())},
      {"TRANSCRIBED_MODELS_DIR", ""},
      {"HOME", folder_.path().string()},
      {"TRANSCRIBED_API_KEY", ""}};
  fakes::ClientProcess process(wanted);
  EXPECT_EQ(process.wait(), 0) << process.err();
  EXPECT_TRUE(std::filesystem::exists(models() / "ggml-own.bin"));
  EXPECT_THAT(process.err(), Not(HasSubstr("no transcribed server")));
}

}  // namespace
}  // namespace transcribed::tests
