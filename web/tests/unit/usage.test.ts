import { describe, expect, it } from "vitest";
import type { Resources } from "../../src/api/types.ts";
import { Usage } from "../../src/state/usage.ts";

function resources(change: Partial<Resources> = {}): Resources {
  return {
    gpus: [], system_ram_mb: 32768, system_ram_available_mb: 20000, system_ram_promised_mb: 2000, pending_jobs: 0, running_jobs: 0,
    min_system_ram_mb: 4000, audio_seconds_heard: 0, next_job: null, ...change,
  };
}
function remembered(second: number, audio: number) {
  return { at: new Date(second * 1000).toISOString(), slots_used: 1, slots_max: 5, ram_available_mb: 20000, ram_promised_mb: 0, pending_jobs: 0, audio_seconds: audio };
}

describe("Usage", () => {
  it("goes on from what the daemon remembers", () => {
    const usage = new Usage();
    usage.replace([remembered(0, 0), remembered(10, 120)], 10);
    expect(usage.see(resources({ audio_seconds_heard: 500 }), 15_000)).toBe(false);
    expect(usage.see(resources({ audio_seconds_heard: 560 }), 20_000)).toBe(true);
    const columns = usage.columns();
    expect(columns.time).toEqual([0, 10, 20]);
    expect(columns.ramFree).toEqual([20, 20, 18]);
    // 120 s in 10 s, then 60 s more in 10 s.
    expect(columns.speed).toEqual([null, 12, 9]);
  });

  it("ends with how it is now, also between two samples", () => {
    const usage = new Usage();
    usage.replace([remembered(0, 0), remembered(10, 120)], 10);
    usage.see(resources({ audio_seconds_heard: 500 }), 11_000);
    usage.see(resources({ audio_seconds_heard: 530, system_ram_available_mb: 9000 }), 15_000);
    expect(usage.columns()).toMatchObject({ time: [0, 10, 15], ramFree: [20, 20, 7], speed: [null, 12, 10] });
    usage.see(resources({ audio_seconds_heard: 560 }), 20_000);
    expect(usage.columns().time).toEqual([0, 10, 20]);
  });

  it("knows when samples are missing", () => {
    const usage = new Usage();
    usage.replace([remembered(0, 0)], 10);
    expect(usage.isBehind(15_000)).toBe(false);
    expect(usage.isBehind(60_000)).toBe(true);
  });

  it("does not take a daemon that counts anew for one that went back", () => {
    const usage = new Usage();
    usage.see(resources({ audio_seconds_heard: 5000 }), 0);
    usage.see(resources({ audio_seconds_heard: 7 }), 10_000);
    expect(usage.columns().speed).toEqual([null, 0]);
  });

  it("smooths throughput over a minute and forgets what is older than an hour", () => {
    const usage = new Usage();
    for (let second = 0; second <= 4000; second += 10) usage.see(resources({ audio_seconds_heard: second < 3990 ? 0 : 600 }), second * 1000);
    const columns = usage.columns();
    expect(columns.time.at(0)).toBe(400);
    expect(columns.speed.at(-1)).toBe(10);
  });
});
