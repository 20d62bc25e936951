import type { Gpu } from "../api/types.ts";
import { clock, gb, percent } from "../format.ts";
import { now } from "../state/clock.ts";
import type { Lane } from "../state/lanes.ts";
import { jobLink } from "../state/route.ts";
import { secondsLeft } from "../state/store.ts";
import { Warning } from "../ui/icons.tsx";

function RunningLane({ lane }: { lane: Extract<Lane, { kind: "running" }> }) {
  const { job } = lane;
  const elapsed = job.started_at ? (now.value - Date.parse(job.started_at)) / 1000 : 0;
  const left = secondsLeft(job, now.value);
  const loading = job.reason?.code === "starting";
  return (
    <li class={loading ? "lane running loading" : "lane running"}>
      <span class="fill" style={{ transform: `translateX(${(job.progress - 1) * 100}%)` }} />
      <a class="lane-name" dir="auto" href={jobLink(job.id)} title={job.name}>{job.name}</a>
      <span class="lane-times">
        {loading ? "loading the model" : <>{clock(elapsed)}<span class="lane-left">{left === null ? "" : ` · ${clock(left)} left`}</span></>}
      </span>
      <span class="lane-percent">{percent(job.progress)}</span>
    </li>
  );
}

const labels: Record<Exclude<Lane["kind"], "running">, string> = {
  taken: "starting",
  free: "free",
  blocked: "blocked",
  quarantined: "quarantined",
};

function LaneRow({ lane }: { lane: Lane }) {
  if (lane.kind === "running") return <RunningLane lane={lane} />;
  const why = {
    taken: "",
    free: "",
    blocked: lane.kind === "blocked" ? lane.reason.message : "",
    quarantined: "its process cannot be killed; the slot comes back when it is gone",
  }[lane.kind];
  return (
    <li class={`lane ${lane.kind}`}>
      {(lane.kind === "blocked" || lane.kind === "quarantined") && <Warning />}
      <span class="lane-word">{labels[lane.kind]}</span>
      {why && <span class="lane-why" title={why}>{why}</span>}
    </li>
  );
}

// The ledger: what jobs were granted, of what they may have, of what the card has.
function Vram({ gpu }: { gpu: Gpu }) {
  if (gpu.total_mb === 0) return <p class="meter-text muted">{gpu.name === "unknown" ? "No GPU has been detected: the server’s log says why" : "VRAM not known"}</p>;
  const capacity = gpu.capacity_mb ?? gpu.total_mb;
  const share = (mb: number) => `${Math.min(100, (100 * mb) / gpu.total_mb)}%`;
  const live = gpu.vram_in_use_mb ?? null;
  const text = gpu.capacity_mb === null
    ? `${gb(gpu.vram_used_mb)} GB granted; slots set by hand`
    : `${gb(gpu.vram_used_mb)} of ${gb(capacity)} GB for jobs`;
  return (
    <div class="meter-row">
      <div class="meter" role="meter" aria-label={`VRAM granted on GPU ${gpu.id}`} aria-valuemin={0} aria-valuemax={capacity} aria-valuenow={Math.min(capacity, gpu.vram_used_mb)} aria-valuetext={text}>
        <span class="meter-fill" style={{ width: share(gpu.vram_used_mb) }} />
        {live !== null && <span class="meter-mark" style={{ left: share(live) }} />}
        {gpu.capacity_mb !== null && <span class="meter-reserve" style={{ left: share(capacity) }} title={`${gb(gpu.total_mb - capacity)} GB are left to others`} />}
      </div>
      <p class="meter-text">
        <span class="muted">VRAM</span> {text}
        {live !== null && <span class="muted meter-live"><span class="key-live" />{gb(live)} GB in use</span>}
      </p>
    </div>
  );
}

function whyNoSlots(gpu: Gpu): string {
  if (!gpu.enabled) return "set aside in the configuration";
  return gpu.capacity_mb !== null ? "too small for a job" : "no slots";
}

// What tells one card from another: "NVIDIA GeForce" is on all of them.
function shortName(name: string): string {
  return name.replace(/^NVIDIA (GeForce )?/, "");
}

// "medium ×3, small".
function named(models: string[]): string {
  return [...new Set(models)].map((model) => {
    const times = models.filter((other) => other === model).length;
    return times > 1 ? `${model} ×${times}` : model;
  }).join(", ");
}

export function GpuCard({ gpu, lanes }: { gpu: Gpu; lanes: Lane[] }) {
  const idle = gpu.loaded.filter((one) => one.jobs === 0);
  return (
    <article class="card gpu" aria-label={`GPU ${gpu.id}, ${gpu.name}`}>
      <header>
        <h2 title={gpu.name}><span class="muted">GPU {gpu.id}</span> {shortName(gpu.name)}</h2>
        <p class="slots">{gpu.slots_max > 0 ? `${gpu.slots_used} of ${gpu.slots_max} slots` : whyNoSlots(gpu)}</p>
      </header>
      {lanes.length > 0 && (
        <ul class="lanes">
          {lanes.map((lane, index) => <LaneRow key={index} lane={lane} />)}
        </ul>
      )}
      <footer>
        <Vram gpu={gpu} />
        {idle.length > 0 && <p class="muted loaded">Loaded, ready to go: {named(idle.map((one) => one.model))}</p>}
      </footer>
    </article>
  );
}
