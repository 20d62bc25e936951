import { signal } from "@preact/signals";
import { Dialog } from "./dialog.tsx";

const open = signal(false);
export function showHelp(): void {
  open.value = true;
}

const words: [string, string][] = [
  ["GPU", "A graphics card of the server. It does the listening."],
  ["Slot", "Room for one job on a GPU. A free one takes the next job; a blocked one is free, but something else is missing, which it says."],
  ["VRAM", "The memory of a GPU. What is hatched is left to other programs."],
  ["RAM", "The memory of the server. Below the line nothing new starts, so that the server stays well."],
  ["Promised", "RAM for jobs that have just begun and have not taken it yet."],
  ["Model", "What has learned to listen. Larger ones hear better and take longer."],
];

// Keys.
const groups: [string, [string, string][]][] = [
  ["Everywhere", [["?", "This help"], ["a", "Add recordings"], ["Esc", "Close, or go back"]]],
  ["Jobs", [
    ["/", "Search"], ["↑ ↓", "From job to job"], ["Enter", "Open it"], ["Space", "Mark it"], ["Shift ↑ ↓", "Mark several"],
    ["Ctrl A", "Mark all that are loaded"], ["f", "Move to the front"], ["c", "Cancel"], ["r", "Retry"], ["d", "Download"], ["Del", "Delete"],
  ]],
  ["A transcript", [
    ["Space", "Play, pause"], ["← →", "5 s back, ahead"], ["/", "Search"], ["e", "Correct the text, or stop"],
    ["Enter", "Next line, while correcting"], ["Ctrl Z", "Undo"], ["Ctrl Y", "Redo"],
  ]],
];

export function HelpDialog() {
  if (!open.value) return null;
  return (
    <Dialog title="Help" onClose={() => { open.value = false; }}>
      <ol class="steps">
        <li>Drop recordings onto this page, or press <b>Add recordings</b>. Audio and video, files and folders.</li>
        <li>Watch: each job says how far it is, or why it waits. You may close the page; the work goes on.</li>
        <li>When a job is done, <b>download</b> its subtitles, or open it to read, listen, correct, and take another format.</li>
      </ol>
      <section>
        <h3>What the words mean</h3>
        <dl class="words">
          {words.map(([word, what]) => <div key={word}><dt>{word}</dt><dd>{what}</dd></div>)}
        </dl>
      </section>
      {groups.map(([title, keys]) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl class="keys">
            {keys.map(([key, what]) => (
              <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
            ))}
          </dl>
        </section>
      ))}
      <div class="dialog-buttons"><button type="button" autofocus onClick={() => { open.value = false; }}>Close</button></div>
    </Dialog>
  );
}
