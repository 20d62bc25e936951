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

// How something that takes its time gets on; told only where there is something to tell of.
const worthTelling = 50;
const steps = 20;

export class ProgressNotice {
  private id = 0;
  private done = 0;

  constructor(
    private readonly doing: string, // "Cancelling"
    private readonly all: number,
  ) {
    if (all >= worthTelling) this.show();
  }

  advance(): void {
    ++this.done;
    if (this.id > 0 && this.done % Math.ceil(this.all / steps) === 0) this.show();
  }

  end(): void {
    dismiss(this.id);
  }

  // In the place of the one before; not again where somebody has dismissed that.
  private show(): void {
    const text = `${this.doing} ${this.done.toLocaleString("en")} of ${this.all.toLocaleString("en")}…`;
    if (this.id === 0) {
      this.id = ++nextId;
      notices.value = [...notices.value.slice(-3), { id: this.id, text, bad: false }];
    } else {
      notices.value = notices.value.map((one) => (one.id === this.id ? { ...one, text } : one));
    }
  }
}
