// Where settings come from and which of them counts; --check, --help, --version.
#include "tests/unit/config_fixture.h"

namespace transcribed::daemon {
namespace {

using core::ResourcePolicy;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ConfigSources : public ConfigFixture {};

TEST_F(ConfigSources, DefaultsAreThoseOfTheContract) {
  const Config c = config();
  EXPECT_EQ(c.resources, ResourcePolicy{});
  EXPECT_EQ(c.resources.vram_per_job_mb, 3'000);
  EXPECT_EQ(c.resources.vram_headroom_mb, 2'000);
  EXPECT_EQ(c.resources.min_system_ram_mb, 4'000);
  EXPECT_EQ(c.resources.ram_per_job_mb, 2'000);
  EXPECT_EQ(c.resources.ram_wait_timeout, seconds(300));
  EXPECT_EQ(c.resources.on_ram_timeout, ResourcePolicy::OnRamTimeout::proceed);
  EXPECT_EQ(c.listen.host, "127.0.0.1");
  EXPECT_EQ(c.listen.port, 8585);
  EXPECT_EQ(c.http.max_upload_mb, 4'096);
  EXPECT_EQ(c.http.min_free_disk_mb, 512);
  EXPECT_EQ(c.http.max_connections, 512);
  EXPECT_EQ(c.http.max_event_readers, 10'000);
  EXPECT_EQ(c.http.abandoned_after, std::chrono::seconds(120));
  EXPECT_EQ(c.drain_timeout, seconds(30));
  EXPECT_EQ(c.log_level, LogLevel::info);
  EXPECT_FALSE(c.log_timestamps);
  EXPECT_THAT(c.api_key, IsEmpty());
  EXPECT_THAT(c.allowed_paths, IsEmpty());
  EXPECT_THAT(c.gpus, IsEmpty());
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST_F(ConfigSources, AFlagCountsForMoreThanAVariableAVariableForMoreThanTheFile) {
  const std::string file =
      "[resources]\nvram_per_job_mb = 1\nvram_headroom_mb = 1\n"
      "ram_per_job_mb = 1\n";
  around_.environment["TRANSCRIBED_VRAM_PER_JOB_MB"] = "2";
  around_.environment["TRANSCRIBED_VRAM_HEADROOM_MB"] = "2";
  const Config c = file_config(file, {"--vram-per-job-mb", "3"});
  EXPECT_EQ(c.resources.vram_per_job_mb, 3);
  EXPECT_EQ(c.resources.vram_headroom_mb, 2);
  EXPECT_EQ(c.resources.ram_per_job_mb, 1);
  EXPECT_EQ(c.resources.min_system_ram_mb, 4'000);
}

TEST_F(ConfigSources, AnEmptyVariableCountsAsNotSet) {
  around_.environment["TRANSCRIBED_VRAM_PER_JOB_MB"] = "";
  EXPECT_EQ(config().resources.vram_per_job_mb, 3'000);
}

TEST_F(ConfigSources, EverySettingOfTheFileIsTaken) {
  const Config c = file_config(R"(
default_model = "m"
[server]
listen = "[::1]:0"
api_key = "0123456789abcdef"
max_upload_mb = 11
max_connections = 12
allowed_hosts = ["box.example", "box.example:8585"]
allowed_origins = ["https://a.example"]
drain_timeout_s = 13
log_level = "debug"
log_timestamps = true
libexec_dir = "/opt/libexec"
[storage]
data_dir = "/srv/data/../jobs"
allowed_paths = ["/usr"]
min_free_disk_mb = 14
[resources]
vram_per_job_mb = 15
vram_headroom_mb = 16
min_system_ram_mb = 17
ram_per_job_mb = 0
ram_wait_timeout_s = 18
on_ram_timeout = "wait"
vram_accounting = "ledger"
[cpu]
slots = 6
threads = 2
[gpus.0]
slots = 3
[gpus.12]
enabled = false
[models.m]
engine = "worker"
command = ["w"]
)");
  EXPECT_EQ(c.default_model, "m");
  EXPECT_EQ(c.listen.host, "::1");
  EXPECT_EQ(c.listen.port, 0);
  EXPECT_EQ(c.api_key, "0123456789abcdef");
  EXPECT_EQ(c.http.max_upload_mb, 11);
  EXPECT_EQ(c.http.max_connections, 12);
  EXPECT_THAT(c.http.allowed_hosts, ElementsAre("box.example", "box.example:8585"));
  EXPECT_THAT(c.http.allowed_origins, ElementsAre("https://a.example"));
  EXPECT_EQ(c.drain_timeout, seconds(13));
  EXPECT_EQ(c.log_level, LogLevel::debug);
  EXPECT_TRUE(c.log_timestamps);
  EXPECT_EQ(c.keeper(), "/opt/libexec/transcribed-keeper");
  EXPECT_EQ(c.data_dir, "/srv/jobs");
  EXPECT_THAT(c.allowed_paths, ElementsAre("/usr"));
  EXPECT_EQ(c.http.min_free_disk_mb, 14);
  EXPECT_EQ(c.resources.vram_per_job_mb, 15);
  EXPECT_EQ(c.resources.vram_headroom_mb, 16);
  EXPECT_EQ(c.resources.min_system_ram_mb, 17);
  EXPECT_EQ(c.resources.ram_per_job_mb, 0);
  EXPECT_EQ(c.resources.ram_wait_timeout, seconds(18));
  EXPECT_EQ(c.resources.on_ram_timeout, ResourcePolicy::OnRamTimeout::wait);
  EXPECT_EQ(c.resources.vram_accounting, core::VramAccounting::ledger);
  EXPECT_EQ(c.resources.cpu_slots, 6);
  EXPECT_EQ(c.resources.cpu_threads, 2);
  EXPECT_EQ(c.gpus, (core::GpuSettingsById{{0, {true, 3}}, {12, {false, std::nullopt}}}));
}

TEST_F(ConfigSources, EveryFlagIsTaken) {
  const Config c = config({"--listen=localhost:1",
                           "--max-upload-mb",
                           "2",
                           "--max-connections",
                           "3",
                           "--allowed-hosts",
                           "a.example, b.example",
                           "--allowed-origins",
                           "http://c.example:8080",
                           "--drain-timeout-s",
                           "0",
                           "--log-level",
                           "warn",
                           "--log-timestamps",
                           "--libexec-dir",
                           "/l",
                           "--data-dir",
                           "/d",
                           "--models-dir",
                           "/m",
                           "--allowed-paths",
                           "/usr:/tmp",
                           "--min-free-disk-mb",
                           "0",
                           "--vram-per-job-mb",
                           "5",
                           "--vram-headroom-mb",
                           "0",
                           "--min-system-ram-mb",
                           "0",
                           "--ram-per-job-mb",
                           "0",
                           "--ram-wait-timeout-s",
                           "0",
                           "--on-ram-timeout",
                           "wait",
                           "--default-model",
                           "pocketsphinx"});
  EXPECT_EQ(c.listen.host, "127.0.0.1");
  EXPECT_EQ(c.listen.port, 1);
  EXPECT_EQ(c.http.max_upload_mb, 2);
  EXPECT_EQ(c.http.max_connections, 3);
  EXPECT_THAT(c.http.allowed_hosts, ElementsAre("a.example", "b.example"));
  EXPECT_THAT(c.http.allowed_origins, ElementsAre("http://c.example:8080"));
  EXPECT_EQ(c.drain_timeout, seconds(0));
  EXPECT_EQ(c.log_level, LogLevel::warn);
  EXPECT_TRUE(c.log_timestamps);
  EXPECT_EQ(c.libexec_dir, "/l");
  EXPECT_EQ(c.data_dir, "/d");
  EXPECT_EQ(c.models_dir, "/m");
  EXPECT_THAT(c.allowed_paths, ElementsAre("/usr", "/tmp"));
  EXPECT_EQ(c.http.min_free_disk_mb, 0);
  EXPECT_EQ(c.resources.vram_per_job_mb, 5);
  EXPECT_EQ(c.resources.ram_wait_timeout, seconds(0));
  EXPECT_EQ(c.resources.on_ram_timeout, ResourcePolicy::OnRamTimeout::wait);
  EXPECT_EQ(c.default_model, "pocketsphinx");
}

TEST_F(ConfigSources, SlotsAndThreadsOfTheCpuCanBeAutomatic) {
  const Config c = file_config("[cpu]\nslots = \"auto\"\nthreads = \"auto\"\n");
  EXPECT_EQ(c.resources.cpu_slots, 0);
  EXPECT_EQ(c.resources.cpu_threads, 0);
  EXPECT_EQ(config().resources.cpu_slots, std::nullopt);
}

TEST_F(ConfigSources, ASwitchCanBeTurnedOffByAFlag) {
  const Config c = file_config("[server]\nlog_timestamps = true\n", {"--log-timestamps=false"});
  EXPECT_FALSE(c.log_timestamps);
}

TEST_F(ConfigSources, VariablesHoldSwitchesListsAndTheApiKey) {
  around_.environment["TRANSCRIBED_LOG_TIMESTAMPS"] = "yes";
  around_.environment["TRANSCRIBED_ALLOWED_PATHS"] = "/usr:/tmp:";
  around_.environment["TRANSCRIBED_ALLOWED_HOSTS"] = "a.example,b.example";
  around_.environment["TRANSCRIBED_API_KEY"] = "0123456789abcdef";
  around_.environment["TRANSCRIBED_LISTEN"] = "0.0.0.0:8585";
  const Config c = config();
  EXPECT_TRUE(c.log_timestamps);
  EXPECT_THAT(c.allowed_paths, ElementsAre("/usr", "/tmp"));
  EXPECT_THAT(c.http.allowed_hosts, ElementsAre("a.example", "b.example"));
  EXPECT_EQ(c.api_key, "0123456789abcdef");
  EXPECT_EQ(c.listen.host, "0.0.0.0");
}

TEST_F(ConfigSources, AFolderGivenByFlagMayBeRelative) {
  EXPECT_EQ(config({"--data-dir", "jobs"}).data_dir, std::filesystem::current_path() / "jobs");
}

TEST_F(ConfigSources, TheDataFolderOfAUserLiesInTheirHome) {
  EXPECT_EQ(config().data_dir, path("home/.local/share/transcribed"));
  around_.environment["XDG_DATA_HOME"] = path("xdg");
  EXPECT_EQ(config().data_dir, path("xdg/transcribed"));
  around_.environment["XDG_DATA_HOME"] = "relative";
  EXPECT_EQ(config().data_dir, path("home/.local/share/transcribed"));
}

TEST_F(ConfigSources, TheDataFolderOfRootIsTheMachines) {
  around_.root = true;
  EXPECT_EQ(config().data_dir, "/var/lib/transcribed");
}

TEST_F(ConfigSources, TheEnginesAreFoundFromTheProgram) {
  EXPECT_EQ(config().libexec_dir, path("libexec/transcribed"));
  EXPECT_EQ(config().keeper(), path("libexec/transcribed/transcribed-keeper"));
}

TEST_F(ConfigSources, TheFileIsTheFlagsThenTheVariablesThenTheUsersThenTheMachines) {
  const auto drain = [](int s) {
    return "[server]\ndrain_timeout_s = " + std::to_string(s) + "\n";
  };
  EXPECT_EQ(config().drain_timeout, seconds(30));
  write("etc/transcribed.toml", drain(1));
  EXPECT_EQ(config().drain_timeout, seconds(1));
  write("home/.config/transcribed/transcribed.toml", drain(2));
  EXPECT_EQ(config().drain_timeout, seconds(2));
  around_.root = true;
  EXPECT_EQ(config().drain_timeout, seconds(1)) << "root reads the machine's own file only";
  around_.root = false;
  around_.environment["TRANSCRIBED_CONFIG"] = write("variable.toml", drain(3));
  EXPECT_EQ(config().drain_timeout, seconds(3));
  EXPECT_EQ(config({"--config", write("flag.toml", drain(4))}).drain_timeout, seconds(4));
}

TEST_F(ConfigSources, AVariableThatLooksLikeASlipIsAWarning) {
  around_.environment["TRANSCRIBED_VRAM_PER_JOB"] = "1";
  around_.environment["TRANSCRIBED_SOMETHING_ELSE_ENTIRELY"] = "1";
  EXPECT_THAT(config().warnings,
              ElementsAre("The variable TRANSCRIBED_VRAM_PER_JOB has no effect; did you mean "
                          "TRANSCRIBED_VRAM_PER_JOB_MB?"));
}

TEST_F(ConfigSources, AnAllowedFolderThatIsNotThereIsAWarning) {
  const Config c = config({"--allowed-paths", "/usr:/no/such/folder"});
  EXPECT_EQ(c.allowed_paths.size(), 2U);
  EXPECT_THAT(c.warnings, ElementsAre(AllOf(HasSubstr("storage.allowed_paths"),
                                            HasSubstr("\"/no/such/folder\""))));
}

TEST_F(ConfigSources, TheWholeMachineAsAllowedFolderIsAWarning) {
  EXPECT_THAT(config({"--allowed-paths", "/"}).warnings, ElementsAre(HasSubstr("every file")));
}

TEST_F(ConfigSources, AShortApiKeyIsAWarningThatDoesNotTellIt) {
  around_.environment["TRANSCRIBED_API_KEY"] = "sesame";
  EXPECT_THAT(config().warnings, ElementsAre(AllOf(HasSubstr("short"), Not(HasSubstr("sesame")))));
}

TEST_F(ConfigSources, AnApiKeyInAFileThatEverybodyMayReadIsAWarning) {
  const std::string file = write("key.toml", "[server]\napi_key = \"0123456789abcdef\"\n");
  ::chmod(file.c_str(), 0644);
  EXPECT_THAT(config({"--config", file}).warnings, ElementsAre(HasSubstr("chmod o-r")));
  ::chmod(file.c_str(), 0640);
  EXPECT_THAT(config({"--config", file}).warnings, IsEmpty());
}

TEST_F(ConfigSources, OffLoopbackWithAnApiKeyIsTaken) {
  around_.environment["TRANSCRIBED_API_KEY"] = "0123456789abcdef";
  EXPECT_EQ(config({"--listen", "192.0.2.7:80"}).listen.host, "192.0.2.7");
}

class ConfigCheck : public ConfigFixture {};

TEST_F(ConfigCheck, PrintsOkAndEveryValueWithItsPlace) {
  around_.environment["TRANSCRIBED_DRAIN_TIMEOUT_S"] = "7";
  around_.environment["TRANSCRIBED_API_KEY"] = "0123456789abcdef";
  const auto result = load_file(
      "[resources]\n\nvram_per_job_mb = 2500\n[gpus.1]\nenabled = false\n"
      "[models.mine]\nengine = \"command\"\ncommand = [\"sh\", \"{audio}\"]\n",
      {"--check", "--listen", "[::1]:80"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, 0);
  EXPECT_FALSE(result.error().is_error);
  const std::string text = result.error().text;
  EXPECT_THAT(text, StartsWith("ok\n"));
  EXPECT_THAT(text, HasSubstr("2500  (" + path("t.toml") + ":3)"));
  EXPECT_THAT(text, HasSubstr("7  (variable TRANSCRIBED_DRAIN_TIMEOUT_S)"));
  EXPECT_THAT(text, HasSubstr("[::1]:80  (flag --listen)"));
  EXPECT_THAT(text, HasSubstr("4000  (default)"));
  EXPECT_THAT(text, HasSubstr("set aside  (" + path("t.toml") + ":4)"));
  EXPECT_THAT(text, HasSubstr("models.mine"));
  EXPECT_THAT(text, HasSubstr("engine command, 2500 MB VRAM, 2000 MB RAM, runs sh {audio}"));
  EXPECT_THAT(text, Not(HasSubstr("0123456789abcdef")));
}

TEST_F(ConfigCheck, PrintsProblemsOnStandardOutputWithStatusOne) {
  const auto result = load({"--check", "--vram-per-job-mb", "0"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, 1);
  EXPECT_FALSE(result.error().is_error);
  EXPECT_THAT(result.error().text, StartsWith("error: resources.vram_per_job_mb"));
}

TEST_F(ConfigCheck, PrintsWarnings) {
  const auto result = load({"--check", "--allowed-paths", "/no/such/folder"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, 0);
  EXPECT_THAT(result.error().text, HasSubstr("\nwarning: storage.allowed_paths"));
}

TEST_F(ConfigCheck, HelpNamesTheFlagsAndVersionTheVersion) {
  const auto help = load({"--help", "--vram-per-job-mb", "0"});
  ASSERT_FALSE(help);
  EXPECT_EQ(help.error().status, 0);
  EXPECT_FALSE(help.error().is_error);
  EXPECT_THAT(help.error().text, HasSubstr("--vram-per-job-mb"));
  EXPECT_THAT(help.error().text, HasSubstr("transcribed keys add NAME"));
  EXPECT_THAT(help.error().text, Not(HasSubstr("--api-key")));
  const auto version = load({"--version"});
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().status, 0);
  EXPECT_THAT(version.error().text, ::testing::MatchesRegex("transcribed [0-9.]+\n"));
}

}  // namespace
}  // namespace transcribed::daemon
