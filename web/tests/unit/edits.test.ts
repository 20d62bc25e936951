import { describe, expect, it } from "vitest";
import { Edits } from "../../src/state/edits.ts";
import { findAll, lineAt } from "../../src/state/cues.ts";

const line = (id: number, text: string) => ({ id, start: id * 4, end: id * 4 + 4, text });
const transcript = () => ({
  text: "", language: "en", duration_s: 12,
  segments: [{ ...line(0, " Go forward"), words: [{}], tokens: [1], avg_logprob: -0.1, seek: 0 }, line(1, " ten metres"), line(2, " Stop. Go.")],
});
const texts = (edits: Edits) => edits.lines.map((one) => one.text);

describe("Edits", () => {
  it("takes changes back and makes them again", () => {
    const edits = new Edits(transcript());
    expect(edits.setText(0, "Go back")).toBe(true);
    expect(edits.setText(1, "two metres ")).toBe(true);
    expect(texts(edits)).toEqual(["Go back", "two metres", " Stop. Go."]);
    expect(edits.undo()).toBe(1);
    expect(edits.undo()).toBe(0);
    expect(edits.undo()).toBe(null);
    expect(edits.lines).toEqual(transcript().segments);
    expect(edits.redo()).toBe(0);
    expect(edits.canRedo).toBe(true);
    edits.setText(2, "Halt.");
    expect(edits.canRedo).toBe(false);
    expect(texts(edits)).toEqual(["Go back", " ten metres", "Halt."]);
  });

  it("makes one change of the letters of a line, and none of what is typed and taken back", () => {
    const edits = new Edits(transcript());
    for (const text of ["Go", "Go b", "Go ba"]) expect(edits.type(0, text)).toBe(true);
    // Another line: another change.
    edits.type(1, "x");
    edits.type(1, "ten metres");
    expect(edits.lines[1]).toBe(edits.result().segments[1]);
    expect(edits.lines[1]).toEqual(transcript().segments[1]);
    expect(edits.undo()).toBe(0);
    expect(edits.canUndo).toBe(false);
    expect(edits.lines).toEqual(transcript().segments);
  });

  it("does not count what changes nothing", () => {
    const edits = new Edits(transcript());
    expect(edits.setText(0, "Go forward ")).toBe(false);
    expect(edits.canUndo).toBe(false);
  });

  it("drops what the engine said of words that are not there any more, and nothing else", () => {
    const edits = new Edits(transcript());
    edits.setText(0, "Go back");
    expect(edits.result()).toEqual({ ...transcript(), segments: [{ id: 0, start: 0, end: 4, text: "Go back", seek: 0 }, line(1, " ten metres"), line(2, " Stop. Go.")] });
  });
});

describe("lineAt", () => {
  it("is the last line that has begun", () => {
    const lines = transcript().segments;
    expect([-1, 0, 3.9, 4, 7.99, 100].map((second) => lineAt(lines, second))).toEqual([-1, 0, 0, 1, 2, 2]);
    expect(lineAt([], 5)).toBe(-1);
  });
});

describe("findAll", () => {
  it("finds every place, in whatever case, in the text as it is shown", () => {
    expect(findAll(transcript().segments, "go")).toEqual([
      { line: 0, from: 0, to: 2 },
      { line: 2, from: 6, to: 8 },
    ]);
    expect(findAll(transcript().segments, "  ")).toEqual([]);
  });
});
