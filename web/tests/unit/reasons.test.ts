import { describe, expect, it } from "vitest";
import { waitText } from "../../src/state/reasons.ts";
import { job } from "./job.ts";

const next = { id: job(1).id, reason: { code: "ram_low", message: "RAM 3.2 of 4.0 GB free, 12 s until it starts anyway" }, ram_wait_seconds_left: 12 };

describe("waitText", () => {
  it("says of the head what the machine says by now", () => {
    const head = job(1, { reason: { code: "ram_low", message: "RAM 3.0 of 4.0 GB free, 299 s until it starts anyway" } });
    expect(waitText(head, next)).toBe(next.reason.message);
  });
  it("says it of those behind the head, too", () => {
    const second = job(2, { reason: { code: "behind", message: "2nd in line; the first waits: RAM 3.0 of 4.0 GB free, 299 s until it starts anyway" } });
    expect(waitText(second, next)).toBe("2nd in line; the first waits: RAM 3.2 of 4.0 GB free, 12 s until it starts anyway");
  });
  it("leaves every other reason as it is", () => {
    expect(waitText(job(2, { reason: { code: "fetching", message: "its recording is being fetched" } }), next)).toBe("its recording is being fetched");
    expect(waitText(job(2, { reason: { code: "behind", message: "2nd in line; the first waits: for something" } }), null)).toBe("2nd in line; the first waits: for something");
    expect(waitText(job(2), next)).toBeNull();
  });
});
