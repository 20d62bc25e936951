// A stream of server-sent events that goes on by itself: after a lost connection, after a restart
// of the daemon, and after the page was out of sight. Read with fetch() rather than EventSource,
// which can send no API key.
import { authorization, errorOf, signInNeeded } from "./client.ts";
import { type SseEvent, SseParser } from "./sse.ts";

export type StreamState = "connecting" | "open" | "lost" | "ended";

export interface StreamListener {
  event(event: SseEvent): void;
  state?(state: StreamState): void;
  // The stream is open, and what happened before it is not in it: fetch the state of things.
  fresh?(): void;
}

// The daemon says something at least every 15 s.
const silenceMs = 40_000;
const mostWaitMs = 10_000;
// A browser gives all tabs together six connections to a server; one that nobody looks at lets go
// of its own, and catches up from the last event when somebody does.
const hiddenMs = 20_000;

export class EventStream {
  private lastId = "";
  private abort: AbortController | null = null;
  private stopped = false;
  private failures = 0;
  private retryMs = 2000;
  private wake: (() => void) | null = null;
  private hideTimer: ReturnType<typeof setTimeout> | undefined;
  private sleeping = false;

  constructor(
    private readonly url: string,
    private readonly listener: StreamListener,
  ) {}

  start(): void {
    document.addEventListener("visibilitychange", this.onVisibility);
    window.addEventListener("online", this.hurry);
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    document.removeEventListener("visibilitychange", this.onVisibility);
    window.removeEventListener("online", this.hurry);
    clearTimeout(this.hideTimer);
    this.abort?.abort();
    this.wake?.();
  }

  // Try now instead of later: a key was entered, or the network is back.
  readonly hurry = (): void => {
    this.failures = 0;
    this.wake?.();
  };

  private readonly onVisibility = (): void => {
    clearTimeout(this.hideTimer);
    if (document.hidden) {
      this.hideTimer = setTimeout(() => {
        this.sleeping = true;
        this.abort?.abort();
      }, hiddenMs);
    } else if (this.sleeping) {
      this.sleeping = false;
      this.hurry();
    }
  };

  private async run(): Promise<void> {
    while (!this.stopped) {
      if (this.sleeping) {
        await this.pause(Number.POSITIVE_INFINITY);
        continue;
      }
      this.listener.state?.(this.failures === 0 ? "connecting" : "lost");
      const ended = await this.readOnce().catch(() => false);
      if (this.stopped) return;
      if (ended) {
        this.listener.state?.("ended");
        return this.stop();
      }
      if (this.sleeping) continue;
      if (++this.failures > 1) this.listener.state?.("lost");
      // The first try comes at once: most often the server has only closed an old connection.
      const wait = this.failures === 1 ? 100 : Math.min(mostWaitMs, this.retryMs * 2 ** (this.failures - 2));
      await this.pause(signInNeeded.value ? Number.POSITIVE_INFINITY : wait * (0.75 + Math.random() / 2));
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(done, ms) : undefined;
      this.wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
  }

  // True: there will be no more events.
  private async readOnce(): Promise<boolean> {
    const abort = new AbortController();
    this.abort = abort;
    let watchdog = setTimeout(() => abort.abort(), silenceMs);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream", ...authorization() };
      if (this.lastId) headers["Last-Event-ID"] = this.lastId;
      const response = await fetch(this.url, { headers, signal: abort.signal, cache: "no-store" });
      if (response.status === 204) return true;
      if (!response.ok || !response.body) throw await errorOf(response);
      const resumed = this.lastId !== "";
      this.failures = 0;
      this.listener.state?.("open");
      if (!resumed) this.listener.fresh?.();
      const parser = new SseParser(this.lastId);
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return false;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), silenceMs);
        for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
          if (event.type === "reset") this.listener.fresh?.();
          else this.listener.event(event);
        }
        this.lastId = parser.lastId;
        this.retryMs = parser.retryMs ?? this.retryMs;
      }
    } finally {
      clearTimeout(watchdog);
    }
  }
}
