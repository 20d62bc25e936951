import { afterEach, describe, expect, it, vi } from "vitest";
import { cancel, isLongUnderWay, perform } from "../../src/state/actions.ts";
import { notices } from "../../src/state/notices.ts";
import { job } from "./job.ts";

describe("isLongUnderWay", () => {
  const now = Date.parse("2026-08-01T12:00:00Z");
  it("is a job that has run for more than a minute", () => {
    expect(isLongUnderWay(job(1, { state: "running", started_at: "2026-08-01T11:58:00Z" }), now)).toBe(true);
    expect(isLongUnderWay(job(1, { state: "running", started_at: "2026-08-01T11:59:30Z" }), now)).toBe(false);
  });
  it("is none that waits, whatever became of an earlier attempt", () => {
    expect(isLongUnderWay(job(1, { state: "queued", started_at: "2026-08-01T11:00:00Z" }), now)).toBe(false);
    expect(isLongUnderWay(job(1), now)).toBe(false);
  });
});

describe("perform", () => {
  const jobs = Array.from({ length: 200 }, (_, index) => job(index + 1));
  afterEach(() => {
    vi.unstubAllGlobals();
    notices.value = [];
  });

  it("tells how far it is where there are many", async () => {
    vi.stubGlobal("requestAnimationFrame", () => 1);
    const told = new Set<string>();
    const stop = notices.subscribe((all) => all.forEach((one) => told.add(one.text)));
    vi.stubGlobal("fetch", async (path: string) => Response.json(job(Number(path.split("/")[3]), { state: "cancelled" })));
    await perform(cancel, jobs);
    stop();
    expect([...told].slice(0, 2)).toEqual(["Cancelling 0 of 200…", "Cancelling 10 of 200…"]);
    expect(notices.value.map((one) => one.text)).toEqual(["Cancelled 200 jobs."]);
  });

  it("does not ask a server that is away for each of them", async () => {
    const fetched = vi.fn(() => Promise.reject(new TypeError("Failed to fetch")));
    vi.stubGlobal("fetch", fetched);
    await perform(cancel, jobs);
    expect(fetched.mock.calls.length).toBeLessThanOrEqual(4);
    expect(notices.value.map((one) => one.text)).toEqual(["Cancel failed for 200 of 200 jobs. talk-1.mp3: The server does not answer."]);
  });
});
