// The jobs that are marked, for doing one thing to many.
import { signal } from "@preact/signals";
import { list } from "./store.ts";

export const selected = signal<ReadonlySet<string>>(new Set());
let anchor: string | null = null;

export function toggle(id: string): void {
  const next = new Set(selected.value);
  if (!next.delete(id)) next.add(id);
  anchor = id;
  selected.value = next;
}

// From the last one that was marked to this one.
export function extendTo(id: string): void {
  const from = list.value.indexOf(anchor ?? id);
  const to = list.value.indexOf(id);
  const next = new Set(selected.value);
  for (let at = Math.min(from, to); at <= Math.max(from, to); ++at) {
    const job = list.value.at(at);
    if (job) next.add(job.id);
  }
  selected.value = next;
}

export function selectLoaded(): void {
  selected.value = new Set(list.value.ids);
}

export function clearSelection(): void {
  if (selected.value.size > 0) selected.value = new Set();
}

export function deselect(ids: Iterable<string>): void {
  const next = new Set(selected.value);
  for (const id of ids) next.delete(id);
  if (next.size !== selected.value.size) selected.value = next;
}
