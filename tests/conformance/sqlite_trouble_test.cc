// The store when the daemon is killed and when the disk is full.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>

#include "tests/conformance/job_store_fixture.h"
#include "tests/conformance/sqlite_folder.h"

namespace transcribed::conformance {
namespace {

// --- Killed ---

enum class Stage : std::uint32_t { inserted, running, completed, requeued };
// What the child was told is on disk.
struct Confirmed {
  std::uint64_t id;
  Stage stage;
};

void report(int pipe, std::uint64_t id, Stage stage) {
  const Confirmed record{id, stage};
  // Smaller than PIPE_BUF, so never cut.
  if (::write(pipe, &record, sizeof record) != sizeof record) ::_exit(3);
}

// Takes jobs through their lives as fast as the store lets it, until it is killed.
[[noreturn]] void live_until_killed(const std::string& path, std::uint64_t next_id, int pipe) {
  fakes::TestLoop loop;
  auto opened = adapters::open_sqlite_job_store(path, loop.poster(), {.checkpoint_pages = 50});
  if (!opened) ::_exit(4);
  ports::JobStore& store = **opened;
  store.recover();
  const auto expect_ok = [](WriteResult result) {
    if (result != WriteResult::ok) ::_exit(5);
  };
  std::function<void()> begin_one = [&] {
    const core::JobId id{next_id++};
    store.insert(new_job(id.value), true, [&, id](WriteResult inserted) {
      expect_ok(inserted);
      report(pipe, id.value, Stage::inserted);
      store.started(id, 1, on_gpu_1, [&, id](WriteResult started) {
        expect_ok(started);
        report(pipe, id.value, Stage::running);
        // Every third stays as it is, every third is given back.
        if (id.value % 3 == 0) {
          store.finish(id, 1, on_gpu_1, completed(), [&, id](WriteResult finished) {
            expect_ok(finished);
            report(pipe, id.value, Stage::completed);
          });
        } else if (id.value % 3 == 1) {
          store.requeue(id, 1, true, {}, [&, id](WriteResult requeued) {
            expect_ok(requeued);
            report(pipe, id.value, Stage::requeued);
          });
        }
        begin_one();
      });
    });
  };
  for (int i = 0; i < 16; ++i) begin_one();
  loop.run_until([] { return false; }, std::chrono::seconds(60));
  ::_exit(6);
}

TEST(SqliteJobStoreKilled, WhatWasConfirmedIsThere) {
  const TemporaryFolder folder;
  const std::string path = folder / "jobs.db";
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::map<std::uint64_t, Stage> confirmed;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::uint64_t first_id = 1'000'000ULL * static_cast<std::uint64_t>(round + 1);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      live_until_killed(path, first_id, ends[1]);
    }
    ::close(ends[1]);
    const auto enough = 1 + random() % 3000;
    std::size_t records = 0;
    Confirmed record{};
    // Killed at a random point; then what it still had in the pipe counts as well.
    while (::read(ends[0], &record, sizeof record) == sizeof record) {
      confirmed[record.id] = record.stage;
      if (++records == enough) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, status " << status;

    fakes::TestLoop loop;
    auto store = open_or_report(path, loop.poster());
    ASSERT_NE(store, nullptr);
    const ports::StoreSummary summary = store->recover();
    EXPECT_GE(summary.last_id.value, confirmed.rbegin()->first);
    std::map<std::uint64_t, core::Job> stored;
    std::int64_t queued = 0;
    bool read_all = false;
    ports::ListQuery everything;
    everything.limit = 10'000'000;
    store->list(everything, [&](std::vector<core::Job> jobs) {
      for (core::Job& job : jobs) {
        if (job.state == JobState::queued) ++queued;
        stored.emplace(job.id.value, std::move(job));
      }
      read_all = true;
    });
    ASSERT_TRUE(loop.run_until([&] { return read_all; }));
    EXPECT_EQ(summary.queued, queued);
    for (const auto& [id, stage] : confirmed) {
      const auto found = stored.find(id);
      ASSERT_NE(found, stored.end()) << "job " << id << " is lost";
      const core::Job& job = found->second;
      ASSERT_EQ(job.name, "interview.mp3");
      if (stage == Stage::completed) {
        ASSERT_EQ(job.state, JobState::completed) << id;
      }
      if (stage == Stage::running) {
        ASSERT_EQ(job.attempt, 1) << id;
      }
      if (stage == Stage::requeued) {
        ASSERT_EQ(job.state, JobState::queued) << id;
        ASSERT_EQ(job.attempt, 1) << id;
      }
    }
    // A completed job has its transcript: both are in one transaction.
    std::size_t asked = 0;
    std::size_t answered = 0;
    for (const auto& [id, job] : stored) {
      if (job.state != JobState::completed) continue;
      ++asked;
      store->read_transcript({id}, [&](std::optional<core::Transcript> transcript) {
        ++answered;
        EXPECT_EQ(transcript, some_transcript());
      });
    }
    ASSERT_TRUE(loop.run_until([&] { return answered == asked; }));
  }
}

// --- Full ---

class SqliteDiskFull : public testing::Test {
 protected:
  WriteResult insert(std::uint64_t id) {
    core::Job job = new_job(id);
    job.name = std::string(8000, 'x');
    std::optional<WriteResult> result;
    store_->insert(std::move(job), false, [&](WriteResult got) { result = got; });
    EXPECT_TRUE(loop_.run_until([&] { return result.has_value(); }));
    return result.value_or(WriteResult::io_error);
  }

  // Inserts until there is no room; how many went in.
  std::uint64_t fill() {
    std::uint64_t id = 1;
    WriteResult last = WriteResult::ok;
    while ((last = insert(id)) == WriteResult::ok && id < 10'000) ++id;
    EXPECT_EQ(last, WriteResult::disk_full);
    return id - 1;
  }

  void expect_jobs(std::uint64_t count) {
    std::optional<std::size_t> found;
    ports::ListQuery everything;
    everything.limit = 100'000;
    store_->list(everything, [&](std::vector<core::Job> jobs) { found = jobs.size(); });
    ASSERT_TRUE(loop_.run_until([&] { return found.has_value(); }));
    EXPECT_EQ(*found, count);
  }

  void open(const std::string& path) {
    store_ = open_or_report(path, loop_.poster(), {.checkpoint_pages = 20});
    ASSERT_NE(store_, nullptr);
  }

  // Whole batches that fail, and then room again.
  void expect_nothing_changed_and_work_goes_on(std::uint64_t stored, const std::string& path,
                                               const std::function<void()>& make_room) {
    ASSERT_GT(stored, 10U);
    expect_jobs(stored);
    EXPECT_EQ(insert(stored + 1), WriteResult::disk_full) << "still full";
    std::vector<WriteResult> results;
    for (std::uint64_t id = 1; id <= 5; ++id) {
      core::Job job = new_job(100'000 + id);
      job.name = std::string(8000, 'y');
      store_->insert(std::move(job), false, [&](WriteResult got) { results.push_back(got); });
    }
    ASSERT_TRUE(loop_.run_until([&] { return results.size() == 5; }));
    EXPECT_THAT(results, testing::Each(WriteResult::disk_full));
    expect_jobs(stored);
    make_room();
    EXPECT_EQ(insert(stored + 1), WriteResult::ok);
    EXPECT_EQ(insert(stored + 2), WriteResult::ok);
    expect_jobs(stored + 2);
    store_.reset();
    open(path);
    EXPECT_EQ(store_->recover().queued, static_cast<std::int64_t>(stored + 2));
    expect_jobs(stored + 2);
  }

  TemporaryFolder folder_;
  fakes::TestLoop loop_;
  std::unique_ptr<ports::JobStore> store_;
};

TEST_F(SqliteDiskFull, ChangesNothingAndGoesOnLater) {
  const std::string mounted = folder_ / "small";
  std::filesystem::create_directory(mounted);
  if (::mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "this user may not mount";
  }
  const std::string path = mounted + "/jobs.db";
  const std::string filler = mounted + "/filler";
  std::ofstream(filler) << std::string(1'000'000, 'f');
  open(path);
  const std::uint64_t stored = fill();
  expect_nothing_changed_and_work_goes_on(stored, path, [&] { std::filesystem::remove(filler); });
  store_.reset();
  EXPECT_EQ(::umount(mounted.c_str()), 0) << "a file is still open";
}

// The same without a mount of its own: the system refuses to let files grow.
TEST_F(SqliteDiskFull, ALimitOnTheSizeOfFilesIsAFullDisk) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  const std::string path = folder_ / "jobs.db";
  open(path);
  rlimit small = before;
  small.rlim_cur = 400'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::uint64_t stored = fill();
  expect_nothing_changed_and_work_goes_on(
      stored, path, [&] { ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_DFL);
}

}  // namespace
}  // namespace transcribed::conformance
