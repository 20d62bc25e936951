// After `vite build`: a compressed form beside each file of dist, and the check that what a browser
// fetches stays small.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const folder = fileURLToPath(new URL("../dist/", import.meta.url));
const mostBytes = 150 * 1024;

let total = 0;
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith(".gz")) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = readFileSync(path);
  const zipped = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  if (zipped.length < bytes.length) writeFileSync(`${path}.gz`, zipped);
  total += Math.min(zipped.length, bytes.length);
}
console.log(`The dashboard is ${(total / 1024).toFixed(1)} KB over the wire (at most ${mostBytes / 1024} KB).`);
if (total > mostBytes) {
  console.error("That is too much: something large has come in with a dependency?");
  process.exit(1);
}
