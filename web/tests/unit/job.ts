import type { Job } from "../../src/api/types.ts";

export function job(number: number, change: Partial<Job> = {}): Job {
  return {
    id: String(number).padStart(12, "0"), state: "queued", model: "medium", name: `talk-${number}.mp3`, created_at: "2026-08-01T22:15:03.120Z",
    started_at: null, ended_at: null, attempt: 0, gpu_id: null, progress: 0, audio_seconds: null, reason: null, error: null, priority: 0,
    language: null, options: {}, lost_attempts: [], ...change,
  };
}
