// What can be done to jobs, to one or to many.
import { ApiError, messageOf, send } from "../api/client.ts";
import { type Job, hasEnded } from "../api/types.ts";
import { count } from "../format.ts";
import { ProgressNotice, tell } from "./notices.ts";
import { deselect } from "./selection.ts";
import { applyJob, forgetJob } from "./store.ts";

export interface Action {
  name: "cancel" | "retry" | "front" | "delete";
  label: string;
  done: string; // "Cancelled 3 jobs."
  doing: string; // "Cancelling 100 of 2,000…"
  allowed(job: Job): boolean;
  run(id: string): Promise<void>;
}

export const cancel: Action = {
  name: "cancel",
  label: "Cancel",
  done: "Cancelled",
  doing: "Cancelling",
  allowed: (job) => !hasEnded(job.state),
  run: async (id) => applyJob(await send<Job>("POST", `/api/jobs/${id}/cancel`)),
};

// Cancelling it by mistake would cost more than answering a question does.
export function isLongUnderWay(job: Job, now: number): boolean {
  return job.state === "running" && job.started_at !== null && now - Date.parse(job.started_at) > 60_000;
}

export const retry: Action = {
  name: "retry",
  label: "Retry",
  done: "Queued again",
  doing: "Queueing again",
  allowed: (job) => job.state === "failed" || job.state === "cancelled",
  run: async (id) => applyJob(await send<Job>("POST", `/api/jobs/${id}/retry`)),
};

export const moveToFront: Action = {
  name: "front",
  label: "Move to front",
  done: "Moved to the front",
  doing: "Moving to the front",
  allowed: (job) => job.state === "queued",
  run: async (id) => applyJob(await send<Job>("POST", `/api/jobs/${id}/move`, { to: "front" })),
};

const removing = new Set<string>();

// Its deletion was asked for on this page, and is not answered yet.
export function isRemovingHere(id: string): boolean {
  return removing.has(id);
}

export const remove: Action = {
  name: "delete",
  label: "Delete",
  done: "Deleted",
  doing: "Deleting",
  allowed: (job) => hasEnded(job.state),
  run: async (id) => {
    removing.add(id);
    try {
      await send<Job>("DELETE", `/api/jobs/${id}`);
      forgetJob(id);
    } finally {
      removing.delete(id);
    }
  },
};

const atOnce = 4;

// To each of the jobs that allow it. Those it was done to are not marked any more.
export async function perform(action: Action, jobs: Job[]): Promise<void> {
  // The first of them is to be the first in the queue.
  const wanted = jobs.filter(action.allowed);
  if (action.name === "front") wanted.sort((a, b) => (a.id < b.id ? 1 : -1));
  const all = wanted.length;
  const done: string[] = [];
  const progress = new ProgressNotice(action.doing, all);
  let problem = "";
  const workers = Array.from({ length: action.name === "front" ? 1 : atOnce }, async () => {
    for (let job = wanted.shift(); job; job = wanted.shift()) {
      try {
        await action.run(job.id);
        done.push(job.id);
      } catch (failure) {
        problem ||= `${job.name}: ${messageOf(failure)}`;
        // Nobody is there, or a key is needed: the others would fare no better.
        if (failure instanceof ApiError && (failure.status === 0 || failure.status === 401)) wanted.length = 0;
      }
      progress.advance();
    }
  });
  await Promise.all(workers);
  progress.end();
  deselect(done);
  if (problem) {
    tell(`${action.label} failed for ${all - done.length} of ${count(all, "job")}. ${problem}`, true);
  } else if (all > 1 || action.name === "delete") {
    tell(`${action.done} ${count(all, "job")}.`);
  }
}
