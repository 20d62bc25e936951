// What the page of one job knows: the job, its lines, and how they are corrected.
import { computed, effect, signal, untracked } from "@preact/signals";
import { getJson, messageOf, signInNeeded } from "../api/client.ts";
import { EventStream } from "../api/event_stream.ts";
import type { SseEvent } from "../api/sse.ts";
import { type Job, type Segment, hasEnded } from "../api/types.ts";
import { isRemovingHere } from "../state/actions.ts";
import { findAll } from "../state/cues.ts";
import { tell } from "../state/notices.ts";
import { onJob, onRemoved } from "../state/store.ts";
import { Corrections } from "./corrections.ts";

// Those that are looked at, and those with corrections that are not saved yet.
const pages = new Map<string, JobPageState>();

export function pageOf(id: string): JobPageState {
  return pages.get(id) ?? new JobPageState(id);
}

export class JobPageState {
  readonly job = signal<Job | null>(null);
  readonly removed = signal(false); // there is no such job any more
  readonly problem = signal<string | null>(null);
  readonly corrections: Corrections;
  readonly loaded = signal(false); // the whole transcript, not what has been heard so far
  readonly editing = signal(false);
  readonly editingLine = signal(-1);
  readonly wanted = signal(""); // what is searched for
  readonly match = signal(0); // the one that is looked at
  readonly matches = computed(() => findAll(this.lines.value, this.wanted.value));
  readonly canEdit = computed(() => this.loaded.value && this.lines.value.length > 0);

  private stream: EventStream | null = null;
  private opened: AbortController | null = null; // null: nobody looks
  private stopListening: (() => void)[] = [];

  constructor(readonly id: string) {
    this.corrections = new Corrections(id, () => this.job.peek()?.name ?? id);
  }

  get lines() {
    return this.corrections.lines;
  }

  open(): void {
    pages.set(this.id, this);
    this.opened = new AbortController();
    this.corrections.open();
    this.stopListening = [
      onJob((job) => {
        if (job.id === this.id) this.takeJob(job);
      }),
      onRemoved((id) => {
        if (id === this.id) this.takeRemoval();
      }),
      // At once, and again whenever a key was entered.
      effect(() => {
        if (signInNeeded.value) return;
        untracked(() => {
          this.stream?.hurry();
          void this.fetchJob();
        });
      }),
    ];
  }

  close(): void {
    this.opened?.abort();
    this.opened = null;
    for (const stop of this.stopListening) stop();
    this.stream?.stop();
    this.stream = null;
    this.corrections.endTyping();
    this.corrections.close(() => {
      if (!this.opened) pages.delete(this.id);
    });
  }

  private async fetchJob(): Promise<void> {
    const opened = this.opened;
    try {
      const job = await getJson<Job>(`/api/jobs/${this.id}`, opened?.signal);
      if (opened === this.opened) this.takeJob(job);
    } catch (failure) {
      if (opened === this.opened) this.problem.value = messageOf(failure);
    }
  }

  private takeRemoval(): void {
    if (this.removed.value) return;
    // Who did it here is told by the action.
    if (this.job.value && !isRemovingHere(this.id)) tell(`“${this.job.value.name}” was deleted.`);
    this.corrections.forget();
    this.removed.value = true;
  }

  private takeJob(job: Job): void {
    if (!this.opened) return;
    const before = this.job.value;
    this.job.value = job;
    this.problem.value = null;
    if (!hasEnded(job.state)) {
      this.loaded.value = false;
      this.follow();
    } else if (job.state === "completed" && (before?.state !== "completed" || !this.loaded.value)) {
      void this.load();
    }
  }

  // --- while it runs ---

  private follow(): void {
    if (this.stream) return;
    this.stream = new EventStream(`/api/jobs/${this.id}/events`, {
      event: (event) => this.takeEvent(event),
      // What was heard so far comes again.
      fresh: () => {
        if (!this.loaded.value) this.lines.value = [];
      },
      state: (state) => {
        if (state === "ended") this.stream = null;
      },
    });
    this.stream.start();
  }

  private takeEvent(event: SseEvent): void {
    if (event.type === "segment") {
      const { segment } = JSON.parse(event.data) as { segment: Segment };
      // Another attempt begins with the first line again.
      const kept = this.lines.value.filter((line) => line.id < segment.id);
      if (!this.loaded.value) this.lines.value = [...kept, segment];
    } else if (event.type === "progress") {
      const progress = JSON.parse(event.data) as { progress: number; eta_s: number | null };
      if (this.job.value) this.job.value = { ...this.job.value, progress: progress.progress, eta_seconds: progress.eta_s, reason: null };
    } else if (event.type === "job") {
      const job = JSON.parse(event.data) as Job;
      if (hasEnded(job.state)) {
        this.stream?.stop();
        this.stream = null;
      }
      this.takeJob(job);
    }
  }

  // --- when it is there ---

  private async load(): Promise<void> {
    try {
      await this.corrections.load();
      this.loaded.value = true;
    } catch (failure) {
      this.problem.value = messageOf(failure);
    }
  }

  setEditing(on: boolean): void {
    this.corrections.endTyping();
    this.editing.value = on;
    this.editingLine.value = on ? Math.max(0, this.editingLine.value) : -1;
  }
  undo(): void {
    this.editingLine.value = this.corrections.undo() ?? this.editingLine.value;
  }
  redo(): void {
    this.editingLine.value = this.corrections.redo() ?? this.editingLine.value;
  }
  async restore(): Promise<void> {
    if (await this.corrections.restore()) this.setEditing(false);
  }
}
