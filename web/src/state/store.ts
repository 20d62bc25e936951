// What the page knows of the daemon. Filled from requests once, and kept right by events; what
// changes is shown once a frame, however much has changed.
import { batch, computed, signal } from "@preact/signals";
import { getJson, messageOf, signInNeeded } from "../api/client.ts";
import { EventStream, type StreamState } from "../api/event_stream.ts";
import type { SseEvent } from "../api/sse.ts";
import type { History, Job, JobPage, Model, Progress, Resources } from "../api/types.ts";
import { serverNow } from "./clock.ts";
import { JobList, type ListFilter } from "./job_list.ts";
import { waitText } from "./reasons.ts";
import { Usage } from "./usage.ts";

export const pageSize = 200;

export const resources = signal<Resources | null>(null);
// When `resources` came, by serverNow(): what it says in seconds counts from there.
export const resourcesAt = signal(0);
const nextJob = computed(() => resources.value?.next_job ?? null);
export const models = signal<Model[]>([]);
export const running = signal<Job[]>([]);
export const connection = signal<StreamState>("connecting");
export const list = signal(new JobList({ state: null, search: "" }));
// What was asked for last: `list` follows when its first page is there.
export const wantedFilter = signal<ListFilter>(list.value.filter);
export const listVersion = signal(0); // moves when what `list` holds has changed
export const listProblem = signal<string | null>(null);
export const loadingPage = signal(false);
export const usage = new Usage();
export const usageVersion = signal(0);

const runningById = new Map<string, Job>();
// Jobs are values: another estimate comes with another object.
const etaSeenAt = new WeakMap<Job, number>();
const dirty = { list: false, running: false, usage: false };
let frame = 0;

function showSoon(): void {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    batch(() => {
      if (dirty.list) ++listVersion.value;
      if (dirty.running) running.value = [...runningById.values()];
      if (dirty.usage) ++usageVersion.value;
    });
    dirty.list = dirty.running = dirty.usage = false;
  });
}

// Seconds that a running job is likely to need still; null: nobody knows.
export function secondsLeft(job: Job, at: number): number | null {
  if (job.eta_seconds === null || job.eta_seconds === undefined) return null;
  const seenAt = etaSeenAt.get(job) ?? at;
  etaSeenAt.set(job, seenAt);
  return Math.max(0, job.eta_seconds - (at - seenAt) / 1000);
}

// Why a job waits, as it is by now; null: nobody knows.
export function whyItWaits(job: Job): string | null {
  return waitText(job, nextJob.value);
}

function noteRunning(job: Job): void {
  if (job.state === "running") {
    runningById.set(job.id, job);
  } else if (!runningById.delete(job.id)) {
    return;
  }
  dirty.running = true;
}

// --- events ---

const jobListeners = new Set<(job: Job) => void>();

// Called with every job that changes, until the function that it returns is called.
export function onJob(listener: (job: Job) => void): () => void {
  jobListeners.add(listener);
  return () => jobListeners.delete(listener);
}

export function applyJob(job: Job): void {
  noteRunning(job);
  if (list.value.apply(job, performance.now())) dirty.list = true;
  for (const listener of jobListeners) listener(job);
  reasonsHaveMoved();
  showSoon();
}

const removalListeners = new Set<(id: string) => void>();

// Called with the id of every job that is deleted, until the function that it returns is called.
export function onRemoved(listener: (id: string) => void): () => void {
  removalListeners.add(listener);
  return () => removalListeners.delete(listener);
}

export function forgetJob(id: string): void {
  if (runningById.delete(id)) dirty.running = true;
  if (list.value.remove(id, performance.now())) dirty.list = true;
  for (const listener of removalListeners) listener(id);
  showSoon();
}

function applyProgress(progress: Progress): void {
  const change: Partial<Job> = { progress: progress.progress, eta_seconds: progress.eta_s, reason: null };
  if (progress.total_s > 0) change.audio_seconds = progress.total_s;
  const job = runningById.get(progress.id);
  if (job) noteRunning({ ...job, ...change });
  if (list.value.update(progress.id, change)) dirty.list = true;
  showSoon();
}

function applyResources(now: Resources): void {
  const before = resources.value?.next_job;
  batch(() => {
    resources.value = now;
    resourcesAt.value = serverNow();
  });
  usage.see(now, serverNow());
  dirty.usage = true;
  if (now.next_job?.id !== before?.id || now.next_job?.reason.code !== before?.reason.code) reasonsHaveMoved();
  showSoon();
}

function applyEvent(event: SseEvent): void {
  const data: unknown = JSON.parse(event.data);
  if (event.type === "job") applyJob(data as Job);
  else if (event.type === "progress") applyProgress(data as Progress);
  else if (event.type === "removed") forgetJob((data as { id: string }).id);
  else if (event.type === "resources") applyResources(data as Resources);
}

// --- requests ---

const stream = new EventStream("/api/events?types=job,progress,removed,resources", {
  event: applyEvent,
  state: (state) => {
    connection.value = state;
    if (state !== "open") return;
    mayLoadMore();
    // What happened while nobody looked comes as events; when it happened does not.
    if (usage.isBehind(serverNow())) fetchHistory().catch(() => undefined);
  },
  fresh: () => void fetchAll(),
});

export function start(): void {
  stream.start();
}

// After a key was entered.
export function tryAgain(): void {
  stream.hurry();
  void fetchAll();
}

async function fetchAll(): Promise<void> {
  const asked = performance.now();
  const tasks = [
    getJson<Resources>("/api/resources").then(applyResources),
    getJson<{ models: Model[] }>("/api/models").then((answer) => {
      models.value = answer.models;
    }),
    fetchHistory(),
    getJson<JobPage>("/api/jobs?state=running&limit=1000").then((page) => {
      runningById.clear();
      for (const job of page.jobs) noteRunning(job);
      dirty.running = true;
    }),
    reloadList(wantedFilter.value, asked),
  ];
  await Promise.allSettled(tasks);
  showSoon();
}

async function fetchHistory(): Promise<void> {
  const history = await getJson<History>("/api/history");
  usage.replace(history.samples, history.interval_seconds);
  dirty.usage = true;
  showSoon();
}

export function showList(filter: ListFilter): void {
  wantedFilter.value = filter;
  // What went wrong is in listProblem.
  reloadList(filter, performance.now()).catch(() => undefined);
}

let listRequest: AbortController | null = null;

// A new list takes the old one's place when its first page is there, so that nothing flickers.
async function reloadList(filter: ListFilter, asked: number): Promise<void> {
  const next = new JobList(filter);
  const held = onJob((job) => next.apply(job, performance.now()));
  try {
    await fetchPage(next, asked);
    list.value = next;
    dirty.list = true;
    showSoon();
  } finally {
    held();
  }
}

export async function loadMore(): Promise<void> {
  const current = list.value;
  if (loadingPage.value || current.complete || !current.started || moreTimer !== undefined) return;
  try {
    await fetchPage(current, performance.now());
  } catch {
    return; // what went wrong is in listProblem
  }
  dirty.list = true;
  showSoon();
}

// The list asks for more with every look at it. After a failure it is not asked for again until the
// server is back, or some seconds have passed.
const moreAfterMs = 5000;
let moreTimer: ReturnType<typeof setTimeout> | undefined;

function mayLoadMore(): void {
  if (moreTimer === undefined) return;
  clearTimeout(moreTimer);
  moreTimer = signInNeeded.value ? setTimeout(mayLoadMore, moreAfterMs) : undefined;
  if (moreTimer !== undefined) return;
  if (list.value.filter !== wantedFilter.value) return showList(wantedFilter.value);
  dirty.list = true;
  showSoon();
}

function listQuery(filter: ListFilter, limit: number, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (filter.state) query.set("state", filter.state);
  if (filter.search) query.set("search", filter.search);
  if (cursor) query.set("cursor", cursor);
  return `/api/jobs?${query}`;
}

async function fetchPage(into: JobList, asked: number): Promise<void> {
  listRequest?.abort();
  const abort = new AbortController();
  listRequest = abort;
  loadingPage.value = true;
  try {
    const path = listQuery(into.filter, pageSize, into.nextCursor);
    into.addPage(await getJson<JobPage>(path, abort.signal), asked);
    listProblem.value = null;
  } catch (failure) {
    if (!abort.signal.aborted) {
      moreTimer ??= setTimeout(mayLoadMore, moreAfterMs);
      listProblem.value = messageOf(failure);
    }
    throw failure;
  } finally {
    if (listRequest === abort) {
      listRequest = null;
      loadingPage.value = false;
    }
  }
}

// --- why each waits ---
// Every start and every cancel moves all that wait behind it, and no event tells each of them. So
// what is on the screen is asked for again after such a moment, and nothing else.

let shown = { from: 0, to: 0 };
let reasonTimer: ReturnType<typeof setTimeout> | undefined;

export function nowShowing(from: number, to: number): void {
  shown = { from, to };
}

function reasonsHaveMoved(): void {
  reasonTimer ??= setTimeout(() => {
    reasonTimer = undefined;
    void refreshShown();
  }, 1500);
}

async function refreshShown(): Promise<void> {
  const current = list.value;
  const { from, to } = shown;
  let waiting = false;
  for (let at = from; at < to; ++at) waiting ||= current.at(at)?.state === "queued";
  if (!waiting || document.hidden) return;
  const asked = performance.now();
  const cursor = from > 0 ? (current.ids[from - 1] ?? null) : null;
  const page = await getJson<JobPage>(listQuery(current.filter, to - from, cursor)).catch(() => null);
  if (!page) return;
  current.refresh(page.jobs, asked);
  dirty.list = true;
  showSoon();
}
