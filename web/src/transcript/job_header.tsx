import type { RefObject } from "preact";
import type { Job } from "../api/types.ts";
import { clock, languageName, when } from "../format.ts";
import { StateMark, tookText } from "../jobs/job_row.tsx";
import { ask } from "../jobs/job_actions.ts";
import { cancel, moveToFront, remove, retry } from "../state/actions.ts";
import { downloadOne, linkFor } from "../state/downloads.ts";
import { formats } from "../state/preferences.ts";
import { Back, Cross, Download, Front, Retry, Trash } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";

function Facts({ job }: { job: Job }) {
  const translated = job.options.task === "translate" ? ", translated" : "";
  const facts = [
    job.audio_seconds === null ? "" : clock(job.audio_seconds),
    job.language ? languageName(job.language) + translated : "",
    job.model,
    job.gpu_id === null ? "" : `GPU ${job.gpu_id}`,
    tookText(job),
    job.attempt > 1 ? `attempt ${job.attempt}` : "",
    `submitted ${when(job.created_at)}`,
  ];
  return <p class="facts number muted">{facts.filter(Boolean).join(" · ")}</p>;
}

function Downloads({ job }: { job: Job }) {
  return (
    <Menu summary={<><Download />Download</>}>
      {formats.map((one) => {
        const link = linkFor(job, one.name);
        return (
          <li key={one.name}>
            {link !== null ? <a href={link} download>{one.label}</a> : <button type="button" class="quiet" onClick={() => void downloadOne(job, one.name)}>{one.label}</button>}
          </li>
        );
      })}
    </Menu>
  );
}

interface HeaderProps {
  job: Job;
  heading: RefObject<HTMLHeadingElement | null>;
}

export function JobHeader({ job, heading }: HeaderProps) {
  return (
    <header class="job-header">
      <a class="back" href="#/"><Back />All jobs</a>
      <div class="job-title">
        <h1 ref={heading} tabIndex={-1} dir="auto">{job.name}</h1>
        <StateMark job={job} />
        <div class="job-buttons">
          {moveToFront.allowed(job) && <button type="button" onClick={() => void ask(moveToFront, [job])}><Front />Move to front</button>}
          {retry.allowed(job) && <button type="button" onClick={() => void ask(retry, [job])}><Retry />Retry</button>}
          {cancel.allowed(job) && <button type="button" onClick={() => void ask(cancel, [job])}><Cross />Cancel</button>}
          {remove.allowed(job) && <button type="button" class="quiet" aria-label="Delete" title="Delete" onClick={() => void ask(remove, [job])}><Trash /></button>}
          {job.state === "completed" && <Downloads job={job} />}
        </div>
      </div>
      <Facts job={job} />
      {job.error && <p class="problem">{job.error.message}</p>}
      {job.lost_attempts.length > 0 && (
        <ul class="lost muted">
          {job.lost_attempts.map((one) => <li key={one.attempt}>Attempt {one.attempt} was lost: {one.message}</li>)}
        </ul>
      )}
    </header>
  );
}
