// One job: what was said beside the recording. While it runs, line by line as it is heard.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { signInNeeded } from "../api/client.ts";
import { isTyping, stepOf } from "../ui/keys.ts";
import { subject } from "../state/route.ts";
import { whyItWaits } from "../state/store.ts";
import { JobProgress } from "./job_progress.tsx";
import { JobHeader } from "./job_header.tsx";
import { Lines } from "./lines.tsx";
import { type PlayerHandle, Player } from "./player.tsx";
import { SearchBar } from "./search_bar.tsx";
import { type JobPageState, pageOf } from "./job_page_state.ts";
import { EditBar } from "./edit_bar.tsx";

function useKeys(state: JobPageState, player: { current: PlayerHandle | null }, search: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || signInNeeded.value) return;
      const command = event.ctrlKey || event.metaKey;
      const step = stepOf(event);
      if (step !== null && state.editing.value && !isTyping(event)) {
        step === "redo" ? state.redo() : state.undo();
        return event.preventDefault();
      }
      if (isTyping(event) || command || event.altKey) return;
      const onControl = (event.target as HTMLElement).closest("button, a, audio, input, summary") !== null;
      if (event.key === " " && !onControl) player.current?.toggle();
      else if (event.key === "ArrowLeft" && !onControl) player.current?.skip(-5);
      else if (event.key === "ArrowRight" && !onControl) player.current?.skip(5);
      else if (event.key === "/") search.current?.focus();
      else if (event.key === "e" && state.canEdit.value) state.setEditing(!state.editing.value);
      else if (event.key === "Escape") {
        if (state.editing.value) state.setEditing(false);
        else location.hash = "#/";
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [state]);
}

export function TranscriptPage({ id }: { id: string }) {
  const state = useMemo(() => pageOf(id), [id]);
  const player = useRef<PlayerHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const current = useSignal(-1);
  useEffect(() => {
    state.open();
    window.scrollTo(0, 0);
    return () => state.close();
  }, [state]);
  // The heading is another one once the job is there.
  const known = state.job.value !== null;
  useEffect(() => {
    if (!known || document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [state, known]);
  useKeys(state, player, search);
  useEffect(() => {
    if (state.removed.value) location.replace("#/");
  }, [state.removed.value]);

  const job = state.job.value;
  useEffect(() => {
    subject.value = job?.name ?? null;
    return () => { subject.value = null; };
  }, [job?.name]);
  const problem = state.problem.value;
  if (!job) {
    return (
      <main id="main" class="transcript">
        <h1 ref={heading} tabIndex={-1} class={problem ? "" : "muted"}>{problem ? "This job is not there" : "Asking the server…"}</h1>
        {problem && <p class="problem">{problem} <a href="#/">Back to all jobs</a></p>}
      </main>
    );
  }
  const live = job.state === "running";
  // Its recording is not here yet: a player would ask in vain, and not again.
  const fetching = job.state === "queued" && job.reason?.code === "fetching";
  return (
    <main id="main" class="transcript">
      <JobHeader job={job} heading={heading} />
      {problem && <p class="problem" role="alert">{problem}</p>}
      {(live || state.lines.value.length > 0) && (
        <div class="transcript-tools">
          <SearchBar state={state} input={search} />
          {live && <JobProgress job={job} />}
          <EditBar state={state} />
        </div>
      )}
      <Lines state={state} current={current} live={live} play={(seconds) => player.current?.playFrom(seconds)} />
      {job.state === "queued" && <p class="muted empty">{whyItWaits(job) ?? "It waits."} The text appears here while it is transcribed.</p>}
      {live && state.lines.value.length === 0 && <p class="muted empty">{job.reason?.message ?? "Listening…"}</p>}
      {job.state === "completed" && state.loaded.value && state.lines.value.length === 0 && <p class="muted empty">Nothing was said in this recording.</p>}
      {!fetching && <Player handle={player} job={job} lines={state.lines} current={current} />}
    </main>
  );
}
