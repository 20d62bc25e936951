// The lines of a transcript as somebody corrects them, and how they come to the daemon. They
// outlive the page they were made on until they are saved.
import { effect, signal } from "@preact/signals";
import { ApiError, messageOf, request, signInNeeded } from "../api/client.ts";
import type { Segment, Transcript } from "../api/types.ts";
import { transcriptPath } from "../state/downloads.ts";
import { Edits } from "../state/edits.ts";
import { tell } from "../state/notices.ts";

// How long nothing is typed before it is saved.
const saveAfterMs = 1000;
// How long until a save that failed for what may pass is tried again.
const tryAgainMs = 5000;
// How often in a row somebody else may be faster.
const mostRounds = 5;

export type SaveState = "saved" | "waiting" | "saving" | "failed";

export class Corrections {
  readonly lines = signal<readonly Segment[]>([]);
  readonly edited = signal(false); // by somebody, some time
  readonly saveState = signal<SaveState>("saved");
  readonly saveProblem = signal("");
  readonly undoable = signal(false);
  readonly redoable = signal(false);

  private edits: Edits | null = null;
  private etag: string | null = null;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> = Promise.resolve();
  private whenSaved: (() => void) | null = null; // set once nobody looks any more
  private stopWatching: (() => void) | null = null;

  constructor(
    private readonly id: string,
    private readonly name: () => string,
  ) {}

  // --- while somebody looks ---

  open(): void {
    this.whenSaved = null;
    if (this.stopWatching) return;
    window.addEventListener("beforeunload", this.onLeave);
    const stop = effect(() => {
      if (!signInNeeded.value && this.saveState.peek() === "failed") void this.saveNow();
    });
    this.stopWatching = () => {
      window.removeEventListener("beforeunload", this.onLeave);
      stop();
    };
  }

  // `done` is called once all is saved, which may be at once.
  close(done: () => void): void {
    this.whenSaved = () => {
      this.stopWatching?.();
      this.stopWatching = null;
      done();
    };
    if (this.saveState.value === "saved") this.settle();
    else if (this.saveState.value === "failed") this.tellOfFailure();
    else void this.saveNow();
  }

  // There is nothing any more that they could be made in.
  forget(): void {
    clearTimeout(this.saveTimer);
    this.edits = null;
    this.settle();
  }

  private readonly onLeave = (event: BeforeUnloadEvent): void => {
    if (this.saveState.value !== "saved") event.preventDefault();
  };

  // --- the lines ---

  async load(): Promise<void> {
    const { transcript, etag } = await this.fetched("GET", transcriptPath(this.id, "json"));
    this.take(transcript, etag);
  }

  private take(transcript: Transcript, etag: string | null): void {
    this.edits = new Edits(transcript);
    this.etag = etag;
    this.edited.value = transcript.edited === true;
    this.show();
  }

  private async fetched(method: string, path: string): Promise<{ transcript: Transcript; etag: string | null }> {
    const response = await request(path, { method });
    return { transcript: (await response.json()) as Transcript, etag: response.headers.get("etag") };
  }

  private show(): void {
    if (!this.edits) return;
    this.lines.value = this.edits.lines;
    this.showSteps();
  }
  private showSteps(): void {
    this.undoable.value = this.edits?.canUndo ?? false;
    this.redoable.value = this.edits?.canRedo ?? false;
  }

  // With every letter. `lines` follows with endTyping(): ten thousand need not be looked through
  // for each.
  type(index: number, text: string): void {
    if (!this.edits?.type(index, text)) return;
    this.showSteps();
    this.saveSoon();
  }
  endTyping(): void {
    this.edits?.close();
    if (this.lines.peek() !== this.edits?.lines) this.show();
  }
  // Both give the line that has changed; null: none.
  undo(): number | null {
    return this.step(this.edits?.undo() ?? null);
  }
  redo(): number | null {
    return this.step(this.edits?.redo() ?? null);
  }
  private step(line: number | null): number | null {
    if (line === null) return null;
    this.show();
    this.saveSoon();
    return line;
  }

  // --- to the daemon ---

  private saveSoon(): void {
    this.saveState.value = "waiting";
    this.saveLater(saveAfterMs);
  }
  private saveLater(ms: number): void {
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => void this.saveNow(), ms);
  }

  // One after the other, so that an older text never comes last.
  saveNow(): Promise<void> {
    clearTimeout(this.saveTimer);
    this.saving = this.saving.then(() => this.save());
    return this.saving;
  }

  private async save(): Promise<void> {
    for (let round = 1; this.edits && this.saveState.value !== "saved"; ++round) {
      const lines = this.edits.lines;
      this.saveState.value = "saving";
      try {
        await this.put(this.edits);
        this.edits?.keep(lines);
        this.edited.value = true;
        // Something may have been typed meanwhile: then its own save follows.
        if (this.saveState.peek() === "saving") this.settle();
        return;
      } catch (failure) {
        const outdated = failure instanceof ApiError && failure.status === 412 && round < mostRounds;
        const problem = outdated ? await this.catchUp().then(() => null, (other: unknown) => other) : failure;
        if (problem !== null) return this.fail(problem);
      }
    }
  }

  private async put(edits: Edits): Promise<void> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (this.etag !== null) headers["If-Match"] = this.etag;
    const body = JSON.stringify(edits.result());
    const response = await request(`/api/jobs/${this.id}/transcript`, { method: "PUT", headers, body });
    this.etag = response.headers.get("etag");
  }

  // Somebody else was faster: theirs, and what was corrected here in it.
  private async catchUp(): Promise<void> {
    const { transcript, etag } = await this.fetched("GET", transcriptPath(this.id, "json"));
    if (!this.edits) return;
    const { edits, othersChanged, lost } = this.edits.onto(transcript);
    this.edits = edits;
    this.etag = etag;
    this.show();
    if (othersChanged) tell(`“${this.name()}” has been corrected elsewhere, too. Those lines are here now, and yours are kept.`);
    for (const text of lost) tell(`A line of “${this.name()}” that you corrected is not there any more. You wrote: ${text}`, true);
  }

  private settle(): void {
    this.saveState.value = "saved";
    this.whenSaved?.();
    this.whenSaved = null;
  }

  private fail(failure: unknown): void {
    this.saveState.value = "failed";
    this.saveProblem.value = messageOf(failure);
    const status = failure instanceof ApiError ? failure.status : 0;
    if (status === 0 || status >= 500) this.saveLater(tryAgainMs);
    if (!this.whenSaved) return;
    this.tellOfFailure();
    if (status === 404) this.forget(); // the job is gone, and nobody looks
  }
  private tellOfFailure(): void {
    tell(`The corrections of “${this.name()}” are not saved: ${this.saveProblem.value}`, true);
  }

  // What the engine heard again. False: it could not be had, and all is as it was.
  async restore(): Promise<boolean> {
    clearTimeout(this.saveTimer);
    const restoring = this.saving.then(() => this.bringBack());
    this.saving = restoring.then(() => undefined);
    return restoring;
  }
  private async bringBack(): Promise<boolean> {
    try {
      const { transcript, etag } = await this.fetched("POST", `/api/jobs/${this.id}/transcript/restore`);
      clearTimeout(this.saveTimer);
      this.take(transcript, etag);
      this.settle();
      return true;
    } catch (failure) {
      tell(`What was heard could not be brought back: ${messageOf(failure)}`, true);
      if (this.saveState.value !== "saved") this.saveLater(saveAfterMs);
      return false;
    }
  }
}
