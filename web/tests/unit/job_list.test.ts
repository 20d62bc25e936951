import { describe, expect, it } from "vitest";
import type { Job } from "../../src/api/types.ts";
import { JobList, matches } from "../../src/state/job_list.ts";
import { job } from "./job.ts";

const all = { state: null, search: "" };
const page = (jobs: Job[], more = false) => ({ jobs, next_cursor: more ? (jobs.at(-1)?.id ?? null) : null });
const numbers = (list: JobList) => list.ids.map(Number);

describe("JobList", () => {
  it("grows by pages, newest first", () => {
    const list = new JobList(all);
    expect(list.complete).toBe(false);
    list.addPage(page([job(9), job(8)], true), 0);
    expect(list.complete).toBe(false);
    expect(list.nextCursor).toBe(job(8).id);
    list.addPage(page([job(7), job(6)]), 0);
    expect(numbers(list)).toEqual([9, 8, 7, 6]);
    expect(list.complete).toBe(true);
    expect(list.at(2)?.name).toBe("talk-7.mp3");
  });

  it("takes new jobs in where they belong, and older ones only once their page is there", () => {
    const list = new JobList(all);
    list.addPage(page([job(9), job(7)], true), 0);
    expect(list.apply(job(10), 1)).toBe(true);
    expect(list.apply(job(8), 1)).toBe(true);
    expect(list.apply(job(3), 1)).toBe(false);
    expect(numbers(list)).toEqual([10, 9, 8, 7]);
  });

  it("does not let an answer that was asked for earlier overwrite an event", () => {
    const list = new JobList(all);
    list.addPage(page([job(5)]), 10);
    list.apply(job(5, { state: "running" }), 30);
    list.refresh([job(5, { state: "queued" })], 20);
    expect(list.at(0)?.state).toBe("running");
    list.refresh([job(5, { state: "completed" })], 40);
    expect(list.at(0)?.state).toBe("completed");
    list.remove(job(5).id, 50);
    list.addPage(page([job(5)]), 45);
    expect(list.length).toBe(0);
  });

  it("keeps to its filter", () => {
    const list = new JobList({ state: "queued", search: "TALK" });
    list.addPage(page([job(2), job(1)]), 0);
    expect(list.apply(job(2, { state: "running" }), 1)).toBe(true);
    expect(list.apply(job(3, { name: "other.mp3" }), 1)).toBe(false);
    expect(list.apply(job(4, { state: "failed" }), 1)).toBe(false);
    expect(numbers(list)).toEqual([1]);
    expect(matches(job(1, { name: "Märchen.MP3" }), { state: null, search: "märchen.mp3" })).toBe(true);
  });

  it("finds places among a hundred thousand", () => {
    const list = new JobList(all);
    const jobs = Array.from({ length: 100_000 }, (_, index) => job(200_000 - 2 * index));
    list.addPage(page(jobs), 0);
    expect(list.indexOf(job(200_000).id)).toBe(0);
    expect(list.indexOf(job(100_000).id)).toBe(50_000);
    list.apply(job(100_001), 1);
    expect(list.at(50_000)?.id).toBe(job(100_001).id);
    list.remove(job(100_001).id, 2);
    expect(list.length).toBe(100_000);
  });
});
