// Which line is being spoken, and where a text is found.
import type { Segment } from "../api/types.ts";

// The last line that has begun at `seconds`; -1: none yet. Lines are in order of their starts.
export function lineAt(lines: readonly Segment[], seconds: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    // A player that was sent to a line's start may stand a hair before it.
    if ((lines[middle] as Segment).start <= seconds + 0.02) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface Match {
  line: number;
  from: number; // in the line's text
  to: number;
}

export function findAll(lines: readonly Segment[], wanted: string): Match[] {
  const needle = wanted.trim().toLowerCase();
  if (needle === "") return [];
  const found: Match[] = [];
  lines.forEach((segment, line) => {
    const text = segment.text.trim().toLowerCase();
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      found.push({ line, from: at, to: at + needle.length });
    }
  });
  return found;
}
