// The keyboard's place in the list of jobs.
import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { takeLeftJob } from "../state/route.ts";
import { list } from "../state/store.ts";

// The job whose row Tab leads to; null: the first.
export const activeJob = signal<string | null>(null);

// Where it is in the list, or where it was when it is not there any more.
export function activeIndex(): number {
  const id = activeJob.value;
  return id === null ? 0 : Math.max(0, Math.min(list.value.indexOf(id), list.value.length - 1));
}

export interface GridFocus {
  // The row of activeJob takes the focus when it is in the page.
  move(): void;
}

// `rows` may be drawn anew at any time: a row that goes away, because it is deleted or because it is
// not what is searched for, leaves the focus to the one in its place.
export function useGridFocus(rows: RefObject<HTMLElement | null>): GridFocus {
  const inside = useRef(false);
  const wanted = useRef(false);
  useEffect(() => {
    const look = (event: Event) => {
      inside.current = rows.current?.contains(event.target as Node) ?? false;
    };
    document.addEventListener("focusin", look);
    document.addEventListener("pointerdown", look);
    const left = takeLeftJob();
    if (left !== null) {
      activeJob.value = left;
      wanted.current = true;
    }
    return () => {
      document.removeEventListener("focusin", look);
      document.removeEventListener("pointerdown", look);
      // The last row is gone.
      if (inside.current) document.getElementById("jobs")?.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const lost = inside.current && document.activeElement === document.body;
    if (!wanted.current && !lost) return;
    const row = rows.current?.querySelector<HTMLElement>(`[data-index="${activeIndex()}"]`);
    if (!row) return; // it will be there once the page has scrolled
    wanted.current = false;
    row.focus({ preventScroll: true });
  });
  return {
    move: () => {
      wanted.current = true;
    },
  };
}
