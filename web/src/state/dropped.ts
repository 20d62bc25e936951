// Files out of a drop, folders and what lies in them included.

// What people record in; of a folder, only these are taken. A file that is named by itself is the
// engine's to judge.
const media = /\.(aac|aiff?|amr|avi|flac|m4[abv]|mk[av]|mov|mp[234]|mpe?g|mts|og[agv]|opus|ts|wav|web[am]|wm[av]|3gp)$/i;

export function isMedia(file: { name: string; type: string }): boolean {
  return media.test(file.name) || /^(audio|video)\//.test(file.type);
}

export interface Dropped {
  files: File[];
  leftOut: number; // of folders: what is no recording
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

// A reader gives at most a hundred at a time.
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all.sort((a, b) => a.name.localeCompare(b.name));
    all.push(...some);
  }
}

async function collect(entry: FileSystemEntry, inFolder: boolean, into: Dropped): Promise<void> {
  if (entry.isDirectory) {
    for (const child of await entriesOf(entry as FileSystemDirectoryEntry)) await collect(child, true, into);
    return;
  }
  const file = await fileOf(entry as FileSystemFileEntry);
  if (inFolder && !isMedia(file)) ++into.leftOut;
  else into.files.push(file);
}

// Call it inside the drop's handler: afterwards the browser has forgotten what was dropped.
export async function filesOf(transfer: DataTransfer): Promise<Dropped> {
  const into: Dropped = { files: [], leftOut: 0 };
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry): entry is FileSystemEntry => entry !== null);
  const plain = [...transfer.files];
  if (entries.length === 0) into.files.push(...plain);
  for (const entry of entries) await collect(entry, false, into);
  return into;
}

// Of a file chooser.
export function filesChosen(files: FileList): Dropped {
  const all = [...files];
  const fromFolder = all.some((file) => file.webkitRelativePath !== "");
  const taken = fromFolder ? all.filter(isMedia) : all;
  return { files: taken, leftOut: all.length - taken.length };
}
