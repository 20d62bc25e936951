// `transcribed keys` and a daemon that asks for them.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include <boost/json/array.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;

class ApiKeysDaemon : public DaemonTest {
 protected:
  struct Printed {
    int status = -1;
    std::string output;  // without its last newline
  };
  // `transcribed keys ...` on this test's data folder; standard error comes along when asked for.
  Printed keys(const std::string& words, bool with_errors = false) {
    const std::string command = std::string(TRANSCRIBED_DAEMON) + " keys " + words +
                                " --data-dir " + data_folder().string() +
                                (with_errors ? " 2>&1" : " 2>/dev/null");
    Printed out;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 512> piece{};
    while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) out.output += piece.data();
    out.status = WEXITSTATUS(::pclose(pipe));
    if (out.output.ends_with('\n')) out.output.pop_back();
    return out;
  }
  ApiClient api_with(const std::string& key) { return ApiClient(daemon_->port(), key); }
};

TEST_F(ApiKeysDaemon, AKeyLetsItsOwnerInWithItsLimits) {
  const std::string key = keys("add office --max-running 1 --max-queued 2").output;
  ASSERT_THAT(key, ::testing::StartsWith("tsk_"));
  start(engines_.command_model("held"));
  EXPECT_EQ(api().get("/api/resources").status, 401);
  EXPECT_EQ(api().get("/api/resources").code(), "api_key_missing");
  EXPECT_EQ(api_with("tsk_wrong").get("/api/resources").code(), "api_key_wrong");
  EXPECT_EQ(api().get("/healthz").status, 200);

  const ApiClient office = api_with(key);
  const std::string first = office.submit(recording("a"));
  ASSERT_TRUE(engines_.saw("start", 1));
  const std::string second = office.submit(recording("b"));
  office.submit(recording("c"));
  EXPECT_EQ(text_at(office.job(first), "owner"), "office");
  EXPECT_THAT(office.reason(second),
              HasSubstr("key_limit: the API key 'office' runs 1 job at once"));
  const HttpAnswer third = office.post("/api/jobs", {{"path", recording("d")}});
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.code(), "too_many_queued");
  engines_.let_pass(3);
  EXPECT_EQ(text_at(office.wait_for(second, "completed"), "state"), "completed");
}

TEST_F(ApiKeysDaemon, KeysComeAndGoWhileItRuns) {
  start(engines_.command_model("held"));
  EXPECT_EQ(api().get("/api/resources").status, 200);
  const std::string key = keys("add office").output;
  EXPECT_TRUE(eventually([&] { return api().get("/api/resources").status == 401; }));
  EXPECT_EQ(api_with(key).get("/api/resources").status, 200);
  EXPECT_THAT(keys("list").output, AllOf(HasSubstr("office"), HasSubstr("no limits")));
  const std::string other = keys("add home --max-upload-mb 5").output;
  EXPECT_TRUE(eventually([&] { return api_with(other).get("/api/resources").status == 200; }));
  EXPECT_EQ(keys("rm office").status, 0);
  EXPECT_TRUE(eventually([&] { return api_with(key).get("/api/resources").status == 401; }));
  EXPECT_EQ(api_with(other).get("/api/resources").status, 200);
}

TEST_F(ApiKeysDaemon, AKeyThatIsGoneOpensNoRecordingEither) {
  keys("add home");
  const std::string key = keys("add office").output;
  start(engines_.command_model("held"));
  const std::string id = text_at(api_with(key).upload("a.mp3", "good").json(), "id");
  const HttpAnswer ticket = api_with(key).post("/api/jobs/" + id + "/audio/ticket");
  ASSERT_EQ(ticket.status, 201) << ticket.body;
  const std::string url = text_at(ticket.json(), "url");
  EXPECT_EQ(api().get(url).body, "good");
  EXPECT_EQ(keys("rm office").status, 0);
  EXPECT_TRUE(eventually([&] { return api().get(url).status == 404; }));
}

TEST_F(ApiKeysDaemon, RootMakesKeysThatTheDaemonsUserCanRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make files for others";
  constexpr uid_t somebody = 54321;
  std::filesystem::create_directory(data_folder());
  ASSERT_EQ(::chown(data_folder().c_str(), somebody, somebody), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0711), 0);
  EXPECT_EQ(keys("add office").status, 0);
  struct stat info {};
  ASSERT_EQ(::stat((data_folder() / "keys.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, somebody);
  EXPECT_EQ(info.st_gid, somebody);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(ApiKeysDaemon, WrongCommandsSayWhatIsWrong) {
  EXPECT_EQ(keys("rm nobody", true).output,
            "transcribed keys: there is no key named nobody; transcribed keys list shows them");
  EXPECT_EQ(keys("add office").status, 0);
  EXPECT_THAT(keys("add office", true).output, HasSubstr("there is a key named office already"));
  EXPECT_THAT(keys("add 'of fice'", true).output, HasSubstr("made of letters, digits"));
  EXPECT_THAT(keys("add config", true).output, HasSubstr("choose another"));
  EXPECT_NE(keys("add x --max-running 0").status, 0);
  EXPECT_THAT(keys("", true).output, HasSubstr("what to do is missing: add, list or rm"));
  EXPECT_EQ(keys("").status, 1);
  EXPECT_EQ(keys("lst", true).output,
            "transcribed keys: \"lst\" is none of add, list and rm; did you mean list?");
  EXPECT_EQ(keys("sing").status, 1);
  EXPECT_EQ(keys("add").status, 1);
}

TEST_F(ApiKeysDaemon, OffLoopbackItStartsOnlyWithAKey) {
  prepare(engines_.command_model("held"), {});
  setup_.listen = "0.0.0.0:0";
  {
    DaemonProcess open(setup_);
    EXPECT_EQ(open.wait(), 1);
    EXPECT_THAT(open.log(), HasSubstr("transcribed keys add NAME"));
  }
  ASSERT_EQ(keys("add office").status, 0);
  DaemonProcess guarded(setup_);
  EXPECT_TRUE(guarded.says("Listening on http://0.0.0.0:"));
}

}  // namespace
}  // namespace transcribed::tests
