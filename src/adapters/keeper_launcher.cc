#include "adapters/keeper_launcher.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "adapters/background_thread.h"
#include "adapters/keeper_lane.h"
#include "adapters/kept_run.h"
#include "adapters/launch_packet.h"
#include "adapters/leftovers.h"
#include "adapters/private_folder.h"

namespace transcribed::adapters {
namespace {

using ports::ProcessEnd;
using wire::keeper::Answer;
using wire::keeper::AnswerKind;
using wire::keeper::Step;

constexpr std::chrono::seconds sweep_limit{10};
constexpr std::chrono::seconds farewell_limit{2};

std::string error_text(int error) { return std::generic_category().message(error); }

std::string absolute_path(const std::string& folder) {
  std::error_code ignored;  // of a working folder that is gone; then it fails when it is used
  return std::filesystem::absolute(folder, ignored).native();
}

// What its owner holds.
class KeptProcess : public ports::Process {
 public:
  explicit KeptProcess(std::shared_ptr<KeptRun> run) : run_(std::move(run)) {}
  ~KeptProcess() override { run_->forget(); }
  void write(std::string bytes) override { run_->write(std::move(bytes)); }
  void end(std::chrono::milliseconds grace) override { run_->end(grace); }
  pid_t root() const override { return run_->root(); }

 private:
  std::shared_ptr<KeptRun> run_;
};

// Everything a sentence about a failed start needs.
struct Named {
  std::string program;
  std::string working_folder;
};

std::string not_started_message(const Answer& answer, const Named& named) {
  std::error_code ignored;
  if (answer.step == Step::working_folder) {
    return fmt::format("cannot start {}: its working folder {}: {}", named.program,
                       named.working_folder, error_text(answer.error));
  }
  if (answer.step == Step::exec && answer.error == ENOENT && named.program.starts_with('/') &&
      std::filesystem::exists(named.program, ignored)) {
    return fmt::format("cannot start {}: the interpreter that it names does not exist",
                       named.program);
  }
  return fmt::format("cannot start {}: {}", named.program, error_text(answer.error));
}

ProcessEnd to_end(const Answer& answer, const Named& named) {
  if (answer.kind == AnswerKind::not_started) {
    return {.how = ProcessEnd::How::not_started,
            .status = 0,
            .message = not_started_message(answer, named),
            .result = std::nullopt};
  }
  return {.how = answer.by_signal != 0 ? ProcessEnd::How::killed : ProcessEnd::How::exited,
          .status = answer.status,
          .message = {},
          .result = std::nullopt};
}

}  // namespace

class KeeperLauncher::Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(boost::asio::io_context& loop, KeeperLauncherOptions options)
      : loop_(loop),
        options_(std::move(options)),
        packer_(options_.withheld_environment),
        background_(std::make_shared<BackgroundThread>()),
        folders_(std::make_shared<PrivateFolders>(absolute_path(options_.temporary_folder),
                                                  options_.idle_keepers)) {
    if (!options_.data_folder_id.empty()) {
      data_folder_mark_ = fmt::format("{}={}", data_folder_variable, options_.data_folder_id);
    }
  }

  std::shared_ptr<KeptRun> launch(ports::LaunchSpec spec, ports::ProcessEvents events) {
    auto run = std::make_shared<KeptRun>(loop_, background_, folders_, std::move(events));
    if (std::string why = try_launch(spec, run); !why.empty()) {
      boost::asio::post(loop_, [run, why = std::move(why)] {
        run->finish({.how = ProcessEnd::How::not_started,
                     .status = 0,
                     .message = why,
                     .result = std::nullopt});
      });
    }
    return run;
  }

  std::size_t keepers() const { return lanes_.size(); }

  void close() {
    // All at once first, so that they end side by side.
    for (auto& [lane, entry] : lanes_) entry.lane->leave();
    const auto deadline = std::chrono::steady_clock::now() + farewell_limit;
    for (auto& [lane, entry] : lanes_) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      entry.lane->wait_until_gone(std::max(left, std::chrono::milliseconds(0)));
      if (entry.run) entry.run->forget();
      if (entry.run)
        entry.run->finish({.how = ProcessEnd::How::killed,
                           .status = SIGKILL,
                           .message = {},
                           .result = std::nullopt});
    }
    lanes_.clear();
    idle_.clear();
    background_->finish();
    folders_->remove_spare();
    work_.reset();
  }

 private:
  struct Entry {
    std::shared_ptr<KeeperLane> lane;
    std::shared_ptr<KeptRun> run;  // none: idle
    Named named;
  };

  // Empty, or why not, as a sentence.
  std::string try_launch(const ports::LaunchSpec& spec, const std::shared_ptr<KeptRun>& run) {
    const std::string program = spec.argv.empty() ? "a process" : spec.argv.front();
    const auto cannot = [&](std::string_view why) {
      return fmt::format("cannot start {}: {}", program, why);
    };
    std::string folder = spec.working_folder;
    if (folder.empty()) {
      auto made = folders_->take();
      if (!made) {
        return cannot(fmt::format("no temporary folder in {}: {}", folders_->parent(),
                                  error_text(made.error())));
      }
      folder = std::move(*made);
    }
    run->use_folder(folder, spec.working_folder.empty(), spec.result_file);
    KeptRun::ChildEnds ends;
    if (const int error = run->open_pipes(spec.standard_input, ends); error != 0) {
      return cannot(fmt::format("no pipes: {}", error_text(error)));
    }
    const auto lane = take_lane();
    if (!lane) return cannot(lane.error());
    std::array<std::string, 2> marks{(*lane)->marker(), data_folder_mark_};
    const auto packet =
        packer_.pack(spec, folder, std::span(marks).first(data_folder_mark_.empty() ? 1 : 2));
    int error = 0;
    if (packet) {
      std::array<int, 3> fds{ends.input.get(), ends.output.get(), ends.error.get()};
      error = (*lane)->launch(*packet, std::span(fds).subspan(spec.standard_input ? 0 : 1));
    }
    if (!packet || error != 0) {
      put_back(**lane);
      return cannot(packet ? error_text(error) : packet.error());
    }
    Entry& entry = lanes_.at(lane->get());
    entry.run = run;
    entry.named = {.program = program, .working_folder = folder};
    run->begin(*lane);
    return {};
  }

  tl::expected<std::shared_ptr<KeeperLane>, std::string> take_lane() {
    if (!idle_.empty()) {
      KeeperLane* const lane = idle_.back();  // the one whose memory is warm
      idle_.pop_back();
      return lanes_.at(lane).lane;
    }
    auto lane =
        KeeperLane::start(loop_, options_.keeper_program, options_.kept_fds, options_.open_files,
                          {.on_answer =
                               [weak = weak_from_this()](KeeperLane& from, const Answer& answer) {
                                 if (const auto self = weak.lock()) self->on_answer(from, answer);
                               },
                           .on_gone =
                               [weak = weak_from_this()](KeeperLane& from) {
                                 if (const auto self = weak.lock()) self->on_gone(from);
                               }});
    if (lane) {
      lanes_.emplace(lane->get(), Entry{.lane = *lane, .run = nullptr, .named = {}});
    }
    return lane;
  }

  void put_back(KeeperLane& lane) {
    if (idle_.size() < options_.idle_keepers) {
      idle_.push_back(&lane);
    } else {
      lane.retire();
    }
  }

  void on_answer(KeeperLane& lane, const Answer& answer) {
    Entry& entry = lanes_.at(&lane);
    if (!entry.run) return;
    if (answer.kind == AnswerKind::unkillable) {
      entry.run->still_there();
      return;
    }
    const auto run = std::exchange(entry.run, nullptr);
    ProcessEnd end = to_end(answer, entry.named);
    // Free before the end is told: who hears it may launch the next at once.
    put_back(lane);
    run->finish(std::move(end));
  }

  void on_gone(KeeperLane& lane) {
    const Entry entry = std::move(lanes_.at(&lane));
    lanes_.erase(&lane);
    std::erase(idle_, &lane);
    if (!entry.run) return;
    // Somebody killed the keeper. The kernel kills the first process with it; the rest of the tree
    // is found by its mark. Looking through /proc takes its time.
    background_->run([&loop = loop_, run = entry.run, mark = entry.lane->marker()]() mutable {
      sweep_marked(mark, sweep_limit);
      // Moved, so that its last owner is the loop's thread.
      boost::asio::post(loop, [run = std::move(run)] {
        run->finish({.how = ProcessEnd::How::killed,
                     .status = SIGKILL,
                     .message = "its keeper was killed",
                     .result = std::nullopt});
      });
    });
  }

  boost::asio::io_context& loop_;
  // What comes from the background thread must find the loop running.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      loop_.get_executor()};
  KeeperLauncherOptions options_;
  LaunchPacker packer_;
  std::string data_folder_mark_;
  std::shared_ptr<BackgroundThread> background_;
  std::shared_ptr<PrivateFolders> folders_;
  std::unordered_map<KeeperLane*, Entry> lanes_;
  std::vector<KeeperLane*> idle_;
};

KeeperLauncher::KeeperLauncher(boost::asio::io_context& loop, KeeperLauncherOptions options)
    : pool_(std::make_shared<Pool>(loop, std::move(options))) {
  ::signal(SIGPIPE, SIG_IGN);
}

KeeperLauncher::~KeeperLauncher() { pool_->close(); }

std::unique_ptr<ports::Process> KeeperLauncher::launch(ports::LaunchSpec spec,
                                                       ports::ProcessEvents events) {
  return std::make_unique<KeptProcess>(pool_->launch(std::move(spec), std::move(events)));
}

std::size_t KeeperLauncher::keepers() const { return pool_->keepers(); }

}  // namespace transcribed::adapters
