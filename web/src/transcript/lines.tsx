// The text, a line a segment: one click plays it, or corrects it while correcting.
import type { Signal } from "@preact/signals";
import { type ComponentChildren, Component } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Segment } from "../api/types.ts";
import { clock } from "../format.ts";
import type { Match } from "../state/cues.ts";
import { stepOf } from "../ui/keys.ts";
import type { JobPageState } from "./job_page_state.ts";

function marked(text: string, matches: Match[], lookedAt: Match | undefined): ComponentChildren {
  if (matches.length === 0) return text;
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const match of matches) {
    parts.push(text.slice(at, match.from));
    parts.push(<mark class={match === lookedAt ? "looked-at" : ""}>{text.slice(match.from, match.to)}</mark>);
    at = match.to;
  }
  parts.push(text.slice(at));
  return parts;
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

interface LineProps {
  line: Segment;
  index: number;
  spoken: boolean;
  editing: boolean; // all lines may be corrected
  open: boolean; // this one is
  matches: Match[];
  lookedAt: Match | undefined;
  play(seconds: number): void;
  state: JobPageState;
}

function typed(box: HTMLTextAreaElement): string {
  return box.value.replace(/\s+/g, " ").trim();
}

// Measuring lays out ten thousand lines with every letter: only where the style sheet cannot.
const growsByItself = CSS.supports("field-sizing", "content");

function LineEditor({ line, index, state }: { line: Segment; index: number; state: JobPageState }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const fit = () => {
    if (!box.current || growsByItself) return;
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight}px`;
  };
  useLayoutEffect(() => {
    fit();
    box.current?.focus();
  }, []);
  // Undo and redo put another text there.
  useLayoutEffect(() => {
    // What is being typed comes back as it is kept: the cursor stays where it is then.
    if (box.current && typed(box.current) !== line.text.trim()) box.current.value = line.text.trim();
    fit();
  }, [line]);
  useEffect(() => {
    window.addEventListener("resize", fit);
    return () => window.removeEventListener("resize", fit);
  }, []);
  const onInput = () => {
    fit();
    if (box.current) state.corrections.type(index, typed(box.current));
  };
  const keep = () => state.corrections.endTyping();
  const goTo = (to: number) => {
    keep();
    if (to >= 0 && to < state.lines.value.length) state.editingLine.value = to;
  };
  const onKey = (event: KeyboardEvent) => {
    const field = box.current;
    if (!field) return;
    const unchanged = field.value === line.text.trim();
    const atStart = field.selectionStart === 0 && field.selectionEnd === 0;
    const atEnd = field.selectionStart === field.value.length;
    if (event.key === "Enter") goTo(index + (event.shiftKey ? -1 : 1));
    else if (event.key === "ArrowUp" && atStart) goTo(index - 1);
    else if (event.key === "ArrowDown" && atEnd) goTo(index + 1);
    else if (event.key === "Escape") {
      keep();
      state.setEditing(false);
    } else if (stepOf(event) !== null && unchanged) {
      // The field's own undo goes first; where it has nothing left, the transcript's goes on.
      stepOf(event) === "redo" ? state.redo() : state.undo();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return <textarea ref={box} class="line-text" dir="auto" rows={1} aria-label={`Text at ${clock(line.start)}`} spellcheck onInput={onInput} onBlur={keep} onKeyDown={onKey} />;
}

function LineRow({ line, index, spoken, editing, open, matches, lookedAt, play, state }: LineProps) {
  const text = line.text.trim();
  return (
    <li class={spoken ? "line spoken" : "line"} aria-current={spoken ? "true" : undefined} data-line={index}>
      <button type="button" class="line-time number" aria-label={`Play from ${clock(line.start)}`} onClick={() => play(line.start)}>{clock(line.start)}</button>
      {open ? (
        <LineEditor line={line} index={index} state={state} />
      ) : editing ? (
        <button type="button" class="line-text editable" dir="auto" aria-label={`Correct: ${text}`} onClick={() => { state.editingLine.value = index; }}>{marked(text, matches, lookedAt)}</button>
      ) : (
        // Text that can be selected and copied; the time beside it is the button for keyboards.
        <p class="line-text" dir="auto" onClick={() => { if (getSelection()?.isCollapsed !== false) play(line.start); }}>{marked(text, matches, lookedAt)}</p>
      )}
    </li>
  );
}

const noMatches: Match[] = [];

// Of ten thousand lines only the few that change are looked at.
class Line extends Component<LineProps> {
  override shouldComponentUpdate(next: LineProps): boolean {
    const now = this.props;
    return now.line !== next.line || now.spoken !== next.spoken || now.editing !== next.editing || now.open !== next.open ||
      now.matches !== next.matches || now.lookedAt !== next.lookedAt || now.index !== next.index;
  }
  override render(props: LineProps) {
    return <LineRow {...props} />;
  }
}

function byLine(matches: Match[]): Map<number, Match[]> {
  const out = new Map<number, Match[]>();
  for (const match of matches) {
    const there = out.get(match.line);
    if (there) there.push(match);
    else out.set(match.line, [match]);
  }
  return out;
}

interface LinesProps {
  state: JobPageState;
  current: Signal<number>; // the line that is being spoken
  live: boolean;
  play(seconds: number): void;
}

export function Lines({ state, current, live, play }: LinesProps) {
  const list = useRef<HTMLOListElement>(null);
  const lines = state.lines.value;
  const found = state.matches.value;
  const lookedAt = found[state.match.value];
  const matches = byLine(found);

  const show = (index: number, where: ScrollLogicalPosition) => {
    list.current?.querySelector(`[data-line="${index}"]`)?.scrollIntoView({ block: where, behavior: still.matches ? "auto" : "smooth" });
  };
  useEffect(() => {
    if (lookedAt) show(lookedAt.line, "center");
  }, [lookedAt]);
  // Keeps the spoken line in sight, unless somebody has scrolled away from it.
  useEffect(() => {
    const before = list.current?.querySelector(`[data-line="${current.value - 1}"]`);
    const box = before?.getBoundingClientRect();
    const inSight = !box || (box.bottom > 0 && box.top < window.innerHeight);
    if (current.value >= 0 && inSight && state.editingLine.value < 0) show(current.value, "nearest");
  }, [current.value]);
  // New lines pull the page along while its end is in sight: as it was before they came, as they may
  // be many at once. Those that were there when the page was opened pull nothing.
  const heightBefore = useRef<number | null>(null);
  useLayoutEffect(() => {
    const page = document.documentElement;
    const before = heightBefore.current;
    if (live && before !== null && before - page.scrollTop - page.clientHeight < 300) window.scrollTo(0, page.scrollHeight);
    heightBefore.current = lines.length > 0 ? page.scrollHeight : null;
  }, [lines.length]);

  return (
    <ol class={`lines${live ? " live" : ""}${(lines.at(-1)?.start ?? 0) >= 3600 ? " hours" : ""}`} ref={list}>
      {lines.map((line, index) => (
        <Line key={index} line={line} index={index} spoken={index === current.value} editing={state.editing.value} open={index === state.editingLine.value}
          matches={matches.get(index) ?? noMatches} lookedAt={lookedAt?.line === index ? lookedAt : undefined} play={play} state={state} />
      ))}
    </ol>
  );
}
