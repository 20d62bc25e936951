// The recording, and which line it is at.
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { apiKey, getJson, messageOf, send } from "../api/client.ts";
import type { Job, Segment } from "../api/types.ts";
import { lineAt } from "../state/cues.ts";

export interface PlayerHandle {
  toggle(): void;
  skip(seconds: number): void;
  playFrom(seconds: number): void;
}

interface PlayerProps {
  handle: RefObject<PlayerHandle | null>;
  job: Job;
  lines: ReadonlySignal<readonly Segment[]>;
  current: Signal<number>;
}

const speeds = [0.75, 1, 1.25, 1.5, 2];

// A media element sends no key: with one, the recording has an address of its own for some hours.
async function addressOf(id: string): Promise<string> {
  const path = `/api/jobs/${id}/audio`;
  if (apiKey.value === null) return path;
  return (await send<{ url: string }>("POST", `${path}/ticket`)).url;
}

export function Player({ handle, job, lines, current }: PlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const problem = useSignal("");
  const tries = useRef(0);

  const load = async (at: number, play: boolean) => {
    const element = audio.current;
    if (!element) return;
    try {
      element.src = await addressOf(job.id);
      element.currentTime = at;
      if (play) await element.play();
    } catch (failure) {
      problem.value = messageOf(failure);
    }
  };
  useEffect(() => {
    void load(0, false);
  }, [job.id]);

  // After a restart of the daemon an address of before is not known any more: one more try.
  const onError = async () => {
    const element = audio.current;
    if (!element) return;
    if (tries.current++ < 1) return load(element.currentTime, false);
    // The element does not tell what the daemon said; it may be that the browser cannot play it.
    problem.value = await getJson(`/api/jobs/${job.id}`).then(
      () => "This recording cannot be played here: it is not there any more, or its format is one that browsers do not play.",
      messageOf,
    );
  };

  const look = () => {
    const at = audio.current ? lineAt(lines.peek(), audio.current.currentTime) : -1;
    if (at !== current.peek()) current.value = at;
  };
  // "timeupdate" comes four times a second, which is late by up to a word.
  const onPlay = () => {
    tries.current = 0;
    const step = () => {
      look();
      if (audio.current && !audio.current.paused) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };

  handle.current = {
    toggle: () => {
      const element = audio.current;
      if (element) element.paused ? void element.play().catch(() => undefined) : element.pause();
    },
    skip: (seconds) => {
      if (audio.current) audio.current.currentTime += seconds;
    },
    playFrom: (seconds) => {
      const element = audio.current;
      if (!element) return;
      element.currentTime = seconds;
      look();
      void element.play().catch(() => undefined);
    },
  };

  return (
    <div class="player" role="region" aria-label="Player">
      {problem.value ? (
        <p class="muted">{problem.value}</p>
      ) : (
        <>
          {/* The text is on this very page. */}
          <audio ref={audio} controls preload="metadata" onPlay={onPlay} onSeeked={look} onTimeUpdate={look} onError={() => void onError()} />
          <label class="speed">
            <span class="sr">Speed</span>
            <select onChange={(event) => {
              if (audio.current) audio.current.playbackRate = Number(event.currentTarget.value);
            }}>
              {speeds.map((speed) => <option key={speed} value={speed} selected={speed === 1}>{speed}×</option>)}
            </select>
          </label>
        </>
      )}
    </div>
  );
}
