#include "http/metrics_text.h"

#include <initializer_list>
#include <limits>
#include <sstream>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "core/failure.h"
#include "core/job.h"
#include "wire/utf8.h"

namespace transcribed::http {
namespace {

using core::FailureKind;
using core::JobState;
using How = scheduler::EngineOutcome::How;
using prometheus::MetricType;

using Label = prometheus::ClientMetric::Label;
using Labels = std::vector<Label>;

double number(std::uint64_t value) { return static_cast<double>(value); }

double bytes(core::Megabytes mb) { return static_cast<double>(mb * core::bytes_per_mb); }

Label label(std::string name, std::string_view value) {
  return {std::move(name), wire::to_valid_utf8(std::string(value))};
}

std::string_view word_for(How how) {
  switch (how) {
    case How::completed:
      return "completed";
    case How::failed:
      return "failed";
    case How::lost:
      return "lost";
    case How::cancelled:
      return "cancelled";
    case How::stopped:
      return "stopped";
  }
  return "failed";
}

// The families, in the order in which they are told. `help` must be one line: the serializer does
// not escape it.
class Families {
 public:
  void begin(MetricType type, std::string name, std::string help) {
    all_.push_back({std::move(name), std::move(help), type, {}});
  }
  void add(double value, Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    metric.gauge.value = value;
    all_.back().metric.push_back(std::move(metric));
  }
  void add(const Histogram& histogram, Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
      so_far += histogram.counts()[i];
      const double bound = i < histogram.bounds().size() ? histogram.bounds()[i]
                                                         : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({so_far, bound});
    }
    metric.histogram.sample_count = so_far;
    metric.histogram.sample_sum = histogram.sum();
    all_.back().metric.push_back(std::move(metric));
  }
  void counter(std::string name, std::string help) {
    begin(MetricType::Counter, std::move(name), std::move(help));
  }
  void gauge(std::string name, std::string help) {
    begin(MetricType::Gauge, std::move(name), std::move(help));
  }
  void histogram(std::string name, std::string help) {
    begin(MetricType::Histogram, std::move(name), std::move(help));
  }
  // A family of one.
  void gauge(std::string name, std::string help, double value) {
    gauge(std::move(name), std::move(help));
    add(value);
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

 private:
  std::vector<prometheus::MetricFamily> all_;
};

template <std::size_t size>
void add_by_kind(Families& out, const std::array<std::uint64_t, size>& counts, bool lost) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto kind = static_cast<FailureKind>(i);
    if (lost && !core::is_lost_attempt(kind)) continue;
    out.add(number(counts[i]), {label("kind", core::to_string(kind))});
  }
}

Labels on_gpu(const std::pair<std::string, int>& key) {
  return {label("model", key.first), label("gpu", std::to_string(key.second))};
}

void add_jobs(Families& out, const MetricsMoment& moment) {
  const JobCountsView& jobs = moment.jobs;
  out.gauge("transcribed_jobs", "Jobs that have not ended, by state.");
  out.add(static_cast<double>(moment.resources.pending_jobs), {label("state", "queued")});
  out.add(static_cast<double>(moment.resources.running_jobs), {label("state", "running")});
  out.counter("transcribed_jobs_submitted_total", "Jobs that were submitted and are on disk.");
  out.add(number(jobs.submitted));
  out.counter("transcribed_jobs_ended_total", "Jobs that ended, by the state they ended in.");
  for (const JobState state : {JobState::completed, JobState::failed, JobState::cancelled}) {
    out.add(number(jobs.ended.at(static_cast<std::size_t>(state))),
            {label("state", core::to_string(state))});
  }
  out.counter("transcribed_jobs_failed_total", "Jobs that failed, by the code of their error.");
  add_by_kind(out, jobs.failed, false);
}

void add_waits(Families& out, const MetricsMoment& moment) {
  out.histogram("transcribed_job_queue_seconds",
                "From a job's submission, retry or return to the queue until it was given a slot.");
  out.add(moment.jobs.in_line);
  out.histogram("transcribed_job_wait_seconds",
                "Of the time a started job stood in line, what the head of the line waited for.");
  for (const core::LineWait wait : core::all_line_waits) {
    out.add(moment.jobs.waited_for.at(static_cast<std::size_t>(wait)),
            {label("reason", core::to_string(wait))});
  }
  out.counter("transcribed_queue_blocked_seconds_total",
              "Time in which the head of the queue waited, by what for.");
  for (const core::LineWait wait : core::all_line_waits) {
    out.add(moment.resources.line_waits.at(static_cast<std::size_t>(wait)),
            {label("reason", core::to_string(wait))});
  }
}

void add_attempts(Families& out, const JobCountsView& jobs) {
  out.counter("transcribed_attempts_started_total", "Attempts that were given a slot.");
  for (const auto& [key, there] : jobs.on_gpu) out.add(number(there.started), on_gpu(key));
  out.counter("transcribed_attempts_ended_total", "Attempts that ended, by how.");
  for (const How how : {How::completed, How::failed, How::cancelled, How::lost, How::stopped}) {
    out.add(number(jobs.attempts_ended.at(static_cast<std::size_t>(how))),
            {label("outcome", word_for(how))});
  }
  out.counter("transcribed_attempts_lost_total",
              "Attempts that were lost without a verdict on the recording, by why.");
  add_by_kind(out, jobs.attempts_lost, true);
  out.counter("transcribed_audio_seconds_total", "Length of the recordings transcribed.");
  for (const auto& [key, there] : jobs.on_gpu) out.add(there.audio_s, on_gpu(key));
  out.histogram("transcribed_real_time_factor",
                "Seconds of work for each second of a transcribed recording; loading the model is "
                "not part of it.");
  for (const auto& [key, there] : jobs.on_gpu) out.add(there.real_time_factor, on_gpu(key));
}

void add_requests(Families& out, const MetricsMoment& moment) {
  constexpr std::array<std::string_view, HttpCounts::classes> classes{"none", "1xx", "2xx",
                                                                      "3xx",  "4xx", "5xx"};
  const auto& routes = moment.router->routes();
  out.counter("transcribed_http_requests_total",
              "Requests by method, route and class of the answer's status; none is a client that "
              "left before.");
  for (std::size_t i = 0; i < moment.by_route.size(); ++i) {
    const std::string_view route = i == 0 ? std::string_view("none") : routes[i - 1].pattern;
    for (std::size_t method = 0; method < HttpCounts::methods; ++method) {
      for (std::size_t status = 0; status < classes.size(); ++status) {
        const std::uint64_t count = moment.by_route[i].requests.at(method).at(status);
        if (count == 0) continue;
        out.add(number(count), {label("method", to_string(static_cast<Method>(method))),
                                label("route", route), label("status", classes.at(status))});
      }
    }
  }
  out.histogram("transcribed_http_request_duration_seconds",
                "From the first byte of a request until its answer, or the head of a stream, began "
                "to be sent; HEAD counts as GET.");
  for (std::size_t i = 1; i < moment.by_route.size(); ++i) {
    const Route& route = routes[i - 1];
    if (moment.by_route[i].seconds.sum() <= 0) continue;
    out.add(moment.by_route[i].seconds,
            {label("method", to_string(route.method)), label("route", route.pattern)});
  }
  out.counter("transcribed_http_request_body_bytes_total",
              "Bytes of request bodies that were received: uploads, above all.");
  out.add(number(moment.body_bytes));
  out.gauge("transcribed_http_connections", "Open connections, those of event readers included.",
            number(moment.connections));
  out.gauge("transcribed_event_readers", "Clients that follow the events.",
            number(moment.event_readers));
}

void add_machine(Families& out, const MetricsMoment& moment) {
  const scheduler::ResourceStatus& now = moment.resources;
  out.gauge("transcribed_ram_total_bytes", "The machine's RAM, or the cgroup's limit.",
            bytes(now.system_ram_mb));
  out.gauge("transcribed_ram_available_bytes", "RAM that could be taken, before promises.",
            bytes(now.system_ram_available_mb));
  out.gauge("transcribed_ram_promised_bytes",
            "RAM promised to jobs that just started and not taken yet.",
            bytes(now.system_ram_promised_mb));
  out.gauge("transcribed_ram_threshold_bytes",
            "A job starts only while so much RAM is available and not promised.",
            bytes(now.min_system_ram_mb));
  if (moment.disk_free_bytes) {
    out.gauge("transcribed_disk_free_bytes", "Free space where uploads are kept.",
              number(*moment.disk_free_bytes));
  }
  out.gauge("transcribed_disk_threshold_bytes",
            "With less free space than this, uploads are refused.", bytes(moment.min_free_disk_mb));
}

void add_gpus(Families& out, const std::vector<scheduler::GpuStatus>& gpus) {
  const auto each = [&](const char* name, const char* help, const auto& value) {
    out.gauge(name, help);
    for (const scheduler::GpuStatus& one : gpus) {
      out.add(value(one), {label("gpu", std::to_string(one.gpu.id))});
    }
  };
  out.gauge("transcribed_gpu_info", "1 for each GPU, with its name.");
  for (const scheduler::GpuStatus& one : gpus) {
    out.add(1, {label("gpu", std::to_string(one.gpu.id)), label("name", one.gpu.name)});
  }
  each("transcribed_gpu_slots", "Jobs that the GPU takes at once.",
       [](const auto& one) { return static_cast<double>(one.gpu.slots_max); });
  each("transcribed_gpu_slots_used", "Slots that are taken, quarantined ones included.",
       [](const auto& one) { return static_cast<double>(one.slots_used); });
  each("transcribed_gpu_slots_quarantined", "Slots held by a process that cannot be killed.",
       [](const auto& one) { return static_cast<double>(one.slots_quarantined); });
  each("transcribed_gpu_vram_total_bytes", "The GPU's memory; 0 where no GPU was found.",
       [](const auto& one) { return bytes(one.gpu.total_mb); });
  each("transcribed_gpu_vram_used_bytes", "What the running jobs were granted.",
       [](const auto& one) { return bytes(one.vram_used_mb); });
  out.gauge("transcribed_gpu_vram_capacity_bytes",
            "What may be granted in all; missing where it is not checked.");
  for (const scheduler::GpuStatus& one : gpus) {
    if (!one.gpu.capacity_mb) continue;
    out.add(bytes(*one.gpu.capacity_mb), {label("gpu", std::to_string(one.gpu.id))});
  }
}

void add_process(Families& out, const MetricsMoment& moment) {
  out.gauge("transcribed_ready", "1 while /readyz says that jobs can be taken and run.",
            moment.readiness.ready ? 1 : 0);
  out.gauge("transcribed_build_info", "1, with the program's version.");
  out.add(1, {label("version", moment.version)});
  out.gauge("process_start_time_seconds", "When the daemon started, in seconds since 1970.",
            std::chrono::duration<double>(moment.started_at.time_since_epoch()).count());
}

}  // namespace

std::string metrics_text(const MetricsMoment& moment) {
  Families out;
  add_jobs(out, moment);
  add_waits(out, moment);
  add_attempts(out, moment.jobs);
  add_requests(out, moment);
  add_machine(out, moment);
  add_gpus(out, moment.resources.gpus);
  add_process(out, moment);
  return out.text();
}

}  // namespace transcribed::http
