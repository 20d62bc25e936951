// Which page is shown: "#/" or "#/jobs/ID".
import { signal } from "@preact/signals";

export type Route = { page: "overview" } | { page: "job"; id: string };

function read(): Route {
  const job = /^#\/jobs\/([0-9a-z]{12})$/.exec(location.hash);
  return job?.[1] ? { page: "job", id: job[1] } : { page: "overview" };
}

export const route = signal<Route>(read());

// Where the overview was scrolled to, for coming back.
let overviewAt = 0;
export function overviewScroll(): number {
  return overviewAt;
}

window.addEventListener("scroll", () => {
  if (route.value.page === "overview") overviewAt = window.scrollY;
}, { passive: true });

// The job whose page was left for the overview, once: where somebody who came back was before.
let leftJob: string | null = null;
export function takeLeftJob(): string | null {
  const id = leftJob;
  leftJob = null;
  return id;
}

window.addEventListener("hashchange", () => {
  const before = route.value;
  route.value = read();
  leftJob = before.page === "job" && route.value.page === "overview" ? before.id : null;
});

export function jobLink(id: string): string {
  return `#/jobs/${id}`;
}

// What a page other than the list is about, for the window's title.
export const subject = signal<string | null>(null);
