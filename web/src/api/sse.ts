// The text/event-stream format (WHATWG HTML, section 9.2), fed in whatever pieces arrive.

export interface SseEvent {
  type: string;
  data: string;
  id: string; // the last one seen, also where this event brought none
}

export class SseParser {
  retryMs: number | null = null;
  private line = "";
  private afterReturn = false; // the piece before ended in \r: a \n now belongs to it
  private data: string[] = [];
  private type = "";
  private id: string;
  // Of the last event that has come whole; a block of its own may bring one, too.
  lastId: string;

  constructor(lastId = "") {
    this.id = this.lastId = lastId;
  }

  feed(text: string): SseEvent[] {
    const events: SseEvent[] = [];
    let from = 0;
    if (this.afterReturn && text.startsWith("\n")) from = 1;
    if (text.length > 0) this.afterReturn = false;
    for (let at = from; at < text.length; ++at) {
      const char = text[at];
      if (char !== "\n" && char !== "\r") continue;
      this.line += text.slice(from, at);
      this.takeLine(events);
      if (char === "\r") {
        if (at + 1 === text.length) this.afterReturn = true;
        else if (text[at + 1] === "\n") ++at;
      }
      from = at + 1;
    }
    this.line += text.slice(from);
    return events;
  }

  private takeLine(events: SseEvent[]): void {
    const line = this.line;
    this.line = "";
    if (line === "") {
      this.lastId = this.id;
      if (this.data.length > 0) {
        events.push({ type: this.type || "message", data: this.data.join("\n"), id: this.id });
      }
      this.data = [];
      this.type = "";
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.data.push(value);
    else if (field === "event") this.type = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
  }
}
