// One list of jobs, newest first: pages of it as they are scrolled to, kept right by events. No
// network and no page in here.
import type { Job, JobPage, JobState } from "../api/types.ts";

export interface ListFilter {
  state: JobState | null;
  search: string; // part of the name, in whatever case
}

export function matches(job: Job, filter: ListFilter): boolean {
  if (filter.state !== null && job.state !== filter.state) return false;
  return filter.search === "" || job.name.toLowerCase().includes(filter.search.toLowerCase());
}

export class JobList {
  // Descending, as ids grow with age.
  readonly ids: string[] = [];
  private readonly jobs = new Map<string, Job>();
  // When a job was last heard of by an event; what was asked for before that is older news.
  private readonly heardAt = new Map<string, number>();
  private cursor: string | null = null;
  private begun = false;

  constructor(readonly filter: ListFilter) {}

  get complete(): boolean {
    return this.begun && this.cursor === null;
  }
  get started(): boolean {
    return this.begun;
  }
  get length(): number {
    return this.ids.length;
  }
  get nextCursor(): string | null {
    return this.cursor;
  }
  at(index: number): Job | undefined {
    const id = this.ids[index];
    return id === undefined ? undefined : this.jobs.get(id);
  }
  get(id: string): Job | undefined {
    return this.jobs.get(id);
  }

  // The answer to a request for the page at nextCursor, made at `askedAt` (any clock, so long as it
  // is the one of apply()).
  addPage(page: JobPage, askedAt: number): void {
    this.begun = true;
    this.cursor = page.next_cursor;
    for (const job of page.jobs) {
      if ((this.heardAt.get(job.id) ?? Number.NEGATIVE_INFINITY) < askedAt) this.put(job);
    }
  }

  // Fetched anew, without the rest of the page it was on.
  refresh(jobs: Job[], askedAt: number): void {
    for (const job of jobs) {
      if (!this.jobs.has(job.id)) continue;
      if ((this.heardAt.get(job.id) ?? Number.NEGATIVE_INFINITY) < askedAt) this.put(job);
    }
  }

  // A job as it is at `now`. True: something that the list shows has changed.
  apply(job: Job, now: number): boolean {
    this.heardAt.set(job.id, now);
    if (!matches(job, this.filter)) return this.drop(job.id);
    if (!this.jobs.has(job.id) && this.liesBeyond(job.id)) return false;
    this.put(job);
    return true;
  }

  update(id: string, change: Partial<Job>): boolean {
    const job = this.jobs.get(id);
    if (!job) return false;
    this.jobs.set(id, { ...job, ...change });
    return true;
  }

  remove(id: string, now: number): boolean {
    this.heardAt.set(id, now);
    return this.drop(id);
  }

  // Where the id stands, or would stand.
  indexOf(id: string): number {
    let low = 0;
    let high = this.ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ids[middle] as string) > id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // On a page that has not been asked for: it comes with that page.
  private liesBeyond(id: string): boolean {
    if (!this.begun || this.cursor === null) return false;
    return id < this.cursor;
  }

  private put(job: Job): void {
    if (!this.jobs.has(job.id)) {
      const index = this.indexOf(job.id);
      if (index === this.ids.length) this.ids.push(job.id);
      else this.ids.splice(index, 0, job.id);
    }
    this.jobs.set(job.id, job);
  }

  private drop(id: string): boolean {
    if (!this.jobs.delete(id)) return false;
    this.ids.splice(this.indexOf(id), 1);
    return true;
  }
}
