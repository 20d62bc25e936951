// The suite against SQLite, and what only SQLite can get wrong: opening, and ending with writes
// under way.
#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <thread>

#include "adapters/sqlite_reader.h"
#include "adapters/sqlite_schema.h"
#include "adapters/sqlite_writer.h"
#include "tests/conformance/job_store_conformance.h"
#include "tests/conformance/sqlite_folder.h"

namespace transcribed::conformance {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SqliteHarness final : public StoreHarness {
 public:
  explicit SqliteHarness(adapters::SqliteJobStoreOptions options) : options_(options) {}
  std::unique_ptr<ports::JobStore> open(ports::LoopPoster post) override {
    return open_or_report(folder_ / "jobs.db", std::move(post), options_);
  }

 private:
  TemporaryFolder folder_;
  adapters::SqliteJobStoreOptions options_;
};

StoreKind sqlite(std::string name, adapters::SqliteJobStoreOptions options) {
  return {std::move(name), [options] { return std::make_unique<SqliteHarness>(options); }};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreConformance,
                         testing::Values(sqlite("AsShipped", {}),
                                         // One write a commit, and the log folded in all the time.
                                         sqlite("SmallBatches",
                                                {.max_batch = 1, .checkpoint_pages = 4})),
                         [](const auto& kind) { return kind.param.name; });

class SqliteJobStore : public testing::Test {
 protected:
  std::string error_of(const std::string& path) {
    const auto store = adapters::open_sqlite_job_store(path, loop_.poster());
    return store ? "it opened" : store.error();
  }
  void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_ / "jobs.db";
  fakes::TestLoop loop_;
};

TEST_F(SqliteJobStore, MakesWritesUnderWayDurableWhenDestroyedAndDropsTheirCallbacks) {
  constexpr std::uint64_t count = 5000;
  int called = 0;
  {
    auto store = open_or_report(path_, loop_.poster());
    ASSERT_NE(store, nullptr);
    for (std::uint64_t id = 1; id <= count; ++id) {
      store->insert(new_job(id), false, [&](WriteResult) { ++called; });
      store->read({id}, [&](std::optional<core::Job>) { ++called; });
    }
  }
  loop_.run_posted();
  EXPECT_EQ(called, 0);
  auto store = open_or_report(path_, loop_.poster());
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->recover().queued, static_cast<std::int64_t>(count));
}

TEST_F(SqliteJobStore, ACallbackMayDestroyTheStore) {
  auto store = open_or_report(path_, loop_.poster(), {.max_batch = 1000});
  ASSERT_NE(store, nullptr);
  int called = 0;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    store->insert(new_job(id), false, [&](WriteResult) {
      ++called;
      store.reset();
    });
  }
  ASSERT_TRUE(loop_.run_until([&] { return called > 0; }));
  loop_.run_posted();
  EXPECT_EQ(called, 1);
}

// What a callback holds belongs to the loop thread; it must not end on another one.
TEST_F(SqliteJobStore, CallbacksAreLetGoOfOnTheLoopThread) {
  struct Held {
    std::thread::id loop = std::this_thread::get_id();
    int* wrong;
    int* gone;
    ~Held() {
      ++*gone;
      if (std::this_thread::get_id() != loop) ++*wrong;
    }
  };
  constexpr int count = 50;
  int wrong = 0;
  int gone = 0;
  const auto held = [&] {
    auto one = std::make_shared<Held>();
    one->wrong = &wrong;
    one->gone = &gone;
    return one;
  };
  // The store's thread goes on only when the loop has run what it posted and let go of it, so that
  // anything the thread still holds is the last.
  const auto hand_over = [post = loop_.poster()](std::function<void()> call) {
    std::promise<void> ran;
    post([&ran, call = std::move(call)]() mutable {
      call();
      call = nullptr;
      ran.set_value();
    });
    ran.get_future().wait();
  };
  auto store = open_or_report(path_, hand_over);
  ASSERT_NE(store, nullptr);
  for (std::uint64_t id = 1; id <= count; ++id) {
    store->insert(new_job(id), false, [one = held()](WriteResult) {});
    store->read({id}, [one = held()](std::optional<core::Job>) {});
  }
  ASSERT_TRUE(loop_.run_until([&] { return gone == 2 * count; }));
  EXPECT_EQ(wrong, 0);
}

// SQLite refuses values of more than 1 GB; here it refuses smaller ones, so that a test can have
// one.
TEST_F(SqliteJobStore, AnOperationThatCannotBeWrittenDoesNotFailItsNeighbours) {
  auto connections = adapters::open_sqlite_database(path_);
  ASSERT_TRUE(connections);
  ::sqlite3_limit(connections->writer->getHandle(), SQLITE_LIMIT_LENGTH, 20'000);
  adapters::SqliteWriter writer(*connections->writer, 1000);
  core::Job too_long = new_job(2);
  too_long.name = std::string(30'000, 'x');
  core::Transcript long_transcript = some_transcript();
  long_transcript.segments.front().text = std::string(30'000, 'x');
  const std::vector<adapters::WriteOp> batch = {
      {adapters::InsertJob{new_job(1), true}, {}},
      {adapters::InsertJob{too_long, false}, {}},
      {adapters::JobStarted{{1}, 1, on_gpu_1}, {}},
      {adapters::FinishJob{{1}, 1, on_gpu_1, completed(long_transcript)}, {}},
      {adapters::InsertJob{new_job(3), false}, {}},
  };
  using enum WriteResult;
  EXPECT_THAT(writer.apply(batch), testing::ElementsAre(ok, io_error, ok, io_error, ok));
  adapters::SqliteReader reader(*connections->reader);
  EXPECT_THAT(reader.list({}), testing::SizeIs(2));
  ports::ListQuery running;
  running.state = JobState::running;
  EXPECT_THAT(reader.list(running), testing::SizeIs(1))
      << "all of its end was refused, not only the transcript, and its start was not";
  EXPECT_EQ(writer.recover().queued, 1);
}

TEST_F(SqliteJobStore, TheLogStartsOverInsteadOfGrowing) {
  auto store = open_or_report(path_, loop_.poster(), {.checkpoint_pages = 100});
  ASSERT_NE(store, nullptr);
  int done = 0;
  // About 3000 pages, in commits of a few pages each.
  for (std::uint64_t id = 1; id <= 3000; ++id) {
    core::Job job = new_job(id);
    job.name = std::string(3000, 'x');
    store->insert(job, false, [&](WriteResult) { ++done; });
    if (id % 10 == 0) {
      ASSERT_TRUE(loop_.run_until([&] { return done == static_cast<int>(id); }));
    }
  }
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 200U * 4096U);
}

TEST_F(SqliteJobStore, TheFileIsForItsOwnerOnly) {
  auto store = open_or_report(path_, loop_.poster());
  ASSERT_NE(store, nullptr);
  store->recover();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat info {};
    ASSERT_EQ(::stat((path_ + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << suffix;
  }
}

// --- What cannot be opened: a sentence, and the file as it was ---

TEST_F(SqliteJobStore, RefusesAFileThatIsNoDatabase) {
  for (const std::string& bytes : {std::string("hello"), std::string(100'000, '\x7f')}) {
    write_file(path_, bytes);
    EXPECT_THAT(error_of(path_),
                AllOf(HasSubstr(path_), HasSubstr("is not a database of transcribed")));
    EXPECT_EQ(bytes_of(path_), bytes);
  }
}

TEST_F(SqliteJobStore, RefusesADamagedDatabase) {
  open_or_report(path_, loop_.poster());
  std::string bytes = bytes_of(path_);
  ASSERT_GT(bytes.size(), 4096U);
  std::fill(bytes.begin() + 100, bytes.begin() + 4096, '\xff');
  write_file(path_, bytes);
  EXPECT_THAT(error_of(path_), AllOf(HasSubstr(path_), HasSubstr("is damaged")));
  EXPECT_EQ(bytes_of(path_), bytes);
}

TEST_F(SqliteJobStore, RefusesADatabaseOfAnotherProgram) {
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE songs(title TEXT)");
  const std::string bytes = bytes_of(path_);
  EXPECT_THAT(error_of(path_), AllOf(HasSubstr(path_), HasSubstr("of another program")));
  EXPECT_EQ(bytes_of(path_), bytes);
}

TEST_F(SqliteJobStore, RefusesANewerSchema) {
  open_or_report(path_, loop_.poster());
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  const std::string bytes = bytes_of(path_);
  EXPECT_THAT(error_of(path_), AllOf(HasSubstr("newer transcribed"), HasSubstr("99")));
  EXPECT_EQ(bytes_of(path_), bytes);
}

TEST_F(SqliteJobStore, BringsAnOlderSchemaUpToDateAndKeepsItsJobs) {
  {
    auto store = open_or_report(path_, loop_.poster());
    ASSERT_NE(store, nullptr);
    core::Job job = new_job(1);
    bool written = false;
    store->insert(job, false, [&](WriteResult result) { written = result == WriteResult::ok; });
    ASSERT_TRUE(loop_.run_until([&] { return written; }));
  }
  {
    // As the first version left it.
    SQLite::Database old(path_, SQLite::OPEN_READWRITE);
    old.exec("DROP TABLE deliveries");
    old.exec("DROP TABLE flows");
    old.exec("DROP INDEX jobs_owner");
    old.exec("ALTER TABLE jobs DROP COLUMN source_url");
    old.exec("ALTER TABLE jobs DROP COLUMN callback_url");
    old.exec("DROP INDEX jobs_fingerprint");
    old.exec("ALTER TABLE jobs DROP COLUMN fingerprint");
    old.exec("ALTER TABLE jobs DROP COLUMN interactive");
    old.exec("ALTER TABLE jobs DROP COLUMN owner");
    old.exec("DROP TABLE model_costs");
    old.exec("ALTER TABLE transcripts DROP COLUMN original");
    old.exec("ALTER TABLE transcripts DROP COLUMN revision");
    old.exec("PRAGMA user_version = 1");
  }
  auto store = open_or_report(path_, loop_.poster());
  ASSERT_NE(store, nullptr);
  const ports::StoreSummary summary = store->recover();
  EXPECT_EQ(summary.queued, 1);
  EXPECT_THAT(summary.costs, testing::IsEmpty());
  EXPECT_THAT(summary.flows, testing::ElementsAre(core::FlowTail{{}, 1})) << "new jobs go behind";
  EXPECT_EQ(SQLite::Database(path_).execAndGet("PRAGMA user_version").getInt(), 5);
}

TEST_F(SqliteJobStore, SaysWhyItCannotOpen) {
  EXPECT_THAT(error_of(folder_ / "missing/jobs.db"), HasSubstr("No such file or directory"));
  std::filesystem::create_directory(path_);
  EXPECT_THAT(error_of(path_), HasSubstr("Is a directory"));
}

TEST_F(SqliteJobStore, SaysThatItMayNot) {
  open_or_report(path_, loop_.poster());
  std::filesystem::permissions(path_, std::filesystem::perms::owner_read);
  // Root may do everything, so be somebody else for a moment.
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
    ASSERT_EQ(::chmod(std::filesystem::path(path_).parent_path().c_str(), 0777), 0);
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const std::string error = error_of(path_);
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_THAT(error, AllOf(HasSubstr(path_), HasSubstr("Permission denied")));
}

TEST_F(SqliteJobStore, SaysThatTheDiskIsReadOnly) {
  const std::string mounted = folder_ / "read-only";
  std::filesystem::create_directory(mounted);
  if (::mount("tmpfs", mounted.c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0) {
    GTEST_SKIP() << "this user may not mount";
  }
  const std::string error = error_of(mounted + "/jobs.db");
  ::umount(mounted.c_str());
  EXPECT_THAT(error, HasSubstr("Read-only file system"));
}

}  // namespace
}  // namespace transcribed::conformance
