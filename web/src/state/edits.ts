// A transcript that is being corrected: every change can be taken back, and taken back again.
import type { Segment, Transcript } from "../api/types.ts";

interface Change {
  index: number;
  before: Segment;
  after: Segment;
}

// What became of corrections that were made in an older transcript.
export interface Rebased {
  edits: Edits;
  othersChanged: boolean; // there is something in the newer one that nobody here wrote
  lost: string[]; // texts whose line is not there any more
}

// A segment with another text. What the engine said of its words does not hold for other words.
export function withText(segment: Segment, text: string): Segment {
  const { words, tokens, avg_logprob, ...rest } = segment;
  void words;
  void tokens;
  void avg_logprob;
  return { ...rest, text };
}

function same(a: Segment, b: Segment): boolean {
  return a.start === b.start && a.end === b.end && a.text.trim() === b.text.trim();
}

export class Edits {
  private segments: readonly Segment[];
  private kept: readonly Segment[]; // as the daemon has them
  private readonly done: Change[] = [];
  private undone: Change[] = [];
  private open = false; // the last change is still being typed

  constructor(private readonly transcript: Transcript) {
    this.segments = transcript.segments;
    this.kept = transcript.segments;
  }

  get lines(): readonly Segment[] {
    return this.segments;
  }
  get canUndo(): boolean {
    return this.done.length > 0;
  }
  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  // The line as it is typed: one change until close(), however many letters. False: that is what
  // stands there already.
  type(index: number, text: string): boolean {
    const last = this.done.at(-1);
    if (this.open && last && last.index !== index) this.close();
    const now = this.segments[index];
    if (!now || now.text.trim() === text.trim()) return false;
    const before = this.open && last ? last.before : now;
    if (this.open) this.done.pop();
    this.open = before.text.trim() !== text.trim();
    const after = this.open ? withText(before, text.trim()) : before;
    if (this.open) this.done.push({ index, before, after });
    this.undone = [];
    this.put(index, after);
    return true;
  }
  close(): void {
    this.open = false;
  }

  // False: that is what stands there already.
  setText(index: number, text: string): boolean {
    const changed = this.type(index, text);
    this.close();
    return changed;
  }

  // The line that has changed; null: nothing to take back.
  undo(): number | null {
    this.close();
    const change = this.done.pop();
    if (!change) return null;
    this.undone.push(change);
    this.put(change.index, change.before);
    return change.index;
  }
  redo(): number | null {
    this.close();
    const change = this.undone.pop();
    if (!change) return null;
    this.done.push(change);
    this.put(change.index, change.after);
    return change.index;
  }

  // As it is sent to the daemon.
  result(): Transcript {
    return { ...this.transcript, segments: [...this.segments] };
  }
  // The daemon has these lines, which were result()'s.
  keep(lines: readonly Segment[]): void {
    this.kept = lines;
  }

  // The corrections that the daemon has not, made in what it has now. Where somebody else has
  // changed the same line, the one here counts: who made it sees it.
  onto(newer: Transcript): Rebased {
    const edits = new Edits(newer);
    const placeOf = (line: Segment, index: number): number => {
      const there = newer.segments[index];
      if (there?.start === line.start && there.end === line.end) return index;
      return newer.segments.findIndex((one) => one.start === line.start && one.end === line.end);
    };
    const lost: string[] = [];
    const mine = new Set<Segment>();
    this.segments.forEach((line, index) => {
      const kept = this.kept[index];
      if (kept && same(kept, line)) return;
      const at = placeOf(line, index);
      if (at < 0) return void lost.push(line.text);
      mine.add(newer.segments[at] as Segment);
      edits.setText(at, line.text);
    });
    const othersChanged = newer.segments.length !== this.kept.length || newer.segments.some((line, index) => {
      const kept = this.kept[index];
      const here = this.segments[index];
      return !(kept && same(kept, line)) && !(mine.has(line) && here && same(here, line));
    });
    return { edits, othersChanged, lost };
  }

  private put(index: number, segment: Segment): void {
    this.segments = this.segments.map((one, at) => (at === index ? segment : one));
  }
}
