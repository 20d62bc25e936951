// Actions as buttons and keys ask for them: with a question first, where something would be lost.
import type { Job } from "../api/types.ts";
import { count } from "../format.ts";
import { type Action, isLongUnderWay, perform } from "../state/actions.ts";
import { serverNow } from "../state/clock.ts";
import { confirm } from "../ui/dialog.tsx";

async function isMeant(action: Action, jobs: Job[]): Promise<boolean> {
  const one = jobs.length === 1 ? `“${jobs[0]?.name}”` : count(jobs.length, "job");
  if (action.name === "delete") {
    return confirm(`Delete ${one}?`, "Transcripts and uploaded recordings are deleted for good.", "Delete");
  }
  if (action.name === "cancel" && (jobs.length > 1 || jobs.some((job) => isLongUnderWay(job, serverNow())))) {
    return confirm(`Cancel ${one}?`, "What has been transcribed so far is lost; a retry begins anew.", jobs.length > 1 ? "Cancel the jobs" : "Cancel the job");
  }
  return true;
}

export async function ask(action: Action, jobs: Job[]): Promise<void> {
  const able = jobs.filter(action.allowed);
  if (able.length > 0 && (await isMeant(action, able))) await perform(action, able);
}
