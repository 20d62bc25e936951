// Why a job waits. What the job itself says of the line's head was so when the job was asked for;
// how the head is by now comes with every event of the machine.
import type { Job, Resources } from "../api/types.ts";

// As the daemon has it of jobs behind the head: "3rd in line; the first waits: RAM 3.2 of ...".
const ofTheFirst = "; the first waits: ";

export function waitText(job: Job, next: Resources["next_job"]): string | null {
  const own = job.reason?.message ?? null;
  if (job.state !== "queued" || next === null) return own;
  if (job.id === next.id) return next.reason.message;
  const at = own?.indexOf(ofTheFirst) ?? -1;
  return own === null || at < 0 ? own : own.slice(0, at) + ofTheFirst + next.reason.message;
}
