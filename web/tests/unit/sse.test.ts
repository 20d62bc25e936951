import { describe, expect, it } from "vitest";
import { SseParser } from "../../src/api/sse.ts";

const text = ": hello\n\nretry: 2000\nid: a-1\nevent: job\ndata: {\"id\":1}\n\nevent: progress\r\ndata: one\r\ndata: two\r\nid: a-2\r\n\r\ndata:plain\rid\r\r";

describe("SseParser", () => {
  it("reads events with their types, data and ids", () => {
    const parser = new SseParser();
    expect(parser.feed(text)).toEqual([
      { type: "job", data: '{"id":1}', id: "a-1" },
      { type: "progress", data: "one\ntwo", id: "a-2" },
      { type: "message", data: "plain", id: "" },
    ]);
    expect(parser.retryMs).toBe(2000);
  });

  it("reads the same however the text is cut", () => {
    const whole = new SseParser().feed(text);
    for (let at = 0; at <= text.length; ++at) {
      const parser = new SseParser();
      expect([...parser.feed(text.slice(0, at)), ...parser.feed(text.slice(at))]).toEqual(whole);
    }
    const parser = new SseParser();
    expect([...text].flatMap((char) => parser.feed(char))).toEqual(whole);
  });

  it("keeps the last id for events that bring none", () => {
    const parser = new SseParser("a-7");
    expect(parser.feed("data: x\n\nid: a-8\n\ndata: y\n\n")).toEqual([
      { type: "message", data: "x", id: "a-7" },
      { type: "message", data: "y", id: "a-8" },
    ]);
  });

  it("takes an id that comes alone, but none of an event that is cut", () => {
    const parser = new SseParser();
    expect(parser.feed("id: a-1\n\nid: a-2\nevent: job\n")).toEqual([]);
    expect(parser.lastId).toBe("a-1");
    parser.feed("data: x\n\n");
    expect(parser.lastId).toBe("a-2");
  });

  it("drops an event that the stream ended in the middle of", () => {
    expect(new SseParser().feed("data: half")).toEqual([]);
  });
});
