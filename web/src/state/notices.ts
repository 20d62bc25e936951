// Short messages at the edge of the page, read aloud by screen readers.
import { signal } from "@preact/signals";

export interface Notice {
  id: number;
  text: string;
  bad: boolean;
}

export const notices = signal<Notice[]>([]);
let nextId = 0;

export function tell(text: string, bad = false): void {
  const notice = { id: ++nextId, text, bad };
  notices.value = [...notices.value.slice(-3), notice];
  // What went wrong stays until it is dismissed.
  if (!bad) setTimeout(() => dismiss(notice.id), 6000);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((one) => one.id !== id);
}
