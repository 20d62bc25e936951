import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { signInNeeded } from "../../src/api/client.ts";
import { notices } from "../../src/state/notices.ts";
import { forgetJob } from "../../src/state/store.ts";
import { pageOf } from "../../src/transcript/job_page_state.ts";
import { job } from "./job.ts";

let asked: string[] = [];
let answers: ((response: Response) => void)[] = [];

beforeEach(() => {
  asked = [];
  answers = [];
  notices.value = [];
  signInNeeded.value = false;
  const events = { addEventListener: () => {}, removeEventListener: () => {} };
  vi.stubGlobal("window", events);
  vi.stubGlobal("document", { hidden: true, ...events });
  vi.stubGlobal("requestAnimationFrame", () => 1);
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return new Promise((resolve) => answers.push(resolve));
  });
});
afterEach(() => vi.unstubAllGlobals());

const settled = () => new Promise((resolve) => setTimeout(resolve));
const running = job(1, { state: "running" });

it("follows a job that runs", async () => {
  const page = pageOf(running.id);
  page.open();
  answers[0]?.(Response.json(running));
  await vi.waitFor(() => expect(asked).toEqual([`/api/jobs/${running.id}`, `/api/jobs/${running.id}/events`]));
  page.close();
});

it("follows nothing once it was left, whenever the answer comes", async () => {
  const page = pageOf(running.id);
  page.open();
  page.close();
  answers[0]?.(Response.json(running));
  await settled();
  expect(asked).toEqual([`/api/jobs/${running.id}`]);
  expect(page.job.value).toBe(null);
});

it("is another page when it is opened again, for nothing was left to save", () => {
  const page = pageOf(running.id);
  page.open();
  expect(pageOf(running.id)).toBe(page);
  page.close();
  expect(pageOf(running.id)).not.toBe(page);
});

it("tells when somebody deletes the job", async () => {
  const page = pageOf(running.id);
  page.open();
  answers[0]?.(Response.json(job(1, { state: "failed" })));
  await vi.waitFor(() => expect(page.job.value).not.toBe(null));
  forgetJob("another");
  expect(page.removed.value).toBe(false);
  forgetJob(running.id);
  expect(page.removed.value).toBe(true);
  expect(notices.value.map((one) => one.text)).toEqual(["“talk-1.mp3” was deleted."]);
  page.close();
});

it("asks for the job again when a key was entered", async () => {
  const page = pageOf(running.id);
  page.open();
  answers[0]?.(Response.json({ error: { code: "unauthorized", message: "A key is needed." } }, { status: 401 }));
  await vi.waitFor(() => expect(signInNeeded.value).toBe(true));
  signInNeeded.value = false;
  expect(asked.length).toBe(2);
  page.close();
});
