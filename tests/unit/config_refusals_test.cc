// Every nonsense is refused with the key, the place, what is wrong and what to do; all at once.
#include "tests/unit/config_fixture.h"

namespace transcribed::daemon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConfigRefusal : public ConfigFixture {};

TEST_F(ConfigRefusal, OfASliceOfNothingNamesKeyPlaceFaultAndRemedy) {
  EXPECT_EQ(refusal({"--vram-per-job-mb", "0"}),
            "error: resources.vram_per_job_mb (flag --vram-per-job-mb) is 0, which is too small; "
            "use a whole number from 1 to 100000000.\n");
  EXPECT_EQ(file_refusal("\n[resources]\nvram_per_job_mb = 0\n"),
            "error: resources.vram_per_job_mb (" + path("t.toml") +
                ":3) is 0, which is too small; use a whole number from 1 to 100000000.\n");
  around_.environment["TRANSCRIBED_VRAM_PER_JOB_MB"] = "0";
  EXPECT_EQ(refusal({}),
            "error: resources.vram_per_job_mb (variable TRANSCRIBED_VRAM_PER_JOB_MB) is 0, which "
            "is too small; use a whole number from 1 to 100000000.\n");
}

struct Nonsense {
  const char* name;
  std::string toml;
  std::vector<const char*> parts;  // of the sentence
};
void PrintTo(const Nonsense& nonsense, std::ostream* out) { *out << nonsense.name; }

class ConfigRefusalInFile : public ConfigFixture, public ::testing::WithParamInterface<Nonsense> {};

TEST_P(ConfigRefusalInFile, IsOneSentenceWithThePlace) {
  const std::string text = file_refusal(GetParam().toml);
  EXPECT_THAT(text, StartsWith("error: "));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_THAT(text, HasSubstr("t.toml:"));
  for (const char* part : GetParam().parts) EXPECT_THAT(text, HasSubstr(part));
}

const std::vector<Nonsense> nonsense = {
    {"Negative", "[resources]\nram_per_job_mb = -1", {"resources.ram_per_job_mb", "is -1"}},
    {"TooLarge", "[resources]\nram_per_job_mb = 100000001", {"too large"}},
    {"NegativeTimeout", "[resources]\nram_wait_timeout_s = -1", {"from 0 to 604800"}},
    {"AbsurdTimeout", "[server]\ndrain_timeout_s = 86401", {"from 0 to 86400"}},
    {"NumberInQuotes", "[resources]\nram_per_job_mb = \"2\"", {"is a string", "without quotes"}},
    {"Fraction", "[resources]\nram_per_job_mb = 2.5", {"is a number with a fraction"}},
    {"NumberForText", "[server]\nlisten = 8585", {"is a whole number", "a string in quotes"}},
    {"TextForSwitch", "[server]\nlog_timestamps = \"yes\"", {"true or false, without quotes"}},
    {"TextForList", "[storage]\nallowed_paths = \"/usr\"", {"is a string", "a list of strings"}},
    {"NumberInList", "[storage]\nallowed_paths = [1]", {"has an entry that is a whole number"}},
    {"ValueForSection", "server = 1", {"server", "[server]"}},
    {"SectionForValue", "[default_model]\n", {"default_model", "is a table"}},
    {"UnknownKey", "[resources]\nvram_per_jobb_mb = 1", {"did you mean vram_per_job_mb?"}},
    {"UnknownKeyWithoutLikeness", "[storage]\nquux = 1", {"storage.quux", "data_dir"}},
    {"KeyOfAnotherSection", "[server]\ndata_dir = \"/d\"", {"it belongs under [storage]"}},
    {"KeyAboveEverySection", "vram_per_job_mb = 1", {"it belongs under [resources]"}},
    {"TopLevelKeyInASection", "[server]\ndefault_model = \"m\"", {"at the top of the file"}},
    {"UnknownSection", "[resource]\nx = 1", {"resource", "did you mean resources?"}},
    {"BadChoice", "[resources]\non_ram_timeout = \"procede\"", {"did you mean proceed?"}},
    {"BadAccounting", "[resources]\nvram_accounting = \"leger\"", {"did you mean ledger?"}},
    {"CpuSlotsZero", "[cpu]\nslots = 0", {"cpu.slots", "or \"auto\""}},
    {"CpuSlotsText", "[cpu]\nslots = \"all\"", {"cpu.slots", "or \"auto\""}},
    {"UnknownCpuKey", "[cpu]\nslot = 1", {"cpu.slot", "did you mean slots?"}},
    {"CpuIsNoSection", "cpu = 4", {"write a section, [cpu]"}},
    {"BadLogLevel", "[server]\nlog_level = \"verbose\"", {"debug, info, warn or error"}},
    {"ListenWithoutPort", "[server]\nlisten = \"127.0.0.1\"", {"no port", "HOST:PORT"}},
    {"ListenPortTooLarge", "[server]\nlisten = \"127.0.0.1:65536\"", {"0 to 65535"}},
    {"ListenNakedIpv6", "[server]\nlisten = \"::1:8585\"", {"without brackets"}},
    {"ApiKeyWithBlank", "[server]\napi_key = \"a b\"", {"server.api_key", "printable"}},
    {"EmptyApiKey", "[server]\napi_key = \"\"", {"is empty"}},
    {"RelativeDataFolder", "[storage]\ndata_dir = \"jobs\"", {"a relative path", "absolute"}},
    {"TildeInDataFolder", "[storage]\ndata_dir = \"~/jobs\"", {"~ is not expanded"}},
    {"DataFolderIsAFile", "[storage]\ndata_dir = \"/etc/passwd\"", {"not a folder"}},
    {"RelativeAllowedFolder", "[storage]\nallowed_paths = [\"a\"]", {"\"a\"", "a relative path"}},
    {"HostWithScheme", "[server]\nallowed_hosts = [\"http://a\"]", {"\"http://a\""}},
    {"OriginWithPath", "[server]\nallowed_origins = [\"https://a.example/\"]", {"without a path"}},
    {"OriginWithoutScheme", "[server]\nallowed_origins = [\"a.example\"]", {"not an origin"}},
    {"GpuThatIsNoNumber", "[gpus.first]\nslots = 1", {"gpus.first", "[gpus.0]"}},
    {"GpuWithANegativeNumber", "[gpus.-1]\nslots = 1", {"gpus.-1"}},
    {"GpuWithALeadingZero", "[gpus.01]\nslots = 1", {"gpus.01"}},
    {"GpuThatIsNoSection", "[gpus]\n0 = 3", {"gpus.0", "write a section"}},
    {"NegativeSlots", "[gpus.0]\nslots = -1", {"gpus.0.slots", "from 0 to 1000"}},
    {"AbsurdSlots", "[gpus.0]\nslots = 1001", {"gpus.0.slots", "from 0 to 1000"}},
    {"UnknownGpuKey", "[gpus.0]\nenable = false", {"did you mean enabled?"}},
    {"NotToml", "default_model = \n", {"is not TOML at column"}},
    {"KeyTwice", "[server]\nlisten=\"127.0.0.1:1\"\nlisten=\"127.0.0.1:2\"", {"t.toml:3", "TOML"}},
    {"NumberBeyond64Bits", "[resources]\nram_per_job_mb = 99999999999999999999", {"TOML"}},
    {"NotUtf8", "default_model = \"\xff\"\n", {"TOML"}},
    {"DefaultModelThatIsNot",
     "default_model = \"pocketsphynx\"",
     {"default_model", "no such model", "did you mean pocketsphinx?"}},
    {"EmptyDefaultModel", "default_model = \"\"", {"is empty"}},
    {"OffLoopbackWithoutKey",
     "[server]\nlisten = \"0.0.0.0:8585\"",
     {"server.listen", "0.0.0.0:8585", "TRANSCRIBED_API_KEY"}},
    {"AnyIpv6WithoutKey", "[server]\nlisten = \"[::]:8585\"", {"TRANSCRIBED_API_KEY"}},
    {"ModelWithoutEngine", "[models.m]\nfile = \"x\"", {"models.m", "does not say its engine"}},
    {"UnknownEngine",
     "[models.m]\nengine = \"comand\"",
     {"models.m.engine", "did you mean command?"}},
    {"WhisperCommand",
     "[models.m]\nengine = \"whisper\"\ncommand = [\"x\"]",
     {"models.m.command", "brings its own program"}},
    {"WhisperFile", "[models.m]\nengine = \"whisper\"\nfile = \"\"", {"models.m.file", "is empty"}},
    {"WhisperCatalogue",
     "[models.m]\nengine = \"whisper\"\ncatalogue = \"smal\"",
     {"models.m.catalogue", "\"smal\"", "no published model", "did you mean small?"}},
    {"WhisperCatalogueType",
     "[models.m]\nengine = \"whisper\"\ncatalogue = 3",
     {"models.m.catalogue", "whole number"}},
    {"CatalogueOfOthers",
     "[models.m]\nengine = \"worker\"\ncommand = [\"w\"]\ncatalogue = \"small\"",
     {"models.m.catalogue", "engine = \"whisper\""}},
    {"ModelsDirRelative", "[storage]\nmodels_dir = \"models\"", {"storage.models_dir", "absolute"}},
    {"ModelsDirIsAFile",
     "[storage]\nmodels_dir = \"/etc/passwd\"",
     {"storage.models_dir", "not a folder"}},
    {"CommandWithoutCommand", "[models.m]\nengine = \"command\"", {"no command", "{audio}"}},
    {"WorkerWithoutCommand", "[models.m]\nengine = \"worker\"", {"no command"}},
    {"CommandWithoutAudio",
     "[models.m]\nengine = \"command\"\ncommand = [\"sh\"]",
     {"\"{audio}\""}},
    {"UnknownPlaceholder",
     "[models.m]\nengine = \"command\"\ncommand = [\"sh\", \"{audio}{lang}\"]",
     {"{lang}", "{language}"}},
    {"PlaceholderSlip",
     "[models.m]\nengine = \"command\"\ncommand = [\"sh\", \"{audio}{modl}\"]",
     {"did you mean {model}?"}},
    {"PlaceholderForAWorker",
     "[models.m]\nengine = \"worker\"\ncommand = [\"w\", \"{audio}\"]",
     {"standard input"}},
    {"CommandAsString",
     "[models.m]\nengine = \"command\"\ncommand = \"sh {audio}\"",
     {"an entry of its own"}},
    {"EmptyCommand", "[models.m]\nengine = \"command\"\ncommand = []", {"names no program"}},
    {"CommandForPocketsphinx",
     "[models.m]\nengine = \"pocketsphinx\"\ncommand = [\"x\"]",
     {"brings its own program"}},
    {"UnknownModelKey",
     "[models.m]\nengine = \"pocketsphinx\"\nvram = 1",
     {"did you mean vram_mb?"}},
    {"NegativeVram", "[models.m]\nengine = \"pocketsphinx\"\nvram_mb = -1", {"models.m.vram_mb"}},
    {"NoJobsPerProcess",
     "[models.m]\nengine = \"pocketsphinx\"\njobs_per_process = 0",
     {"from 1 to 1000"}},
    {"ThreadsForACommand",
     "[models.m]\nengine = \"command\"\ncommand = [\"sh\", \"{audio}\"]\nthreads = 2",
     {"models.m.threads", "means nothing"}},
    {"SilenceTooLong",
     "[models.m]\nengine = \"pocketsphinx\"\nsilence_timeout_s = 86401",
     {"from 0 to 86400"}},
    {"ModelNameWithBlank", "[models.\"a b\"]\nengine = \"pocketsphinx\"", {"no name for a model"}},
    {"ModelThatIsNoSection", "[models]\nm = 1", {"models.m", "write a section"}},
};

INSTANTIATE_TEST_SUITE_P(Nonsense, ConfigRefusalInFile, ::testing::ValuesIn(nonsense),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(ConfigRefusal, OfAFlagThatIsNotANumber) {
  EXPECT_THAT(refusal({"--drain-timeout-s", "30s"}),
              AllOf(HasSubstr("flag --drain-timeout-s"), HasSubstr("\"30s\""),
                    HasSubstr("not a whole number")));
  EXPECT_THAT(refusal({"--drain-timeout-s", ""}), HasSubstr("not a whole number"));
}

TEST_F(ConfigRefusal, OfANumberBeyond64Bits) {
  EXPECT_THAT(refusal({"--ram-per-job-mb", "99999999999999999999"}), HasSubstr("too large"));
  EXPECT_THAT(refusal({"--ram-per-job-mb", "-99999999999999999999"}), HasSubstr("too small"));
}

TEST_F(ConfigRefusal, OfANegativeFlag) {
  EXPECT_THAT(refusal({"--ram-per-job-mb", "-5"}), HasSubstr("is -5, which is too small"));
}

TEST_F(ConfigRefusal, OfAFlagGivenTwice) {
  EXPECT_THAT(refusal({"--max-upload-mb", "1", "--max-upload-mb", "2"}),
              HasSubstr("The flag --max-upload-mb is given 2 times (1, 2)"));
  EXPECT_THAT(refusal({"--log-timestamps", "--log-timestamps"}), HasSubstr("2 times"));
  EXPECT_THAT(refusal({"--config", "a", "--config", "b"}), HasSubstr("--config is given 2 times"));
}

TEST_F(ConfigRefusal, OfAFlagWithoutItsValue) {
  EXPECT_THAT(refusal({"--listen"}), AllOf(HasSubstr("--listen"), HasSubstr("HOST:PORT")));
}

TEST_F(ConfigRefusal, OfAnUnknownFlagSuggestsTheNearest) {
  EXPECT_THAT(refusal({"--vram-per-jobs-mb", "1"}),
              AllOf(HasSubstr("--vram-per-jobs-mb"), HasSubstr("did you mean --vram-per-job-mb?")));
  EXPECT_THAT(refusal({"--api-key=x"}), HasSubstr("The flag --api-key is none"));
}

TEST_F(ConfigRefusal, OfAWordSaysWhatWordsThereAre) {
  EXPECT_THAT(refusal({"key"}), HasSubstr("\"key\" is not expected; did you mean keys?"));
  EXPECT_THAT(refusal({"talk.mp3"}), HasSubstr("submitted with the command transcribe"));
}

TEST_F(ConfigRefusal, OfAnArgumentThatIsNoFlag) {
  EXPECT_THAT(refusal({"recording.wav"}), HasSubstr("\"recording.wav\""));
}

TEST_F(ConfigRefusal, OfASwitchThatIsNeither) {
  EXPECT_THAT(refusal({"--log-timestamps=maybe"}), HasSubstr("use true or false"));
}

TEST_F(ConfigRefusal, OfAConfigFileThatIsNotThere) {
  EXPECT_THAT(refusal({"--config", path("none.toml")}),
              AllOf(HasSubstr(path("none.toml")), HasSubstr("flag --config"),
                    HasSubstr("No such file or directory")));
  around_.environment["TRANSCRIBED_CONFIG"] = path("none.toml");
  EXPECT_THAT(refusal({}), HasSubstr("variable TRANSCRIBED_CONFIG"));
}

TEST_F(ConfigRefusal, OfAConfigFileThatIsAFolder) {
  EXPECT_THAT(refusal({"--config", folder_}), HasSubstr("Is a directory"));
}

TEST_F(ConfigRefusal, OfAnAllowedFolderThatIsRelativeEvenByFlag) {
  EXPECT_THAT(refusal({"--allowed-paths", "here:/usr:there"}),
              AllOf(HasSubstr("\"here\""), HasSubstr("\"there\""), HasSubstr("relative")));
}

TEST_F(ConfigRefusal, OfAMissingHome) {
  around_.environment.clear();
  EXPECT_THAT(refusal({}), AllOf(HasSubstr("storage.data_dir"), HasSubstr("--data-dir")));
  EXPECT_EQ(config({"--data-dir", "/d"}).data_dir, "/d");
}

TEST_F(ConfigRefusal, OfAnApiKeyDoesNotTellIt) {
  around_.environment["TRANSCRIBED_API_KEY"] = "open sesame";
  EXPECT_THAT(refusal({}), AllOf(HasSubstr("server.api_key"), Not(HasSubstr("sesame"))));
}

TEST_F(ConfigRefusal, TellsEveryProblemOfFileVariablesAndFlagsAtOnce) {
  around_.environment["TRANSCRIBED_RAM_PER_JOB_MB"] = "much";
  const std::string text = file_refusal(
      "[resources]\nvram_per_job_mb = 0\nquux = 1\n[gpus.x]\n[models.m]\nengine = \"nope\"\n",
      {"--listen", "nowhere", "--bogus", "--max-upload-mb", "1", "--max-upload-mb", "2"});
  for (const char* part :
       {"vram_per_job_mb", "quux", "gpus.x", "models.m.engine", "TRANSCRIBED_RAM_PER_JOB_MB",
        "--listen", "--bogus", "--max-upload-mb"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8) << text;
}

TEST_F(ConfigRefusal, OfAValueThatAFlagOverridesStays) {
  EXPECT_THAT(file_refusal("[resources]\nvram_per_job_mb = 0\n", {"--vram-per-job-mb", "3000"}),
              HasSubstr("t.toml:2"));
}

}  // namespace
}  // namespace transcribed::daemon
