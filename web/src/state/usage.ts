// The last hour, as columns for the charts: what the daemon remembers, and then what the page sees
// of it, a sample each time the daemon would take one.
import type { HistorySample, Resources } from "../api/types.ts";

export interface UsageColumns {
  time: number[]; // seconds since 1970
  slotsUsed: number[];
  slotsMax: number[];
  ramFree: number[]; // GB, promises counted as used
  speed: (number | null)[]; // hours of audio per hour
}

const hourMs = 3_600_000;
// Throughput comes in lumps (a short job is heard all at once): it is shown over this long.
const smoothedMs = 60_000;

export class Usage {
  private samples: HistorySample[] = [];
  private heardBefore: number | null = null;
  // How it is now, between two samples.
  private present: HistorySample | null = null;

  constructor(private intervalMs = 10_000) {}

  replace(samples: HistorySample[], intervalSeconds: number): void {
    this.samples = [...samples];
    this.intervalMs = intervalSeconds * 1000;
    this.heardBefore = null;
    this.present = null;
  }

  // The page has looked away: samples are missing.
  isBehind(now: number): boolean {
    const last = this.samples.at(-1);
    return last !== undefined && now - Date.parse(last.at) > 2 * this.intervalMs;
  }

  // True: a sample was due and has been taken.
  see(resources: Resources, now: number): boolean {
    this.heardBefore ??= resources.audio_seconds_heard;
    this.present = this.sample(resources, now, this.heardBefore);
    const last = this.samples.at(-1);
    if (last && now - Date.parse(last.at) < this.intervalMs) return false;
    this.heardBefore = resources.audio_seconds_heard;
    this.samples.push(this.present);
    this.present = null;
    while (this.samples[0] && now - Date.parse(this.samples[0].at) > hourMs) this.samples.shift();
    return true;
  }

  private sample(resources: Resources, now: number, heardBefore: number): HistorySample {
    return {
      at: new Date(now).toISOString(),
      slots_used: sum(resources.gpus.map((gpu) => gpu.slots_used)),
      slots_max: sum(resources.gpus.map((gpu) => gpu.slots_max)),
      ram_available_mb: resources.system_ram_available_mb,
      ram_promised_mb: resources.system_ram_promised_mb,
      pending_jobs: resources.pending_jobs,
      // A daemon that started anew counts from nothing.
      audio_seconds: Math.max(0, resources.audio_seconds_heard - heardBefore),
    };
  }

  columns(): UsageColumns {
    const out: UsageColumns = { time: [], slotsUsed: [], slotsMax: [], ramFree: [], speed: [] };
    const samples = this.present ? [...this.samples, this.present] : this.samples;
    for (const [index, sample] of samples.entries()) {
      out.time.push(Date.parse(sample.at) / 1000);
      out.slotsUsed.push(sample.slots_used);
      out.slotsMax.push(sample.slots_max);
      out.ramFree.push((sample.ram_available_mb - sample.ram_promised_mb) / 1000);
      out.speed.push(speedAt(samples, index));
    }
    return out;
  }
}

function speedAt(samples: HistorySample[], index: number): number | null {
  const end = Date.parse((samples[index] as HistorySample).at);
  let heard = 0;
  let from = index;
  while (from > 0 && end - Date.parse((samples[from - 1] as HistorySample).at) <= smoothedMs) {
    heard += (samples[from] as HistorySample).audio_seconds;
    --from;
  }
  const seconds = (end - Date.parse((samples[from] as HistorySample).at)) / 1000;
  return seconds > 0 ? heard / seconds : null;
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
