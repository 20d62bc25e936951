import { describe, expect, it } from "vitest";
import type { Gpu, Job } from "../../src/api/types.ts";
import { type Lane, LaneKeeper } from "../../src/state/lanes.ts";
import { job } from "./job.ts";

function gpu(change: Partial<Gpu> = {}): Gpu {
  return {
    id: 0, name: "RTX 5070 Ti", total_mb: 12227, slots_used: 0, slots_max: 3, slots_quarantined: 0, vram_used_mb: 0, enabled: true,
    accounting: "per_job", capacity_mb: 10227, loaded: [], ...change,
  };
}
const on = (id: number, gpuId = 0): Job => job(id, { state: "running", gpu_id: gpuId });
const show = (lanes: Lane[]) => lanes.map((lane) => (lane.kind === "running" ? Number(lane.job.id) : lane.kind));

describe("LaneKeeper", () => {
  it("shows a lane a slot, and only the jobs of its GPU", () => {
    const keeper = new LaneKeeper();
    expect(show(keeper.arrange(gpu(), [], null))).toEqual(["free", "free", "free"]);
    expect(show(keeper.arrange(gpu({ slots_used: 1 }), [on(1), on(2, 1)], null))).toEqual([1, "free", "free"]);
  });

  it("leaves a job in its lane when another ends", () => {
    const keeper = new LaneKeeper();
    keeper.arrange(gpu({ slots_used: 3 }), [on(1), on(2), on(3)], null);
    expect(show(keeper.arrange(gpu({ slots_used: 2 }), [on(1), on(3)], null))).toEqual([1, "free", 3]);
    expect(show(keeper.arrange(gpu({ slots_used: 3 }), [on(1), on(3), on(4)], null))).toEqual([1, 4, 3]);
  });

  it("says what keeps free lanes from being used", () => {
    const keeper = new LaneKeeper();
    const low = { code: "ram_low", message: "RAM 3.2 of 4.0 GB free" };
    expect(keeper.arrange(gpu({ slots_used: 1 }), [on(1)], low).slice(1)).toEqual([{ kind: "blocked", reason: low }, { kind: "blocked", reason: low }]);
    expect(show(keeper.arrange(gpu({ slots_used: 1 }), [on(1)], { code: "slots_busy", message: "" }))).toEqual([1, "free", "free"]);
  });

  it("shows quarantined slots, and slots whose job is not known yet", () => {
    const keeper = new LaneKeeper();
    expect(show(keeper.arrange(gpu({ slots_used: 3, slots_quarantined: 1 }), [on(1)], null))).toEqual([1, "taken", "quarantined"]);
  });

  it("follows a ledger's slots up and down", () => {
    const keeper = new LaneKeeper();
    expect(keeper.arrange(gpu({ slots_max: 5, slots_used: 2 }), [on(1), on(2)], null)).toHaveLength(5);
    expect(show(keeper.arrange(gpu({ slots_max: 1, slots_used: 1 }), [on(2)], null))).toEqual([2]);
    expect(show(keeper.arrange(gpu({ slots_max: 0, slots_used: 1 }), [on(2)], null))).toEqual([2]);
    expect(keeper.arrange(gpu({ slots_max: 0 }), [], null)).toEqual([]);
  });
});
