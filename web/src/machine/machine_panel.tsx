// What each GPU is doing, what waits and why, and how the last hour went.
import { useMemo, useRef } from "preact/hooks";
import { LaneKeeper } from "../state/lanes.ts";
import { resources, running } from "../state/store.ts";
import { GpuCard } from "./gpu_card.tsx";
import { useScrolls } from "../ui/scrolls.ts";
import { HourCharts } from "./hour_charts.tsx";
import { RamCard } from "./ram_card.tsx";

export function MachinePanel() {
  const keeper = useMemo(() => new LaneKeeper(), []);
  const section = useRef<HTMLElement>(null);
  const scrolls = useScrolls(section);
  const now = resources.value;
  if (!now) {
    return <section class="machine" aria-label="Machine"><p class="muted empty">Asking the server…</p></section>;
  }
  const next = now.next_job?.reason ?? null;
  return (
    <section ref={section} class="machine" aria-label="Machine" tabIndex={scrolls.value ? 0 : undefined}>
      <div class="gpus">
        {now.gpus.map((gpu) => (
          <GpuCard key={gpu.id} gpu={gpu} lanes={keeper.arrange(gpu, running.value, next)} />
        ))}
        {now.gpus.length === 0 && <p class="muted empty">No GPU has been found: see the server's log.</p>}
      </div>
      <RamCard now={now} />
      <HourCharts />
    </section>
  );
}
