import { Component, type VNode } from "preact";
import type { Job } from "../api/types.ts";
import { clock, languageName, percent, roughly, when } from "../format.ts";
import { cancel, moveToFront, remove, retry } from "../state/actions.ts";
import { now } from "../state/clock.ts";
import { downloadOne, linkFor } from "../state/downloads.ts";
import { format } from "../state/preferences.ts";
import { jobLink } from "../state/route.ts";
import { extendTo, selected, toggle } from "../state/selection.ts";
import { secondsLeft, whyItWaits } from "../state/store.ts";
import { Check, Clock, Cross, Download, Front, Play, Retry, Stop, Trash, Warning } from "../ui/icons.tsx";
import { ask } from "./job_actions.ts";

const states: Record<Job["state"], { word: string; icon: () => VNode }> = {
  queued: { word: "Queued", icon: Clock },
  running: { word: "Running", icon: Play },
  completed: { word: "Done", icon: Check },
  failed: { word: "Failed", icon: Warning },
  cancelled: { word: "Cancelled", icon: Stop },
};

export function StateMark({ job }: { job: Job }) {
  const state = states[job.state];
  return <span class={`state ${job.state}`}><state.icon />{state.word}</span>;
}

// How long it took, and how much faster than listening that is.
export function tookText(job: Job): string {
  if (!job.started_at || !job.ended_at) return "";
  const seconds = (Date.parse(job.ended_at) - Date.parse(job.started_at)) / 1000;
  if (seconds < 1) return "took less than 1 s";
  const speed = job.audio_seconds ? ` (${(job.audio_seconds / seconds).toFixed(1)}×)` : "";
  return `took ${roughly(seconds)}${speed}`;
}

function RunningText({ job }: { job: Job }) {
  if (job.reason) return <>{job.reason.message}</>;
  const elapsed = job.started_at ? (now.value - Date.parse(job.started_at)) / 1000 : 0;
  const left = secondsLeft(job, now.value);
  return <>{`${clock(elapsed)} on GPU ${job.gpu_id ?? "?"}${left === null ? "" : `, ${clock(left)} left`}`}</>;
}

const hopeless = new Set(["no_gpu_fits", "model_missing"]);

function WaitingText({ job }: { job: Job }) {
  const why = whyItWaits(job) ?? "";
  return <span class={hopeless.has(job.reason?.code ?? "") ? "warned" : ""} title={why}>{why}</span>;
}

// The second line: why it waits, how it goes, how it went.
function Detail({ job }: { job: Job }) {
  if (job.state === "running") return <RunningText job={job} />;
  if (job.state === "queued") return <WaitingText job={job} />;
  if (job.state === "failed") return <span class="problem">{job.error?.message ?? "failed"}</span>;
  if (job.reason) return <>{job.reason.message}</>;
  if (job.state === "completed") return <>{[job.language ? languageName(job.language) : "", tookText(job)].filter(Boolean).join(", ")}</>;
  return null;
}

interface ButtonProps {
  label: string;
  job: Job;
  icon: () => VNode;
  onClick(): void;
}
function RowButton({ label, job, icon: Icon, onClick }: ButtonProps) {
  return <button type="button" class="quiet" tabIndex={-1} title={label} aria-label={`${label}: ${job.name}`} onClick={onClick}><Icon /></button>;
}

function RowButtons({ job }: { job: Job }) {
  const link = job.state === "completed" ? linkFor(job, format.value) : null;
  const label = `Download .${format.value}`;
  // Of verbose_json: it is a JSON file.
  const face = () => <><Download /><span class="word">.{format.value.replace("verbose_", "")}</span></>;
  return (
    <>
      {link !== null && <a class="button quiet" tabIndex={-1} href={link} download title={label} aria-label={`${label}: ${job.name}`}>{face()}</a>}
      {job.state === "completed" && link === null && <RowButton label={label} job={job} icon={face} onClick={() => void downloadOne(job, format.value)} />}
      {moveToFront.allowed(job) && <RowButton label="Move to front" job={job} icon={Front} onClick={() => void ask(moveToFront, [job])} />}
      {retry.allowed(job) && <RowButton label="Retry" job={job} icon={Retry} onClick={() => void ask(retry, [job])} />}
      {cancel.allowed(job) && <RowButton label="Cancel" job={job} icon={Cross} onClick={() => void ask(cancel, [job])} />}
      {remove.allowed(job) && <RowButton label="Delete" job={job} icon={Trash} onClick={() => void ask(remove, [job])} />}
    </>
  );
}

interface RowProps {
  job: Job;
  index: number;
  top: number; // pixels from the list's top
  active: boolean; // the one that the keyboard is on
  marked: boolean;
  onFocus(index: number): void;
}

function Row({ job, index, top, active, marked, onFocus }: RowProps) {
  return (
    <div
      role="row" class={marked ? "row marked" : "row"} style={{ transform: `translateY(${top}px)` }}
      aria-rowindex={index + 2} aria-selected={marked} tabIndex={active ? 0 : -1} data-index={index} data-id={job.id}
      onFocus={() => onFocus(index)}
    >
      {job.state === "running" && <span class="bar" style={{ transform: `scaleX(${job.progress})` }} />}
      <div role="gridcell" class="cell mark">
        <input
          type="checkbox" tabIndex={-1} checked={marked} aria-label={`Mark ${job.name}`}
          onClick={(event) => (event.shiftKey ? extendTo(job.id) : toggle(job.id))}
        />
      </div>
      <div role="gridcell" class="cell main">
        <a class="name" dir="auto" href={jobLink(job.id)} tabIndex={-1} title={job.name}>{job.name}</a>
        <span class="detail" title={job.error?.message}><Detail job={job} /></span>
      </div>
      <div role="gridcell" class="cell status">
        <StateMark job={job} />
        {job.state === "running" && <span class="number">{percent(job.progress)}</span>}
      </div>
      <div role="gridcell" class="cell model">{job.model}</div>
      <div role="gridcell" class="cell length number">{job.audio_seconds === null ? "" : clock(job.audio_seconds)}</div>
      <div role="gridcell" class="cell created number">{when(job.created_at)}</div>
      <div role="gridcell" class="cell buttons"><RowButtons job={job} /></div>
    </div>
  );
}

// Jobs are values: one that is the same object has not changed, and its row need not be looked at.
export class JobRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { job, index, top, active, marked } = this.props;
    return job !== next.job || index !== next.index || top !== next.top || active !== next.active || marked !== next.marked;
  }
  override render(props: RowProps) {
    return <Row {...props} />;
  }
}

export function isMarked(id: string): boolean {
  return selected.value.has(id);
}
