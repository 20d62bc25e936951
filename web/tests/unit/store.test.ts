import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { JobPage } from "../../src/api/types.ts";
import { forgetJob, list, listProblem, listVersion, loadMore, onRemoved, showList, wantedFilter } from "../../src/state/store.ts";
import { job } from "./job.ts";

Object.assign(globalThis, { document: { hidden: true } });

let asked: string[] = [];
let answer: () => Promise<Response>;
let frames: (() => void)[] = [];

const page = (number: number, more: boolean): JobPage => ({ jobs: [job(number)], next_cursor: more ? job(number).id : null });
const answers = (one: JobPage) => () => Promise.resolve(Response.json(one));
const settled = () => vi.advanceTimersByTimeAsync(0);

// As the browser does, with the list on the screen: it asks for more whenever it is drawn anew.
let drawn = -1;
async function draw(): Promise<void> {
  await settled();
  for (const frame of frames.splice(0)) frame();
  if (listVersion.value !== drawn) {
    drawn = listVersion.value;
    void loadMore();
  }
  await settled();
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return answer();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("more of the list is not asked for all the time while the server is away", async () => {
  answer = answers(page(9, true));
  showList({ state: null, search: "" });
  await settled();
  answer = () => Promise.reject(new TypeError("no network"));
  for (let frame = 0; frame < 20; ++frame) await draw();
  expect(asked.length).toBe(2);
  expect(listProblem.value).toBe("The server does not answer.");
  await vi.advanceTimersByTimeAsync(5000);
  for (let frame = 0; frame < 20; ++frame) await draw();
  expect(asked.length).toBe(3);
  answer = answers(page(8, false));
  await vi.advanceTimersByTimeAsync(5000);
  for (let frame = 0; frame < 20; ++frame) await draw();
  expect(asked.length).toBe(4);
  expect(list.value.complete).toBe(true);
  expect(listProblem.value).toBe(null);
});

it("the filter that was asked for last counts, also before its list is there", async () => {
  let release = () => {};
  answer = () => new Promise((resolve) => { release = () => resolve(Response.json(page(5, false))); });
  showList({ state: null, search: "talk" });
  expect(wantedFilter.value.search).toBe("talk");
  showList({ ...wantedFilter.value, state: "queued" });
  expect(asked.at(-1)).toContain("state=queued&search=talk");
  release();
  await settled();
  expect(list.value.filter).toEqual({ state: "queued", search: "talk" });
});

it("tells of a job that is deleted until nobody wants to know", () => {
  const gone: string[] = [];
  const stop = onRemoved((id) => gone.push(id));
  forgetJob("a");
  stop();
  forgetJob("b");
  expect(gone).toEqual(["a"]);
});
