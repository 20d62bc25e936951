// Transcripts as files on the user's disk.
import { apiKey, messageOf, request } from "../api/client.ts";
import type { Job } from "../api/types.ts";
import { count, stem } from "../format.ts";
import { ProgressNotice, tell } from "./notices.ts";
import { type FormatName, extensionOf } from "./preferences.ts";
import { distinctNames, zip } from "./zip.ts";

export function transcriptPath(id: string, format: FormatName): string {
  return `/api/jobs/${id}/transcript?format=${format}`;
}

function fileName(job: Job, format: FormatName): string {
  return `${stem(job.name) || job.id}.${extensionOf(format)}`;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// A link cannot bring the key along, so the page fetches by itself then.
export function linkFor(job: Job, format: FormatName): string | null {
  return apiKey.value === null ? `${transcriptPath(job.id, format)}&download=true` : null;
}

export async function downloadOne(job: Job, format: FormatName): Promise<void> {
  try {
    const response = await request(transcriptPath(job.id, format));
    save(await response.blob(), fileName(job, format));
  } catch (failure) {
    tell(`${job.name}: ${messageOf(failure)}`, true);
  }
}

// One file for one job, a ZIP file for several.
export async function download(jobs: Job[], format: FormatName): Promise<void> {
  const completed = jobs.filter((job) => job.state === "completed");
  if (completed.length === 0) return tell("None of these jobs has a transcript yet.", true);
  if (completed.length === 1) return downloadOne(completed[0] as Job, format);
  const progress = new ProgressNotice("Downloading", completed.length);
  const names = distinctNames(completed.map((job) => fileName(job, format)));
  try {
    const entries = [];
    for (const [index, job] of completed.entries()) {
      const response = await request(transcriptPath(job.id, format));
      entries.push({ name: names[index] as string, bytes: new Uint8Array(await response.arrayBuffer()) });
      progress.advance();
    }
    save(zip(entries), "transcripts.zip");
    tell(`Downloaded ${count(entries.length, "transcript")} as transcripts.zip.`);
  } catch (failure) {
    tell(`The download stopped: ${messageOf(failure)}`, true);
  } finally {
    progress.end();
  }
}
