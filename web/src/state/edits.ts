// A transcript that is being corrected: every change can be taken back, and taken back again.
import type { Segment, Transcript } from "../api/types.ts";

interface Change {
  index: number;
  before: Segment;
  after: Segment;
}

// A segment with another text. What the engine said of its words does not hold for other words.
export function withText(segment: Segment, text: string): Segment {
  const { words, tokens, avg_logprob, ...rest } = segment;
  void words;
  void tokens;
  void avg_logprob;
  return { ...rest, text };
}

export class Edits {
  private segments: readonly Segment[];
  private readonly done: Change[] = [];
  private undone: Change[] = [];

  constructor(private readonly transcript: Transcript) {
    this.segments = transcript.segments;
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

  // False: that is what stands there already.
  setText(index: number, text: string): boolean {
    const before = this.segments[index];
    if (!before || before.text.trim() === text.trim()) return false;
    const change = { index, before, after: withText(before, text.trim()) };
    this.done.push(change);
    this.undone = [];
    this.put(index, change.after);
    return true;
  }

  // The line that has changed; null: nothing to take back.
  undo(): number | null {
    const change = this.done.pop();
    if (!change) return null;
    this.undone.push(change);
    this.put(change.index, change.before);
    return change.index;
  }
  redo(): number | null {
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

  private put(index: number, segment: Segment): void {
    this.segments = this.segments.map((one, at) => (at === index ? segment : one));
  }
}
