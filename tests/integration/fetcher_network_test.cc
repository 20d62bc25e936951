// What depends on the machine's network: a network of its own, with no name server or a silent one.
#include <cstdlib>

#include "tests/integration/fetcher_fixture.h"

namespace transcribed::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class FetcherNetwork : public FetcherTest {
 protected:
  void SetUp() override {
    if (std::system("unshare --map-root-user --mount --net true 2>/dev/null") != 0) {
      GTEST_SKIP() << "no network of its own can be had here (unshare, user namespaces)";
    }
  }
  void start_in_own_network(const std::vector<std::string>& with) {
    std::vector<std::string> before{"unshare",          "--map-root-user",
                                    "--mount",          "--net",
                                    TRANSCRIBED_PYTHON, TRANSCRIBED_FAKES "/own_network.py"};
    before.insert(before.end(), with.begin(), with.end());
    start({}, before);
  }
};

TEST_F(FetcherNetwork, ANameNobodyKnowsIsSaid) {
  start_in_own_network({});
  const Failed failed = refused(fetch("http://nowhere.example/a.mp3"));
  EXPECT_EQ(failed.kind, Kind::unreachable);
  EXPECT_THAT(failed.message, HasSubstr("nowhere.example cannot be found"));
}

TEST_F(FetcherNetwork, ThisMachineIsRefusedUnderAPublicAddressToo) {
  start_in_own_network({"--address", "8.8.8.8"});
  Fetch request = fetch("http://8.8.8.8/a.mp3");
  request.allow_private = false;
  const Failed failed = refused(request);
  EXPECT_EQ(failed.kind, Kind::refused_address);
  EXPECT_THAT(failed.message, HasSubstr("8.8.8.8 (this machine)"));
  // Another public address is not; only that there is no way to it.
  request.url = "http://8.8.4.4/a.mp3";
  EXPECT_EQ(refused(request).kind, Kind::unreachable);
}

// A look-up would take minutes to give up, and cannot be called back.
TEST_F(FetcherNetwork, ANameServerThatDoesNotAnswerHoldsNobodyUp) {
  start_in_own_network({"--silent-name-server"});
  Fetch request = fetch("http://silent.example/a.mp3");
  request.connect_timeout = 100ms;
  EXPECT_EQ(refused(request).kind, Kind::timeout);

  request.connect_timeout = patience;
  send(request);
  EXPECT_EQ(refused(fetch("ftp://other.example/", "two")).kind, Kind::bad_url);
  send(wire::fetcher::Cancel{"one"});
  EXPECT_EQ(as<Failed>(next_end()).kind, Kind::cancelled);

  send(request);
  process().close_input();
  EXPECT_EQ(as<Failed>(next_end()).kind, Kind::cancelled);
  expect_clean_end();
}

}  // namespace
}  // namespace transcribed::tests
