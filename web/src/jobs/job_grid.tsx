// The list itself: only what is on the screen is in the page, so that a hundred thousand jobs
// scroll like ten. The page scrolls, not a box in it.
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Job } from "../api/types.ts";
import { isTyping } from "../ui/keys.ts";
import { cancel, moveToFront, remove, retry } from "../state/actions.ts";
import { download } from "../state/downloads.ts";
import { format } from "../state/preferences.ts";
import { jobLink, overviewScroll } from "../state/route.ts";
import { clearSelection, extendTo, selectLoaded, selected, toggle } from "../state/selection.ts";
import { list, listVersion, loadMore, nowShowing } from "../state/store.ts";
import { ask } from "./job_actions.ts";
import { activeIndex, activeJob, useGridFocus } from "./grid_focus.ts";
import { JobRow, isMarked } from "./job_row.tsx";

// Rows beyond the screen's edges, so that a fast scroll finds some there already.
const beyond = 12;

function rowHeight(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).getPropertyValue("--row-height")) || 52;
}

function range(element: HTMLElement, length: number): { from: number; to: number; height: number } {
  const height = rowHeight(element);
  const above = -element.getBoundingClientRect().top;
  const from = Math.max(0, Math.floor(above / height) - beyond);
  const to = Math.min(length, Math.ceil((above + window.innerHeight) / height) + beyond);
  return { from, to: Math.max(from, to), height };
}

function jobsMeant(job: Job): Job[] {
  const marked = selected.value;
  if (!marked.has(job.id)) return [job];
  return [...marked].map((id) => list.value.get(id)).filter((one): one is Job => one !== undefined);
}

function act(event: KeyboardEvent, job: Job): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const jobs = jobsMeant(job);
  switch (event.key) {
    case "Enter": location.hash = jobLink(job.id); break;
    case " ": toggle(job.id); break;
    case "f": void ask(moveToFront, jobs); break;
    case "c": void ask(cancel, jobs); break;
    case "r": void ask(retry, jobs); break;
    case "d": void download(jobs, format.value); break;
    case "Delete": void ask(remove, jobs); break;
    case "Escape": clearSelection(); break;
    default: return false;
  }
  return true;
}

export function JobGrid() {
  void listVersion.value;
  const jobs = list.value;
  const body = useRef<HTMLDivElement>(null);
  const visible = useSignal({ from: 0, to: 40, height: 52 });
  const focus = useGridFocus(body);

  const look = () => {
    if (!body.current) return;
    const now = range(body.current, list.value.length);
    const before = visible.peek();
    if (now.from !== before.from || now.to !== before.to || now.height !== before.height) visible.value = now;
    nowShowing(now.from, now.to);
    if (now.to + 2 * beyond >= list.value.length) void loadMore();
  };
  useEffect(() => {
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    window.scrollTo(0, overviewScroll());
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, []);
  useLayoutEffect(look);

  function goTo(index: number, extend: boolean): void {
    const to = Math.max(0, Math.min(jobs.length - 1, index));
    const job = jobs.at(to);
    if (!job || !body.current) return;
    activeJob.value = job.id;
    focus.move();
    if (extend) extendTo(job.id);
    const { height } = visible.value;
    const top = body.current.getBoundingClientRect().top + to * height;
    // The bars at the top and the bottom cover some of the page.
    const covered = document.querySelector(".jobs-bar")?.getBoundingClientRect().bottom ?? 0;
    if (top < covered) window.scrollBy(0, top - covered);
    else if (top + height > window.innerHeight - 24) window.scrollBy(0, top + height - window.innerHeight + 24);
  }

  function onKey(event: KeyboardEvent): void {
    if (isTyping(event)) return;
    const pageRows = Math.max(1, Math.floor(window.innerHeight / visible.value.height) - 4);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: pageRows, PageUp: -pageRows, Home: -jobs.length, End: jobs.length };
    const step = steps[event.key];
    // As it is by now: keys may come faster than the list is drawn.
    const at = activeIndex();
    const job = jobs.at(at);
    if (step !== undefined) {
      if (event.shiftKey && job && selected.value.size === 0) toggle(job.id);
      goTo(at + step, event.shiftKey);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      selectLoaded();
    } else {
      // A link or a button in the row has Enter and Space for itself.
      const inside = (event.target as HTMLElement).closest("a, button, input") !== null;
      if ((inside && (event.key === "Enter" || event.key === " ")) || !job || !act(event, job)) return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  const { from, to, height } = visible.value;
  const active = activeIndex();
  const rows: VNode[] = [];
  const draw = (index: number) => {
    const job = jobs.at(index);
    if (!job) return;
    rows.push(
      <JobRow key={job.id} job={job} index={index} top={index * height} active={index === active} marked={isMarked(job.id)}
        onFocus={(at) => { activeJob.value = list.value.ids[at] ?? null; }} />,
    );
  };
  // The one with the focus stays in the page when it is scrolled out of sight.
  if (active < from) draw(active);
  for (let index = from; index < Math.min(to, jobs.length); ++index) draw(index);
  if (active >= to) draw(active);
  return (
    <div role="grid" class="grid" aria-label="Jobs, newest first" aria-multiselectable="true" aria-rowcount={jobs.complete ? jobs.length + 1 : -1} onKeyDown={onKey}>
      <div role="row" class="row head" aria-rowindex={1}>
        <div role="columnheader" class="cell mark">
          <input type="checkbox" aria-label="Mark all that are loaded" checked={jobs.length > 0 && selected.value.size >= jobs.length}
            onClick={() => (selected.value.size >= jobs.length ? clearSelection() : selectLoaded())} />
        </div>
        <div role="columnheader" class="cell main">Recording</div>
        <div role="columnheader" class="cell status">State</div>
        <div role="columnheader" class="cell model">Model</div>
        <div role="columnheader" class="cell length number">Length</div>
        <div role="columnheader" class="cell created number">Submitted</div>
        <div role="columnheader" class="cell buttons"><span class="sr">Actions</span></div>
      </div>
      <div role="rowgroup" class="rows" ref={body} style={{ height: `${jobs.length * height}px` }}>{rows}</div>
    </div>
  );
}
