// SIGKILL at random moments under load. What was acknowledged is there in the end, exactly once;
// nothing ran twice at the same time; no engine survived its daemon.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using std::chrono::milliseconds;

#ifdef TRANSCRIBED_SANITIZED
constexpr int rounds = 4;
#else
constexpr int rounds = 12;
#endif
constexpr int clients = 3;
constexpr int submissions_a_round = 60;  // of each client, at most
constexpr milliseconds longest_round{1200};

// What clients were told. Shared by their threads.
class Promises {
 public:
  struct Job {
    std::string text;                // of its transcript
    bool cancelled = false;          // so the daemon said
    bool maybe_cancelled = false;    // it was killed before it could say
    std::optional<std::string> end;  // as it was first seen ended: attempt, time and state
  };

  void acknowledged(const std::string& id, const std::string& text) {
    const std::lock_guard lock(mutex_);
    jobs_[id].text = text;
  }
  void cancel_asked(const std::string& id) {
    const std::lock_guard lock(mutex_);
    jobs_[id].maybe_cancelled = true;
  }
  void cancel_answered(const std::string& id, bool cancelled) {
    const std::lock_guard lock(mutex_);
    jobs_[id].cancelled = cancelled;
    jobs_[id].maybe_cancelled = false;
  }
  // A job that has ended never changes again, whatever happens to the daemon.
  void seen(const std::string& id, const boost::json::object& job) {
    if (job.at("ended_at").is_null()) return;
    const std::string end = text_at(job, "state") + " at " + text_at(job, "ended_at") +
                            ", attempt " + std::to_string(number_at(job, "attempt"));
    const std::lock_guard lock(mutex_);
    std::optional<std::string>& first = jobs_[id].end;
    if (!first) first = end;
    EXPECT_EQ(*first, end) << "job " << id << " ended twice";
  }
  std::optional<std::string> any(std::mt19937& random) const {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return std::nullopt;
    return std::next(jobs_.begin(), static_cast<std::ptrdiff_t>(random() % jobs_.size()))->first;
  }
  std::map<std::string, Job> jobs() const {
    const std::lock_guard lock(mutex_);
    return jobs_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Job> jobs_;
};

class KillTest : public DaemonTest {
 protected:
  KillTest() {
    for (int i = 0; i < 10; ++i) {
      const std::string word = "word" + std::to_string(i);
      recordings_.emplace_back(recording(word), "heard " + word + "\n");
    }
  }

  // Submits, cancels and looks until the daemon is gone.
  void be_a_client(ApiClient daemon, unsigned seed) {
    std::mt19937 random(seed);
    try {
      for (int i = 0; i < submissions_a_round; ++i) {
        const auto& [path, text] = recordings_[random() % recordings_.size()];
        const std::string id =
            daemon.submit(path, {{"model", random() % 4 == 0 ? "puppet" : "held"}});
        promises_.acknowledged(id, text);
        if (random() % 10 == 0) {
          promises_.cancel_asked(id);
          const HttpAnswer answer = daemon.cancel(id);
          // Too late for one that completes meanwhile.
          promises_.cancel_answered(
              id, answer.status == 200 && text_at(answer.json(), "state") == "cancelled");
        }
        if (random() % 4 != 0) continue;
        if (const auto other = promises_.any(random)) promises_.seen(*other, daemon.job(*other));
      }
    } catch (const std::runtime_error&) {
      // It was killed; what it did not acknowledge it does not owe.
    }
  }

  // A daemon's life: load until it is killed.
  void live_and_die(std::mt19937& random) {
    daemon_ = std::make_unique<DaemonProcess>(setup_);
    // Now and then while it starts.
    if (random() % 6 == 0) {
      std::this_thread::sleep_for(milliseconds(random() % 100));
      return daemon_->kill();
    }
    const ApiClient daemon(daemon_->port());
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
      threads.emplace_back(
          [this, daemon, seed = static_cast<unsigned>(random())] { be_a_client(daemon, seed); });
    }
    std::this_thread::sleep_for(milliseconds(random() % longest_round.count()));
    daemon_->kill();
    for (std::thread& thread : threads) thread.join();
  }

  void expect_idle() {
    ASSERT_TRUE(eventually([&] {
      const boost::json::object now = api().get("/api/resources").json();
      return number_at(now, "pending_jobs") == 0 && number_at(now, "running_jobs") == 0;
    }));
  }

  void expect_promise_kept(const std::string& id, const Promises::Job& promised) {
    const boost::json::object job = api().wait_for(id, "completed");
    const std::string state = text_at(job, "state");
    promises_.seen(id, job);
    if (promised.cancelled || (promised.maybe_cancelled && state == "cancelled")) {
      EXPECT_EQ(state, "cancelled") << boost::json::serialize(job);
      return;
    }
    ASSERT_EQ(state, "completed") << boost::json::serialize(job);
    EXPECT_EQ(api().transcript(id, "txt"), promised.text) << id;
    for (const boost::json::value& lost : job.at("lost_attempts").as_array()) {
      EXPECT_EQ(text_at(lost.as_object(), "kind"), "daemon_lost");
    }
  }

  EngineStage open_{folder_.path() / "open", EngineStage::Gate::none};
  std::vector<std::pair<std::string, std::string>> recordings_;  // and what is heard in each
  Promises promises_;
};

TEST_F(KillTest, NoJobIsLostNoneCompletesTwiceAndNoProcessIsLeft) {
  const char* given = std::getenv("KILL_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                         : std::random_device()();
  std::cout << "KILL_TEST_SEED=" << seed << std::endl;
  std::mt19937 random(seed);
  prepare(open_.command_model("held") + open_.worker_model("puppet"), {"--default-model", "held"});

  for (int round = 0; round < rounds; ++round) {
    live_and_die(random);
    // Else the next daemon begins while the last one's engines are being ended, and must wait.
    if (random() % 2 == 0) {
      EXPECT_TRUE(nothing_left_of(data_folder()))
          << "an engine survived its daemon in round " << round;
    }
  }

  start_again();
  expect_idle();
  const std::map<std::string, Promises::Job> owed = promises_.jobs();
  for (const auto& [id, promised] : owed) expect_promise_kept(id, promised);
  std::cout << owed.size() << " jobs acknowledged, " << open_.entries("start").size() << " starts, "
            << open_.entries("end").size() << " ends, " << rounds << " kills" << std::endl;
  EXPECT_GT(owed.size(), 10U) << "there was no load";

  EXPECT_TRUE(open_.entries("twice").empty()) << "a job ran twice at the same time";
  EXPECT_EQ(api().slots_used(), 0);
  stop();
}

}  // namespace
}  // namespace transcribed::tests
