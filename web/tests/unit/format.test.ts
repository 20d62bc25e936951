import { describe, expect, it } from "vitest";
import { clock, count, fileSize, gb, languageName, percent, roughly, stem, when } from "../../src/format.ts";
import { isMedia } from "../../src/state/dropped.ts";

describe("numbers for people", () => {
  it("clock", () => {
    expect([0, 59.9, 187, 3723, -4].map(clock)).toEqual(["0:00", "0:59", "3:07", "1:02:03", "0:00"]);
  });
  it("roughly", () => {
    expect([0.4, 59, 60, 3540, 3600, 7500].map(roughly)).toEqual(["0 s", "59 s", "1 min", "59 min", "1 h 00 min", "2 h 05 min"]);
  });
  it("sizes", () => {
    expect([gb(12227), gb(4000), gb(49)]).toEqual(["12.2", "4.0", "0.0"]);
    expect([fileSize(10), fileSize(81_000), fileSize(5_250_000), fileSize(1_340_000_000)]).toEqual(["10 bytes", "81 KB", "5.3 MB", "1.34 GB"]);
  });
  it("never says 100% before the end", () => {
    expect([percent(0), percent(0.999), percent(1), percent(7)]).toEqual(["0%", "99%", "100%", "100%"]);
  });
  it("names", () => {
    expect([count(1, "job"), count(1234, "job")]).toEqual(["1 job", "1,234 jobs"]);
    expect([languageName("de"), languageName("not a code")]).toEqual(["German", "not a code"]);
    expect([stem("a.b.mp3"), stem(".hidden"), stem("none")]).toEqual(["a.b", ".hidden", "none"]);
  });
  it("leaves out today's date", () => {
    const now = new Date("2026-08-02T12:00:00");
    expect(when("2026-08-02T08:05:00", now)).not.toContain("Aug");
    expect(when("2026-08-01T08:05:00", now)).toContain("Aug");
    expect(when("2025-08-01T08:05:00", now)).toContain("2025");
  });
});

describe("isMedia", () => {
  it("knows recordings by name or by type", () => {
    for (const name of ["a.MP3", "b.opus", "c.wav", "d.mkv", "e.m4a", "f.webm"]) expect(isMedia({ name, type: "" }), name).toBe(true);
    for (const name of ["a.txt", "mp3", "c.wav.pdf", ".DS_Store"]) expect(isMedia({ name, type: "" }), name).toBe(false);
    expect(isMedia({ name: "strange", type: "audio/x-strange" })).toBe(true);
  });
});
