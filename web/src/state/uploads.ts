// Recordings on their way to the daemon.
import { signal } from "@preact/signals";
import { authorization, errorFrom } from "../api/client.ts";
import type { Job } from "../api/types.ts";
import { applyJob } from "./store.ts";

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
  problem: string | null;
  job: string | null; // its id, once the daemon has it
}

// Two keep the line full; the browser has six connections to a server for everything.
const atOnce = 2;

export const uploads = signal<Upload[]>([]);
let nextId = 0;
const requests = new Map<number, XMLHttpRequest>();

function change(id: number, what: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...what } : one));
}

export function add(files: File[], options: UploadOptions): void {
  const more = files.map(
    (file): Upload => ({ id: ++nextId, file, options, state: "waiting", sent: 0, problem: null, job: null }),
  );
  uploads.value = [...uploads.value, ...more];
  sendNext();
}

export function again(id: number): void {
  change(id, { state: "waiting", sent: 0, problem: null });
  sendNext();
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

function sendNext(): void {
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
  form.set("file", upload.file, upload.file.name);

  const request = new XMLHttpRequest();
  requests.set(upload.id, request);
  change(upload.id, { state: "sending" });
  request.open("POST", "/api/jobs");
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  request.upload.onprogress = (event) => change(upload.id, { sent: Math.min(event.loaded, upload.file.size) });
  request.onload = () => {
    if (request.status === 201) {
      const job = JSON.parse(request.responseText) as Job;
      change(upload.id, { state: "sent", sent: upload.file.size, job: job.id });
      applyJob(job);
    } else {
      fail(errorFrom(request.status, request.responseText).message);
    }
  };
  request.onerror = () => fail("The connection was lost.");
  request.onloadend = () => {
    requests.delete(upload.id);
    sendNext();
  };
  request.send(form);

  function fail(problem: string): void {
    change(upload.id, { state: "failed", problem });
  }
}

// Leaving the page would end them.
window.addEventListener("beforeunload", (event) => {
  if (underWay()) event.preventDefault();
});
