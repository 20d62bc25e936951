import type { Job } from "../api/types.ts";
import { clock, percent } from "../format.ts";
import { now } from "../state/clock.ts";
import { secondsLeft } from "../state/store.ts";

export function JobProgress({ job }: { job: Job }) {
  const left = secondsLeft(job, now.value);
  return (
    <div class="job-progress">
      <progress value={job.progress} max={1} aria-label="Progress" />
      <span class="number">{percent(job.progress)}{left === null ? "" : `, ${clock(left)} left`}</span>
    </div>
  );
}
