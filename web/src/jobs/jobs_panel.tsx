import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Job, JobState } from "../api/types.ts";
import { isTyping } from "../ui/keys.ts";
import { count } from "../format.ts";
import { type Action, cancel, moveToFront, remove, retry } from "../state/actions.ts";
import { download } from "../state/downloads.ts";
import { format } from "../state/preferences.ts";
import { clearSelection, selected } from "../state/selection.ts";
import { list, listProblem, listVersion, loadingPage, resources, showList, wantedFilter } from "../state/store.ts";
import { Add, Cross, Download, Front, Retry, Search, Trash } from "../ui/icons.tsx";
import { FormatChoice } from "./choices.tsx";
import { openChooser } from "./add_dialog.tsx";
import { ask } from "./job_actions.ts";
import { JobGrid } from "./job_grid.tsx";

const filters: { state: JobState | null; word: string }[] = [
  { state: null, word: "All" },
  { state: "running", word: "Running" },
  { state: "queued", word: "Queued" },
  { state: "completed", word: "Done" },
  { state: "failed", word: "Failed" },
  { state: "cancelled", word: "Cancelled" },
];

function howMany(state: JobState | null): string {
  const now = resources.value;
  if (state === "running") return now ? now.running_jobs.toLocaleString("en") : "";
  if (state === "queued") return now ? now.pending_jobs.toLocaleString("en") : "";
  return "";
}

function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  // As it is typed; the list follows a moment later.
  const typed = useSignal(wantedFilter.peek().search);
  const search = (text: string) => {
    typed.value = text;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const filter = wantedFilter.peek();
      const wanted = text.trim().normalize("NFC");
      if (wanted === filter.search) return;
      clearSelection();
      showList({ ...filter, search: wanted });
    }, 200);
  };
  return (
    <label class="search">
      <span class="sr">Search by name</span>
      <Search />
      <input ref={input} type="search" placeholder="Search by name" value={typed.value}
        onInput={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && event.currentTarget.value === "") event.currentTarget.blur();
        }} />
    </label>
  );
}

function SelectionBar({ jobs }: { jobs: Job[] }) {
  const able = (action: Action) => jobs.some(action.allowed);
  return (
    <div class="selection" role="toolbar" aria-label="What to do with the marked jobs">
      <b>{count(jobs.length, "job")} marked</b>
      {able(moveToFront) && <button type="button" onClick={() => void ask(moveToFront, jobs)}><Front />Move to front</button>}
      {able(retry) && <button type="button" onClick={() => void ask(retry, jobs)}><Retry />Retry</button>}
      {jobs.some((job) => job.state === "completed") && (
        <span class="joined">
          <button type="button" onClick={() => void download(jobs, format.value)}><Download />Download</button>
          <FormatChoice label="Format of downloads" />
        </span>
      )}
      {able(cancel) && <button type="button" onClick={() => void ask(cancel, jobs)}><Cross />Cancel</button>}
      {able(remove) && <button type="button" class="danger" onClick={() => void ask(remove, jobs)}><Trash />Delete</button>}
      <button type="button" class="quiet" onClick={clearSelection}>Clear</button>
    </div>
  );
}

function Empty() {
  const { filter } = list.value;
  if (loadingPage.value || !list.value.started) return <p class="muted empty">Loading…</p>;
  if (filter.search || filter.state) return <p class="muted empty">No job is like that.</p>;
  return (
    <div class="empty">
      <p><b>Drop recordings here</b>, or anywhere on this page: audio or video, files or whole folders.</p>
      <button type="button" class="primary" onClick={openChooser}><Add />Add recordings</button>
    </div>
  );
}

export function JobsPanel() {
  void listVersion.value;
  const marked = useComputed(() => {
    void listVersion.value;
    return [...selected.value].map((id) => list.value.get(id)).filter((one): one is Job => one !== undefined);
  });
  const filter = wantedFilter.value;
  return (
    <section class="jobs" id="jobs" tabIndex={-1} aria-label="Jobs">
      <div class="jobs-bar">
        <div class="tools">
          <h2>Jobs</h2>
          <SearchBox />
          <button type="button" class="primary" onClick={openChooser}><Add />Add recordings</button>
        </div>
        <div class="filters" role="group" aria-label="Which jobs">
          {filters.map(({ state, word }) => (
            <button key={word} type="button" aria-pressed={filter.state === state} onClick={() => {
              clearSelection();
              showList({ ...filter, state });
            }}>{word} <span class="number">{howMany(state)}</span></button>
          ))}
        </div>
        {marked.value.length > 0 && <SelectionBar jobs={marked.value} />}
      </div>
      {listProblem.value && <p class="problem empty" role="alert">{listProblem.value}</p>}
      {list.value.length === 0 ? <Empty /> : <JobGrid />}
      {list.value.length > 0 && !list.value.complete && <p class="muted empty" aria-hidden="true">Loading more…</p>}
    </section>
  );
}
