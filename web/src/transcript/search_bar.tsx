import type { RefObject } from "preact";
import { Down, Search, Up } from "../ui/icons.tsx";
import type { JobPageState } from "./job_page_state.ts";

interface SearchProps {
  state: JobPageState;
  input: RefObject<HTMLInputElement | null>;
}

export function SearchBar({ state, input }: SearchProps) {
  const found = state.matches.value.length;
  const go = (by: number) => {
    if (found > 0) state.match.value = (state.match.value + by + found) % found;
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      state.wanted.value = "";
      input.current?.blur();
      event.stopPropagation();
    }
  };
  return (
    <div class="find" role="search">
      <label class="search">
        <span class="sr">Search the text</span>
        <Search />
        <input ref={input} type="search" placeholder="Search the text" value={state.wanted.value} onKeyDown={onKey}
          onInput={(event) => {
            state.wanted.value = event.currentTarget.value;
            state.match.value = 0;
          }} />
      </label>
      {state.wanted.value.trim() !== "" && (
        <>
          <span class="number muted" role="status">{found === 0 ? "not found" : `${state.match.value + 1} of ${found}`}</span>
          <button type="button" class="quiet" aria-label="Previous" disabled={found === 0} onClick={() => go(-1)}><Up /></button>
          <button type="button" class="quiet" aria-label="Next" disabled={found === 0} onClick={() => go(1)}><Down /></button>
        </>
      )}
    </div>
  );
}
