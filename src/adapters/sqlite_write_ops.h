// What the store is asked to write, as values that can wait in a queue. Each mirrors the method of
// ports::JobStore that makes it.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "ports/job_store.h"

namespace transcribed::adapters {

struct InsertJob {
  core::Job job;
  bool armed = false;
};
struct ArmJob {
  core::JobId id;
  int attempt = 0;
};
struct JobStarted {
  core::JobId id;
  int attempt = 0;
  ports::AttemptStart start;
};
struct FinishJob {
  core::JobId id;
  int attempt = 0;
  ports::AttemptStart start;
  ports::JobEnd end;
};
struct RequeueJob {
  core::JobId id;
  int attempt = 0;
  bool count_attempt = true;
  std::vector<core::LostAttempt> lost;
};
struct JobFetched {
  core::JobId id;
  core::Audio audio;
  std::string name;
};
struct EndQueuedJob {
  core::JobId id;
  ports::JobEnd end;
};
struct RetryJob {
  core::JobId id;
  core::QueueKey queue;
  core::Flow flow;
};
struct MoveJob {
  core::JobId id;
  core::QueueKey queue;
};
struct KeepJob {
  core::JobId id;
};
struct RemoveJob {
  core::JobId id;
};
struct EditTranscript {
  core::JobId id;
  core::Transcript transcript;
  std::optional<std::int64_t> replaces;
};
struct RestoreTranscript {
  core::JobId id;
};

struct PutOffDelivery {
  std::int64_t id = 0;
  int attempts = 0;
  core::WallTime due{};
};
struct EndDelivery {
  std::int64_t id = 0;
};

struct PutCost {
  core::CostRecord record;
};

struct WriteOp {
  std::variant<InsertJob, JobFetched, ArmJob, JobStarted, FinishJob, RequeueJob, EndQueuedJob,
               RetryJob, MoveJob, KeepJob, RemoveJob, EditTranscript, RestoreTranscript,
               PutOffDelivery, EndDelivery, PutCost>
      what;
  ports::Done done;
};

}  // namespace transcribed::adapters
