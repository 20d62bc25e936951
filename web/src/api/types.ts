// What the daemon answers, as far as the page looks at it.

export type JobState = "queued" | "running" | "completed" | "failed" | "cancelled";

export interface Reason {
  code: string;
  message: string;
}

export interface Job {
  id: string; // sorts as a text by age
  state: JobState;
  model: string;
  name: string;
  created_at: string; // RFC 3339, UTC, as all times
  started_at: string | null;
  ended_at: string | null;
  attempt: number;
  gpu_id: number | null;
  progress: number; // 0-1
  audio_seconds: number | null;
  eta_seconds?: number | null;
  reason: Reason | null; // why it waits
  error: { kind: string; message: string } | null;
  priority: number;
  language: string | null;
  options: Record<string, unknown>;
  lost_attempts: { attempt: number; kind: string; message: string }[];
}

export interface JobPage {
  jobs: Job[];
  next_cursor: string | null;
}

export interface Progress {
  id: string;
  progress: number;
  done_s: number;
  total_s: number;
  eta_s: number | null;
}

export interface LoadedModel {
  model: string;
  jobs: number;
  vram_mb: number;
  device: string | null;
}

export interface Gpu {
  id: number;
  name: string;
  total_mb: number; // 0: not known
  slots_used: number;
  slots_max: number;
  slots_quarantined: number;
  vram_used_mb: number; // granted to jobs
  vram_in_use_mb?: number | null; // by whomever, as the driver says
  enabled: boolean;
  accounting: "ledger" | "per_job";
  capacity_mb: number | null;
  loaded: LoadedModel[];
}

export interface Resources {
  gpus: Gpu[];
  system_ram_mb: number;
  system_ram_available_mb: number; // before promises
  system_ram_promised_mb: number;
  pending_jobs: number;
  running_jobs: number;
  min_system_ram_mb: number;
  audio_seconds_heard: number;
  next_job: { id: string; reason: Reason; ram_wait_seconds_left: number | null } | null;
}

export interface HistorySample {
  at: string;
  slots_used: number;
  slots_max: number;
  ram_available_mb: number;
  ram_promised_mb: number;
  pending_jobs: number;
  audio_seconds: number; // gone through since the sample before
}

export interface History {
  interval_seconds: number;
  samples: HistorySample[];
}

export interface Model {
  name: string;
  engine: string;
  default: boolean;
  available: boolean;
  message: string | null; // why it is not
}

export interface Segment {
  id: number;
  start: number; // seconds
  end: number;
  text: string;
  words?: unknown[];
  tokens?: number[];
  avg_logprob?: number;
  [more: string]: unknown;
}

export interface Transcript {
  text: string;
  language: string;
  edited?: boolean;
  segments: Segment[];
  [more: string]: unknown;
}

export function hasEnded(state: JobState): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}
