// What is to be done with recordings that were dropped or chosen.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { count, fileSize } from "../format.ts";
import { type Dropped, filesChosen } from "../state/dropped.ts";
import { language, model } from "../state/preferences.ts";
import { models } from "../state/store.ts";
import { add } from "../state/uploads.ts";
import { Dialog } from "../ui/dialog.tsx";
import { FormatChoice, LanguageChoice, ModelChoice } from "./choices.tsx";

const chosen = signal<Dropped | null>(null);

export function openChooser(): void {
  chosen.value = { files: [], leftOut: 0 };
}

export function openWith(dropped: Dropped): void {
  const before = chosen.value ?? { files: [], leftOut: 0 };
  chosen.value = { files: [...before.files, ...dropped.files], leftOut: before.leftOut + dropped.leftOut };
}

function Choosers() {
  const onChange = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    if (input.files) openWith(filesChosen(input.files));
    input.value = "";
  };
  return (
    <div class="choosers">
      <label class="button"><input class="sr" type="file" multiple onChange={onChange} />Choose files</label>
      <label class="button"><input class="sr" type="file" multiple ref={(input) => input?.setAttribute("webkitdirectory", "")} onChange={onChange} />Choose a folder</label>
      <span class="muted">or drop them anywhere on the page</span>
    </div>
  );
}

function FileList({ files }: { files: File[] }) {
  const shown = files.slice(0, 6);
  const bytes = files.reduce((all, file) => all + file.size, 0);
  return (
    <div class="chosen">
      <ul>
        {shown.map((file, index) => <li key={index}><span class="name" dir="auto">{file.name}</span> <span class="number muted">{fileSize(file.size)}</span></li>)}
        {files.length > shown.length && <li class="muted">and {count(files.length - shown.length, "more", "more")}</li>}
      </ul>
      <p class="muted">{count(files.length, "recording")}, {fileSize(bytes)}</p>
    </div>
  );
}

export function AddDialog() {
  const dropped = chosen.value;
  const go = useRef<HTMLButtonElement>(null);
  const ready = (dropped?.files.length ?? 0) > 0;
  useEffect(() => {
    if (ready) go.current?.focus();
  }, [ready]);
  if (!dropped) return null;
  const close = () => {
    chosen.value = null;
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const known = models.value.some((one) => one.name === model.value && one.available);
    add(dropped.files, { model: known ? model.value : "", language: language.value, translate: form.get("translate") === "on" });
    close();
  };
  return (
    <Dialog title="Add recordings" onClose={close}>
      <form class="add" onSubmit={submit}>
        <Choosers />
        {dropped.files.length > 0 && <FileList files={dropped.files} />}
        {dropped.leftOut > 0 && <p class="muted">{count(dropped.leftOut, "file")} that no recording can be were left out.</p>}
        <div class="fields">
          <label for="model">Model</label><div><ModelChoice /></div>
          <label for="language">Language</label><LanguageChoice />
          <span>Save as</span><FormatChoice label="Save transcripts as" />
          <span /><label class="check"><input type="checkbox" name="translate" /> Translate into English</label>
        </div>
        <div class="dialog-buttons">
          <button type="button" onClick={close}>Close</button>
          <button ref={go} type="submit" class="primary" disabled={!ready}>Transcribe</button>
        </div>
      </form>
    </Dialog>
  );
}
