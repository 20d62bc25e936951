// A GPU's slots as lanes. A job keeps its lane while it runs, whatever ends beside it.
import type { Gpu, Job, Reason } from "../api/types.ts";

export type Lane =
  | { kind: "running"; job: Job }
  | { kind: "taken" } // by a job that this page has not heard of yet
  | { kind: "free" }
  | { kind: "blocked"; reason: Reason } // free, but the next job may not start
  | { kind: "quarantined" }; // its process cannot be killed

// Reasons that keep a job from a slot that is free.
const blocking = new Set(["ram_low", "vram_busy", "vram_taken", "yielding", "storage", "draining"]);

export class LaneKeeper {
  private readonly places = new Map<number, (string | null)[]>(); // by GPU: the job in each lane

  arrange(gpu: Gpu, running: Job[], next: Reason | null): Lane[] {
    const here = running.filter((job) => job.gpu_id === gpu.id);
    const byId = new Map(here.map((job) => [job.id, job]));
    const places = (this.places.get(gpu.id) ?? []).map((id) => (id !== null && byId.has(id) ? id : null));
    const placed = new Set(places);
    for (const job of here.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (placed.has(job.id)) continue;
      const gap = places.indexOf(null);
      if (gap < 0) places.push(job.id);
      else places[gap] = job.id;
    }
    // Lanes that are neither slots any more nor taken go away; the others move up only then.
    const wanted = Math.max(gpu.slots_max, here.length);
    while (places.length < wanted) places.push(null);
    while (places.length > wanted && places.includes(null)) places.splice(places.lastIndexOf(null), 1);
    this.places.set(gpu.id, places);

    let quarantined = gpu.slots_quarantined;
    let taken = gpu.slots_used - gpu.slots_quarantined - here.length;
    const blocked = next !== null && blocking.has(next.code) ? next : null;
    const lanes = places.map((id): Lane => {
      const job = id === null ? undefined : byId.get(id);
      return job ? { kind: "running", job } : { kind: "free" };
    });
    // The last free ones: they have waited longest for a job of this page's knowledge.
    for (let at = lanes.length - 1; at >= 0; --at) {
      if (lanes[at]?.kind !== "free") continue;
      if (quarantined > 0) {
        lanes[at] = { kind: "quarantined" };
        --quarantined;
      }
    }
    return lanes.map((lane): Lane => {
      if (lane.kind !== "free") return lane;
      if (taken > 0) {
        --taken;
        return { kind: "taken" };
      }
      return blocked ? { kind: "blocked", reason: blocked } : lane;
    });
  }
}
