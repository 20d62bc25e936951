import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { distinctNames, zip } from "../../src/state/zip.ts";

it("writes what another program unpacks", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zip-"));
  try {
    const entries = [
      { name: "talk.srt", bytes: new TextEncoder().encode("1\n00:00:00,000 --> 00:00:01,000\nHello\n") },
      { name: "Gespräch – 2.srt", bytes: new Uint8Array(70_000).fill(65) },
      { name: "silence.srt", bytes: new Uint8Array() },
    ];
    writeFileSync(join(folder, "all.zip"), new Uint8Array(await zip(entries).arrayBuffer()));
    const read = "import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps([z.testzip(), [[i.filename, i.file_size] for i in z.infolist()], z.read('talk.srt').decode()]))";
    const [broken, listed, first] = JSON.parse(execFileSync("python3", ["-c", read, join(folder, "all.zip")], { encoding: "utf8" })) as [unknown, unknown, string];
    expect(broken).toBe(null);
    expect(listed).toEqual(entries.map((entry) => [entry.name, entry.bytes.length]));
    expect(first).toContain("Hello");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("gives files of one name different ones", () => {
  expect(distinctNames(["a.srt", "A.srt", "a.srt", "b", "b"])).toEqual(["a.srt", "A (2).srt", "a (3).srt", "b", "b (2)"]);
});
