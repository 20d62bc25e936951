#include "daemon/daemon.h"

#include <malloc.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "adapters/asio_clock.h"
#include "adapters/background_thread.h"
#include "adapters/data_folder_lock.h"
#include "adapters/keeper_launcher.h"
#include "adapters/leftovers.h"
#include "adapters/linux_memory_probe.h"
#include "adapters/nvidia_smi_probe.h"
#include "adapters/service_manager.h"
#include "adapters/sqlite_job_store.h"
#include "adapters/webhook_secret.h"
#include "daemon/data_folder.h"
#include "daemon/log.h"
#include "daemon/model_files.h"
#include "daemon/open_files.h"
#include "http/api_server.h"
#include "http/dashboard.h"
#include "http/history_api.h"
#include "http/job_counts.h"
#include "http/key_ring.h"
#include "scheduler/fetcher_process.h"
#include "scheduler/job_manager.h"
#include "scheduler/recording_fetches.h"
#include "scheduler/usage_history.h"
#include "scheduler/vram_gauge.h"
#include "scheduler/webhook_sender.h"

namespace transcribed::daemon {
namespace {

namespace asio = boost::asio;
using Level = scheduler::LogLevel;

// How long a start waits for an earlier daemon's engines to be gone.
constexpr std::chrono::seconds lock_wait{15};
// What clients that have asked already have to read their answers when everything else is done.
constexpr std::chrono::seconds last_answers{2};
// What a stop takes beyond drain_timeout_s, at worst: engines that must be killed, the store's last
// writes.
constexpr std::chrono::seconds stop_margin{30};
// nvidia-smi, when it is asked for what is taken: the next time comes soon.
constexpr std::chrono::seconds gauge_limit{3};

http::ServerOptions server_options(const Config& config, const DataFolder& folder,
                                   std::shared_ptr<http::KeyRing> keys,
                                   std::shared_ptr<http::JobCounts> counts,
                                   const OpenFiles& files) {
  http::ServerOptions options;
  options.version = TRANSCRIBED_VERSION;
  options.job_counts = std::move(counts);
  options.keys = std::move(keys);
  options.listen_port = config.listen.port;
  options.guard.listen_host = config.listen.host;
  options.guard.allowed_hosts = config.http.allowed_hosts;
  options.guard.allowed_origins = config.http.allowed_origins;
  options.limits.connections = static_cast<std::size_t>(config.http.max_connections);
  const auto wanted = static_cast<std::size_t>(config.http.max_event_readers);
  options.events.max_readers = event_readers_within(files, options.limits.connections, wanted);
  if (options.events.max_readers < wanted) {
    log_line(Level::warn,
             fmt::format("The limit of {} open files leaves room for {} readers of events, not for "
                         "server.max_event_readers = {}; raise it (LimitNOFILE= in systemd, ulimit "
                         "-Hn in a shell)",
                         files.now, options.events.max_readers, wanted));
  }
  options.storage.uploads_folder = folder.uploads();
  options.abandoned_after.reset();
  if (config.http.abandoned_after.count() > 0)
    options.abandoned_after = config.http.abandoned_after;
  for (const auto& path : config.allowed_paths) options.storage.allowed_paths.push_back(path);
  options.storage.max_upload_mb = config.http.max_upload_mb;
  options.storage.min_free_disk_mb = config.http.min_free_disk_mb;
  return options;
}

std::vector<std::string> fetcher_command(const Config& config) {
  std::vector<std::string> command{config.fetcher().string()};
  const OutgoingSettings& outgoing = config.outgoing;
  for (const std::string& range : outgoing.allowed_networks) {
    command.insert(command.end(), {"--allow-network", range});
  }
  if (!outgoing.proxy.empty()) command.insert(command.end(), {"--proxy", outgoing.proxy});
  if (!outgoing.ca_file.empty()) {
    command.insert(command.end(), {"--ca-file", outgoing.ca_file.string()});
  }
  return command;
}

double random_part() {
  static std::minstd_rand generator{std::random_device()()};
  return std::uniform_real_distribution<double>()(generator);
}

// Those this process may run on.
int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

// What was learned of a file's memory holds for that file, not for the next one of its name.
std::map<std::string, std::string> model_identities(const core::ModelCatalogue& models) {
  std::map<std::string, std::string> out;
  for (const auto& [name, model] : models) {
    std::string identity = fmt::format("model {}", name);
    struct stat info {};
    if (!model.file.empty() && ::stat(model.file.c_str(), &info) == 0) {
      identity = fmt::format("{} ({} bytes, {}.{:09})", model.file, info.st_size,
                             info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    }
    // The same file takes different amounts in different engines.
    for (const std::string& word : model.command) identity += " " + word;
    out[name] = std::move(identity);
  }
  return out;
}

// Members are destroyed from the bottom up: who uses goes before what is used.
class Daemon {
 public:
  Daemon(const Config& config, DataFolder folder, adapters::DataFolderLock lock,
         adapters::ServiceManager service_manager)
      : config_(config),
        folder_(std::move(folder)),
        lock_(std::move(lock)),
        service_manager_(std::move(service_manager)) {}

  int run() {
    auto store = adapters::open_sqlite_job_store(
        folder_.database(),
        [this](std::function<void()> work) { asio::post(loop_, std::move(work)); });
    if (!store) {
      log_line(Level::error, store.error());
      return 1;
    }
    store_ = std::move(*store);
    const std::vector<core::JobId> uploads = sweep_files(folder_);

    ports::StoreSummary found;
    try {
      found = store_->recover();
    } catch (const std::runtime_error& error) {
      log_line(Level::error, error.what());
      return 1;
    }
    costs_.emplace(config_.resources, model_identities(config_.models), found.costs);
    resources_.emplace(config_.resources, clock_, memory_, log_line);
    const core::Machine machine{usable_cores(), memory_.read().total_mb};
    const core::GpuDetection detection = adapters::NvidiaSmiProbe().detect();
    core::GpuInventory inventory =
        core::take_inventory(detection, config_.gpus, config_.resources, machine);
    core::JobDemand default_model =
        config_.default_model
            ? costs_->demand(config_.models.at(*config_.default_model), inventory.gpus)
            : costs_->demand_of_any();
    resources_->initialize(std::move(inventory), std::move(default_model));
    tell_pci_addresses();
    const OpenFiles files = raise_open_files();
    launcher_.emplace(loop_,
                      adapters::KeeperLauncherOptions{.keeper_program = config_.keeper(),
                                                      .temporary_folder = folder_.temporary(),
                                                      .data_folder_id = lock_.folder_id(),
                                                      .kept_fds = {lock_.fd()},
                                                      .open_files = files.before});
    engines_.emplace(*launcher_, clock_, scheduler::EngineLimits{}, log_line);
    engines_->initialize(resources_->gpus(),
                         core::threads_by_gpu(resources_->gpus(), machine, config_.resources));
    auto secret = config_.outgoing.webhook_secret.empty()
                      ? adapters::kept_webhook_secret(folder_.webhook_secret())
                      : wire::parse_webhook_secret(config_.outgoing.webhook_secret);
    if (!secret) {
      log_line(Level::error, secret.error());
      return 1;
    }
    fetcher_.emplace(fetcher_command(config_), *launcher_, clock_, log_line);
    fetches_.emplace(
        *fetcher_, clock_,
        scheduler::FetchSettings{.uploads_folder = folder_.uploads().string(),
                                 .at_once = static_cast<std::size_t>(config_.outgoing.fetches),
                                 .max_mb = config_.http.max_upload_mb,
                                 .min_free_disk_mb = config_.http.min_free_disk_mb});
    webhooks_.emplace(*fetcher_, *store_, clock_, std::move(*secret), random_part, log_line);
    manager_.emplace(
        scheduler::JobManagerOptions{
            .models = config_.models,
            .default_model = config_.default_model.value_or(""),
            .models_dir = config_.models_dir.string(),
            .why_unavailable = why_unavailable,
            .limits_of = [this](const std::string& owner) { return keys_->limits_of(owner); },
            .id_seed = std::random_device()(),
            .ask_vram = ask_vram(),
            .vram_in_use =
                [this](int gpu_id) {
                  return vram_gauge_ ? vram_gauge_->in_use(gpu_id) : std::nullopt;
                },
            .events = {.boot = fmt::format("{:08x}", std::random_device()())},
            .webhooks = config_.outgoing.webhook_urls,
            .observer = counts_.get()},
        *store_, *resources_, *costs_, *engines_, scheduler::Outgoing{*fetches_, *webhooks_},
        clock_, log_line, [this](const std::string& path) {
          files_.run([path] {
            std::error_code ignored;
            std::filesystem::remove(path, ignored);
          });
        });

    history_.emplace(clock_, [this] { return manager_->status(); });
    server_.emplace(loop_, server_options(config_, folder_, keys_, counts_, files), *manager_);
    http::add_history_api(server_->router(), [this] { return history_->samples(); });
    http::add_dashboard(server_->router(), http::built_in_dashboard());
    const auto listening = server_->start();
    if (!listening) {
      log_line(Level::error, listening.error());
      return 1;
    }
    tell_routes();
    log_line(Level::info, fmt::format("Listening on http://{}", *listening));
    if (!config_.default_model) {
      log_line(Level::warn, "No default_model is set: every submission must name its model");
    }
    tell_about_whisper();
    manager_->start(std::move(found));
    history_->start();
    if (!detection.failure) watch_vram();
    forget_orphans(uploads);
    heed_hangup();
    wait_for_signal();
    // Reading the configuration and asking for the GPUs took more than stays.
    malloc_trim(0);
    warn_of(service_manager_.ready());
    loop_.run();
    log_line(Level::info, "Stopped");
    return 0;
  }

 private:
  static void warn_of(const tl::expected<void, std::string>& told) {
    if (!told) log_line(Level::warn, told.error());
  }

  // For whoever looks why an engine is on the wrong GPU.
  void tell_pci_addresses() const {
    for (const core::Gpu& gpu : resources_->gpus()) {
      log_line(Level::debug,
               gpu.pci_address.empty()
                   ? fmt::format("The PCI address of GPU {} ({}) is not known", gpu.id, gpu.name)
                   : fmt::format("GPU {} ({}) has the PCI address {}", gpu.id, gpu.name,
                                 gpu.pci_address));
    }
  }

  void tell_routes() {
    for (const http::Route& route : server_->router().routes()) {
      log_line(Level::debug,
               fmt::format("Answers {} {}", http::to_string(route.method), route.pattern));
    }
  }

  // What a newcomer should do first. Whoever has configured other models knows what he wants.
  void tell_about_whisper() const {
    const std::string whisper = whisper_words(config_.models, config_.default_model.value_or(""));
    if (!whisper.empty()) log_line(Level::info, whisper);
  }

  void watch_vram() {
    vram_gauge_.emplace(clock_, ask_vram(),
                        [this] { return manager_->events().has_subscribers(); });
    vram_gauge_->start();
  }

  scheduler::VramGauge::Ask ask_vram() {
    return [this](std::function<void(scheduler::VramGauge::Readings)> done) {
      gauge_thread_.run([this, done = std::move(done)]() mutable {
        auto readings = vram_probe_.vram_in_use();
        asio::post(loop_, [done = std::move(done), readings = std::move(readings)]() mutable {
          done(std::move(readings));
        });
      });
    };
  }

  // Uploads of submissions that were never acknowledged.
  void forget_orphans(const std::vector<core::JobId>& uploads) {
    store_->find_missing(uploads, [this](const std::vector<core::JobId>& missing) {
      for (const core::JobId id : missing) {
        std::error_code ignored;
        std::filesystem::remove(folder_.uploads() / id.to_string(), ignored);
      }
    });
  }

  // A terminal that closes ends the daemon as Ctrl-C does, unless nohup has said otherwise.
  void heed_hangup() {
    struct sigaction inherited {};
    if (::sigaction(SIGHUP, nullptr, &inherited) != 0) return;
    if (inherited.sa_handler != SIG_IGN) signals_.add(SIGHUP);
  }

  void wait_for_signal() {
    signals_.async_wait([this](const auto& error, int) {
      if (error) return;
      lock_.leaving();
      if (std::exchange(draining_, true)) {
        log_line(Level::info, "Second signal: stopping at once, what runs is requeued");
        manager_->stop_now();
      } else {
        warn_of(service_manager_.stopping(config_.drain_timeout + stop_margin));
        // The server goes on answering, so that clients see 503 and the state of their jobs.
        manager_->drain(config_.drain_timeout, [this] { stop(); });
      }
      wait_for_signal();
    });
  }

  void stop() {
    signals_.cancel();
    server_->stop(last_answers, [this] { loop_.stop(); });
  }

  const Config& config_;
  DataFolder folder_;
  adapters::DataFolderLock lock_;
  adapters::ServiceManager service_manager_;
  asio::io_context loop_{1};
  asio::signal_set signals_{loop_, SIGTERM, SIGINT};
  adapters::AsioClock clock_{loop_};
  adapters::LinuxMemoryProbe memory_;
  adapters::BackgroundThread files_;
  std::shared_ptr<http::KeyRing> keys_ =
      std::make_shared<http::KeyRing>(config_.api_key, folder_.api_keys());
  std::shared_ptr<http::JobCounts> counts_ = std::make_shared<http::JobCounts>();
  adapters::NvidiaSmiProbe vram_probe_{{.limit = gauge_limit, .path = std::nullopt}};
  adapters::BackgroundThread gauge_thread_;
  std::optional<scheduler::VramGauge> vram_gauge_;
  std::unique_ptr<ports::JobStore> store_;
  std::optional<adapters::KeeperLauncher> launcher_;
  std::optional<scheduler::CostBook> costs_;
  std::optional<scheduler::ResourceManager> resources_;
  std::optional<scheduler::EngineSupervisor> engines_;
  std::optional<scheduler::FetcherProcess> fetcher_;
  std::optional<scheduler::RecordingFetches> fetches_;
  std::optional<scheduler::WebhookSender> webhooks_;
  std::optional<scheduler::JobManager> manager_;
  std::optional<scheduler::UsageHistory> history_;
  std::optional<http::ApiServer> server_;
  bool draining_ = false;
};

}  // namespace

int run(const Config& config) {
  // One arena: threads that only write and read the store would otherwise hold some of their own.
  mallopt(M_ARENA_MAX, 1);
  std::signal(SIGPIPE, SIG_IGN);
  auto service_manager = adapters::ServiceManager::of_this_process();
  for (const std::string& warning : config.warnings) log_line(Level::warn, warning);

  auto folder = open_data_folder(config.data_dir);
  if (!folder) {
    log_line(Level::error, folder.error());
    return 1;
  }
  auto lock = adapters::DataFolderLock::take(
      folder->root, lock_wait, [](std::string_view line) { log_line(Level::info, line); });
  if (!lock) {
    log_line(Level::error, lock.error());
    return 1;
  }
  const adapters::Swept swept = adapters::sweep_leftovers(lock->folder_id());
  if (swept.killed > 0)
    log_line(Level::warn,
             fmt::format("Ended {} processes that an earlier daemon left", swept.killed));
  if (swept.remaining > 0) {
    log_line(Level::error,
             fmt::format(
                 "{} processes of an earlier daemon cannot be killed; their jobs would run twice",
                 swept.remaining));
    return 1;
  }
  return Daemon(config, std::move(*folder), std::move(*lock), std::move(service_manager)).run();
}

}  // namespace transcribed::daemon
