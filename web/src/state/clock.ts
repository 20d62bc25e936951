// The time, as the daemon has it: the machine that shows the page may be minutes off.
import { signal } from "@preact/signals";

let offsetMs = 0;

// From an answer's Date header, which has whole seconds.
export function learnServerTime(header: string | null): void {
  const said = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(said)) return;
  const off = said + 500 - Date.now();
  offsetMs = Math.abs(off) < 2000 ? 0 : off;
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}

// Moves once a second while somebody looks.
export const now = signal(serverNow());
setInterval(() => {
  if (!document.hidden) now.value = serverNow();
}, 1000);
