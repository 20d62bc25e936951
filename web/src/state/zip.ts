// A ZIP file of texts, uncompressed: for taking many transcripts out at once.

export interface ZipEntry {
  name: string;
  bytes: Uint8Array;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// No two alike, as far as a file system that ignores case can tell: "talk (2).srt".
export function distinctNames(names: string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const dot = name.lastIndexOf(".");
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    let distinct = name;
    for (let n = 2; taken.has(distinct.toLowerCase()); ++n) distinct = `${stem} (${n})${extension}`;
    taken.add(distinct.toLowerCase());
    return distinct;
  });
}

// What both headers of an entry have in common (APPNOTE 4.3.7): version 2.0, names in UTF-8,
// stored, 1 January 1980.
function commonFields(entry: ZipEntry, name: Uint8Array): number[] {
  const size = entry.bytes.length;
  return [...u16(20), ...u16(0x0800), ...u16(0), ...u16(0), ...u16(0x21), ...u32(crc32(entry.bytes)), ...u32(size), ...u32(size), ...u16(name.length), ...u16(0)];
}

export function zip(entries: ZipEntry[]): Blob {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name);
    const common = commonFields(entry, name);
    const local = new Uint8Array([...u32(0x04034b50), ...common, ...name]);
    parts.push(local, entry.bytes);
    directory.push(
      new Uint8Array([...u32(0x02014b50), ...u16(20), ...common, ...u16(0), ...u16(0), ...u16(0), ...u32(0), ...u32(offset), ...name]),
    );
    offset += local.length + entry.bytes.length;
  }
  const directorySize = directory.reduce((all, one) => all + one.length, 0);
  const end = new Uint8Array([...u32(0x06054b50), ...u16(0), ...u16(0), ...u16(entries.length), ...u16(entries.length), ...u32(directorySize), ...u32(offset), ...u16(0)]);
  return new Blob([...parts, ...directory, end] as BlobPart[], { type: "application/zip" });
}

function u16(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff];
}
function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}
