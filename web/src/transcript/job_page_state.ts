// What the page of one job knows: the job, its lines, and how they are corrected.
import { computed, signal } from "@preact/signals";
import { getJson, messageOf, send } from "../api/client.ts";
import { EventStream } from "../api/event_stream.ts";
import type { SseEvent } from "../api/sse.ts";
import { type Job, type Segment, type Transcript, hasEnded } from "../api/types.ts";
import { findAll } from "../state/cues.ts";
import { Edits } from "../state/edits.ts";
import { transcriptPath } from "../state/downloads.ts";
import { onJob } from "../state/store.ts";

// How long nothing is typed before it is saved.
const saveAfterMs = 1000;

export type SaveState = "saved" | "waiting" | "saving" | "failed";

export class JobPageState {
  readonly job = signal<Job | null>(null);
  readonly problem = signal<string | null>(null);
  readonly lines = signal<readonly Segment[]>([]);
  readonly loaded = signal(false); // the whole transcript, not what has been heard so far
  readonly edited = signal(false); // by somebody, some time
  readonly editing = signal(false);
  readonly editingLine = signal(-1);
  readonly saveState = signal<SaveState>("saved");
  readonly saveProblem = signal("");
  readonly undoable = signal(false);
  readonly redoable = signal(false);
  readonly wanted = signal(""); // what is searched for
  readonly match = signal(0); // the one that is looked at
  readonly matches = computed(() => findAll(this.lines.value, this.wanted.value));
  readonly canEdit = computed(() => this.loaded.value && this.lines.value.length > 0);

  private edits: Edits | null = null;
  private stream: EventStream | null = null;
  private stopListening: (() => void) | null = null;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> = Promise.resolve();

  constructor(readonly id: string) {}

  open(): void {
    window.addEventListener("beforeunload", this.onLeave);
    this.stopListening = onJob((job) => {
      if (job.id === this.id) this.takeJob(job);
    });
    getJson<Job>(`/api/jobs/${this.id}`).then(
      (job) => this.takeJob(job),
      (failure: unknown) => {
        this.problem.value = messageOf(failure);
      },
    );
  }

  close(): void {
    window.removeEventListener("beforeunload", this.onLeave);
    this.stopListening?.();
    this.stream?.stop();
    if (this.saveState.value === "waiting") void this.saveNow();
  }

  private takeJob(job: Job): void {
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
      this.take(await getJson<Transcript>(transcriptPath(this.id, "json")));
    } catch (failure) {
      this.problem.value = messageOf(failure);
    }
  }

  private take(transcript: Transcript): void {
    this.edits = new Edits(transcript);
    this.edited.value = transcript.edited === true;
    this.loaded.value = true;
    this.showEdits();
  }

  private showEdits(): void {
    if (!this.edits) return;
    this.lines.value = this.edits.lines;
    this.undoable.value = this.edits.canUndo;
    this.redoable.value = this.edits.canRedo;
  }

  setEditing(on: boolean): void {
    this.editing.value = on;
    this.editingLine.value = on ? Math.max(0, this.editingLine.value) : -1;
  }

  setText(index: number, text: string): void {
    if (!this.edits?.setText(index, text)) return;
    this.showEdits();
    this.saveSoon();
  }
  undo(): void {
    this.step(this.edits?.undo() ?? null);
  }
  redo(): void {
    this.step(this.edits?.redo() ?? null);
  }
  private step(line: number | null): void {
    if (line === null) return;
    this.editingLine.value = line;
    this.showEdits();
    this.saveSoon();
  }

  private saveSoon(): void {
    this.saveState.value = "waiting";
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => void this.saveNow(), saveAfterMs);
  }

  // One after the other, so that an older text never comes last.
  saveNow(): Promise<void> {
    clearTimeout(this.saveTimer);
    this.saving = this.saving.then(() => this.save());
    return this.saving;
  }

  private async save(): Promise<void> {
    if (!this.edits || this.saveState.value === "saved") return;
    this.saveState.value = "saving";
    try {
      await send<Transcript>("PUT", `/api/jobs/${this.id}/transcript`, this.edits.result());
      this.edited.value = true;
      // Something may have been typed meanwhile: then its own save follows.
      if (this.saveState.peek() === "saving") this.saveState.value = "saved";
    } catch (failure) {
      this.saveState.value = "failed";
      this.saveProblem.value = messageOf(failure);
    }
  }

  async restore(): Promise<void> {
    clearTimeout(this.saveTimer);
    try {
      await this.saving;
      this.saveState.value = "saved";
      this.take(await send<Transcript>("POST", `/api/jobs/${this.id}/transcript/restore`));
      this.setEditing(false);
    } catch (failure) {
      this.problem.value = messageOf(failure);
    }
  }

  private readonly onLeave = (event: BeforeUnloadEvent): void => {
    if (this.saveState.value !== "saved") event.preventDefault();
  };
}
