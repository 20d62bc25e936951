// Recordings on their way to the daemon.
import { effect, signal, untracked } from "@preact/signals";
import { authorization, errorFrom, signInNeeded } from "../api/client.ts";
import type { Job } from "../api/types.ts";
import { applyJob, connection } from "./store.ts";

export interface UploadOptions {
  model: string; // empty: the default one
  language: string; // empty: detect
  translate: boolean;
}

export interface Upload {
  id: number;
  file: File;
  options: UploadOptions;
  state: "waiting" | "sending" | "sent" | "failed";
  sent: number; // bytes
  tries: number; // that came to nothing since somebody last asked for one
  mayHaveArrived: boolean; // whole, and only the answer was lost
  problem: string | null; // of a waiting one: why it is sent again
  job: string | null; // its id, once the daemon has it
}

// Two keep the line full; the browser has six connections to a server for everything.
const atOnce = 2;
// A server that is started anew is back within seconds.
const mostTries = 5;
const tryAgainMs = 3000;
// How long what was sent is shown when nothing is left to do.
const shownMs = 6000;

export const uploads = signal<Upload[]>([]);
let nextId = 0;
let held = false; // nothing is sent until the server is back
let holdTimer: ReturnType<typeof setTimeout> | undefined;
let doneTimer: ReturnType<typeof setTimeout> | undefined;
const requests = new Map<number, XMLHttpRequest>();

function change(id: number, what: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...what } : one));
}

export function add(files: File[], options: UploadOptions): void {
  const more = files.map(
    (file): Upload => ({ id: ++nextId, file, options, state: "waiting", sent: 0, tries: 0, mayHaveArrived: false, problem: null, job: null }),
  );
  clearTimeout(doneTimer);
  uploads.value = [...uploads.value, ...more];
  sendNext();
}

// Those that failed, or one of them.
export function again(id?: number): void {
  for (const one of uploads.value) {
    if (one.state === "failed" && (id ?? one.id) === one.id) change(one.id, { state: "waiting", sent: 0, tries: 0, problem: null });
  }
  release();
}

export function drop(id: number): void {
  requests.get(id)?.abort();
  requests.delete(id);
  uploads.value = uploads.value.filter((one) => one.id !== id);
  sendNext();
}

export function dropFinished(): void {
  uploads.value = uploads.value.filter((one) => one.state !== "sent");
}

export function underWay(): boolean {
  return uploads.value.some((one) => one.state === "waiting" || one.state === "sending");
}

// Until the server is heard of again, or some seconds have passed while it is there.
function hold(): void {
  held = true;
  clearTimeout(holdTimer);
  holdTimer = setTimeout(() => {
    if (connection.value !== "lost" && !signInNeeded.value) release();
  }, tryAgainMs);
}

function release(): void {
  held = false;
  clearTimeout(holdTimer);
  sendNext();
}

effect(() => {
  if (connection.value === "open" && !signInNeeded.value && held) untracked(release);
});

function sendNext(): void {
  if (held) return;
  while (requests.size < atOnce) {
    const next = uploads.value.find((one) => one.state === "waiting");
    if (!next) return;
    sendOne(next);
  }
}

// fetch() does not tell how far an upload is.
function sendOne(upload: Upload): void {
  const form = new FormData();
  // Before the file, so that the daemon can refuse without reading it.
  if (upload.options.model) form.set("model", upload.options.model);
  if (upload.options.language) form.set("language", upload.options.language);
  if (upload.options.translate) form.set("task", "translate");
  // The name of a form's file comes with its quotes as %22.
  // As it is typed into the search, too: a Mac keeps an ä as an a and two dots.
  form.set("name", upload.file.name.normalize("NFC"));
  if (upload.mayHaveArrived) form.set("deduplicate", "true");
  form.set("file", upload.file, upload.file.name);

  const request = new XMLHttpRequest();
  requests.set(upload.id, request);
  change(upload.id, { state: "sending", problem: null });
  request.open("POST", "/api/jobs");
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  let sent = 0;
  request.upload.onprogress = (event) => {
    sent = Math.min(event.loaded, upload.file.size);
    change(upload.id, { sent });
  };
  request.onload = () => {
    if (request.status === 201 || request.status === 200) {
      const job = JSON.parse(request.responseText) as Job;
      change(upload.id, { state: "sent", sent: upload.file.size, problem: null, job: job.id });
      applyJob(job);
    } else {
      const { message } = errorFrom(request.status, request.responseText);
      if (request.status === 401 || request.status === 503) waitFor(message);
      else fail(message);
    }
  };
  request.onerror = () => waitFor("The connection was lost, or the file cannot be read any more.");
  request.onloadend = () => {
    requests.delete(upload.id);
    sendNext();
    forgetSoon();
  };
  request.send(form);

  function waitFor(problem: string): void {
    const tries = upload.tries + 1;
    if (tries >= mostTries) return fail(problem);
    hold();
    const mayHaveArrived = upload.mayHaveArrived || (request.status === 0 && sent >= upload.file.size);
    change(upload.id, { state: "waiting", sent: 0, tries, mayHaveArrived, problem: `${problem} It is sent again.` });
  }

  function fail(problem: string): void {
    change(upload.id, { state: "failed", problem });
  }
}

// What went well needs nobody.
function forgetSoon(): void {
  clearTimeout(doneTimer);
  if (uploads.value.every((one) => one.state === "sent")) doneTimer = setTimeout(dropFinished, shownMs);
}

// Leaving the page would end them.
window.addEventListener("beforeunload", (event) => {
  if (underWay()) event.preventDefault();
});
