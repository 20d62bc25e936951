import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { signInNeeded } from "../../src/api/client.ts";
import type { Transcript } from "../../src/api/types.ts";
import { notices } from "../../src/state/notices.ts";
import { Corrections } from "../../src/transcript/corrections.ts";

// For what looks whether somebody looks.
Object.assign(globalThis, { document: { hidden: true } });

const line = (id: number, text: string) => ({ id, start: id * 4, end: id * 4 + 4, text });
const heard = (): Transcript => ({ text: "", language: "en", segments: [line(0, "one"), line(1, "two"), line(2, "three")] });

// The daemon's end: one transcript with a revision. What it is asked waits for answer().
class Server {
  revision = 0;
  kept = heard();
  down: Response | null = null; // instead of any answer
  writes = 0;
  private holding = false;
  private readonly held: (() => void)[] = [];

  readonly fetch = (path: string, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve) => {
      const go = () => resolve(this.answer(path, init));
      if (this.holding) this.held.push(go);
      else go();
    });
  hold(): void {
    this.holding = true;
  }
  release(): void {
    this.holding = false;
    for (const go of this.held.splice(0)) go();
  }
  texts(): string[] {
    return this.kept.segments.map((one) => one.text);
  }
  // Somebody else's page.
  write(...segments: Transcript["segments"]): void {
    this.kept = { ...this.kept, segments, edited: true };
    ++this.revision;
  }

  private answer(path: string, init: RequestInit): Response {
    if (this.down) return this.down.clone();
    const headers = new Headers(init.headers);
    if (path.endsWith("/restore")) {
      this.kept = heard();
      this.revision = 0;
    } else if (init.method === "PUT") {
      ++this.writes;
      if (headers.get("if-match") !== `"${this.revision}"`) return Response.json({ error: { code: "transcript_changed", message: "Changed." } }, { status: 412 });
      this.write(...(JSON.parse(init.body as string) as Transcript).segments);
    }
    return Response.json(this.kept, { headers: { etag: `"${this.revision}"` } });
  }
}

let server: Server;
let listeners: Map<string, (event: unknown) => void>;

const settled = () => vi.advanceTimersByTimeAsync(0);
const asksBeforeLeaving = () => {
  let asked = false;
  listeners.get("beforeunload")?.({ preventDefault: () => { asked = true; } });
  return asked;
};
async function opened(): Promise<Corrections> {
  const corrections = new Corrections("0123456789ab", () => "talk.mp3");
  corrections.open();
  await corrections.load();
  return corrections;
}
const texts = (corrections: Corrections) => corrections.lines.value.map((one) => one.text);

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  listeners = new Map();
  vi.stubGlobal("fetch", server.fetch);
  vi.stubGlobal("window", {
    addEventListener: (type: string, listener: (event: unknown) => void) => listeners.set(type, listener),
    removeEventListener: (type: string) => listeners.delete(type),
  });
  notices.value = [];
  signInNeeded.value = false;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("what is typed", () => {
  it("is kept before the line is left, as one change", async () => {
    const corrections = await opened();
    expect(asksBeforeLeaving()).toBe(false);
    for (const text of ["O", "On", "Once"]) corrections.type(0, text);
    expect(asksBeforeLeaving()).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.texts()).toEqual(["Once", "two", "three"]);
    expect(corrections.saveState.value).toBe("saved");
    expect(asksBeforeLeaving()).toBe(false);
    corrections.endTyping();
    expect(texts(corrections)).toEqual(["Once", "two", "three"]);
    expect(corrections.undo()).toBe(0);
    expect(texts(corrections)).toEqual(["one", "two", "three"]);
    expect(corrections.undo()).toBe(null);
  });

  it("while a save is on its way is saved after it", async () => {
    const corrections = await opened();
    corrections.type(0, "Once");
    server.hold();
    await vi.advanceTimersByTimeAsync(1000);
    expect(corrections.saveState.value).toBe("saving");
    corrections.type(0, "Once more");
    server.release();
    await settled();
    expect(corrections.saveState.value).toBe("waiting");
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.texts()[0]).toBe("Once more");
    expect(corrections.saveState.value).toBe("saved");
    expect(notices.value).toEqual([]);
  });
});

describe("two who correct", () => {
  it("keep their lines both, and the second is told", async () => {
    const corrections = await opened();
    corrections.type(0, "mine");
    server.write(line(0, "one"), line(1, "theirs"), line(2, "three"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.texts()).toEqual(["mine", "theirs", "three"]);
    expect(texts(corrections)).toEqual(["mine", "theirs", "three"]);
    expect(corrections.saveState.value).toBe("saved");
    expect(notices.value.map((one) => one.text)).toEqual(["“talk.mp3” has been corrected elsewhere, too. Those lines are here now, and yours are kept."]);
    expect(corrections.undo()).toBe(0);
    expect(texts(corrections)).toEqual(["one", "theirs", "three"]);
  });

  it("are not told of what they wrote themselves, whose answer was lost", async () => {
    const corrections = await opened();
    corrections.type(0, "mine");
    server.write(line(0, "mine"), line(1, "two"), line(2, "three"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(corrections.saveState.value).toBe("saved");
    expect(notices.value).toEqual([]);
  });

  it("lose no text without seeing it", async () => {
    const corrections = await opened();
    corrections.type(0, "first");
    corrections.type(2, "third");
    // The line moved, and one is not there any more.
    server.write({ ...line(0, "new"), end: 1 }, line(1, "two"), { ...line(7, "x") }, line(2, "three"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.texts()).toEqual(["new", "two", "x", "third"]);
    expect(notices.value.map((one) => one.text).at(-1)).toBe("A line of “talk.mp3” that you corrected is not there any more. You wrote: first");
  });
});

describe("a save that fails", () => {
  const refusal = (status: number) => Response.json({ error: { code: "x", message: "Not now." } }, { status });

  it("is tried again, also when the page was left", async () => {
    const corrections = await opened();
    const done = vi.fn();
    corrections.type(1, "mine");
    server.down = refusal(503);
    await vi.advanceTimersByTimeAsync(1000);
    expect(corrections.saveState.value).toBe("failed");
    expect(corrections.saveProblem.value).toBe("Not now.");
    corrections.close(done);
    expect(notices.value.map((one) => one.text)).toEqual(["The corrections of “talk.mp3” are not saved: Not now."]);
    expect(asksBeforeLeaving()).toBe(true);
    expect(done).not.toHaveBeenCalled();
    server.down = null;
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.texts()[1]).toBe("mine");
    expect(done).toHaveBeenCalledOnce();
    expect(listeners.size).toBe(0);
  });

  it("for want of a key comes after the key", async () => {
    const corrections = await opened();
    corrections.type(1, "mine");
    server.down = refusal(401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(signInNeeded.value).toBe(true);
    expect(server.writes).toBe(0);
    server.down = null;
    signInNeeded.value = false;
    await settled();
    expect(server.texts()[1]).toBe("mine");
  });

  it("for a job that is gone keeps nobody from leaving", async () => {
    const corrections = await opened();
    const done = vi.fn();
    corrections.type(1, "mine");
    corrections.close(done);
    server.down = refusal(404);
    await settled();
    expect(done).toHaveBeenCalledOnce();
    expect(listeners.size).toBe(0);
  });
});

describe("what was heard", () => {
  it("comes back, and what is not saved goes then only", async () => {
    const corrections = await opened();
    corrections.type(0, "mine");
    server.down = Response.json({ error: { code: "io_error", message: "No." } }, { status: 500 });
    expect(await corrections.restore()).toBe(false);
    expect(corrections.saveState.value).toBe("waiting");
    server.down = null;
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.texts()[0]).toBe("mine");
    corrections.type(0, "mine again");
    server.hold();
    const restored = corrections.restore();
    await settled();
    expect(asksBeforeLeaving()).toBe(true);
    server.release();
    expect(await restored).toBe(true);
    expect(corrections.saveState.value).toBe("saved");
    expect(texts(corrections)).toEqual(["one", "two", "three"]);
  });
});
