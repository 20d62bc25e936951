import { describe, expect, it } from "vitest";
import { isLongUnderWay } from "../../src/state/actions.ts";
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
