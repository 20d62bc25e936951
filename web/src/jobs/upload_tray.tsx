import { count, fileSize } from "../format.ts";
import { jobLink } from "../state/route.ts";
import { type Upload, again, drop, dropFinished, uploads } from "../state/uploads.ts";
import { Check, Cross, Retry } from "../ui/icons.tsx";

function UploadLine({ upload }: { upload: Upload }) {
  const { file } = upload;
  const done = file.size > 0 ? upload.sent / file.size : 1;
  return (
    <li class={`upload ${upload.state}`}>
      <div class="upload-line">
        {upload.job ? <a class="name" dir="auto" href={jobLink(upload.job)}>{file.name}</a> : <span class="name" dir="auto">{file.name}</span>}
        {upload.state === "sent" ? <span class="state completed"><Check />Sent</span> : <span class="number muted">{upload.state === "sending" ? `${fileSize(upload.sent)} of ` : ""}{fileSize(file.size)}</span>}
        {upload.state === "failed" && <button type="button" class="quiet" aria-label={`Try again: ${file.name}`} onClick={() => again(upload.id)}><Retry /></button>}
        {upload.state !== "sent" && <button type="button" class="quiet" aria-label={`Leave out: ${file.name}`} onClick={() => drop(upload.id)}><Cross /></button>}
      </div>
      {upload.state === "sending" && <progress value={done} max={1} aria-label={`Upload of ${file.name}`} />}
      {upload.problem && <p class={upload.state === "failed" ? "problem" : "warned"} role="alert">{upload.problem}</p>}
    </li>
  );
}

export function UploadTray() {
  const all = uploads.value;
  if (all.length === 0) return null;
  const left = all.filter((one) => one.state === "waiting" || one.state === "sending").length;
  const failed = all.filter((one) => one.state === "failed").length;
  // What goes on first, then what went wrong, then what is done with.
  const rank = { sending: 0, failed: 1, waiting: 2, sent: 3 };
  const shown = [...all].sort((a, b) => rank[a.state] - rank[b.state] || b.id - a.id).slice(0, 8);
  const title = left > 0 ? `Sending ${count(left, "recording")}` : failed > 0 ? `${count(failed, "recording")} not sent` : `${count(all.length, "recording")} sent`;
  return (
    <section class="tray" aria-label="Uploads">
      <header>
        <h2>{title}</h2>
        <span class="sr" role="status">{left === 0 ? title : ""}</span>
        {failed > 1 && <button type="button" class="all-again" onClick={() => again()}><Retry />Try all again</button>}
        <button type="button" class="quiet" aria-label={left > 0 ? "Hide those that are sent" : "Close"} onClick={() => {
          dropFinished();
          if (left === 0) for (const one of uploads.value) drop(one.id);
        }}><Cross /></button>
      </header>
      <ul>{shown.map((one) => <UploadLine key={one.id} upload={one} />)}</ul>
      {all.length > shown.length && <p class="muted">and {count(all.length - shown.length, "more", "more")}</p>}
    </section>
  );
}
