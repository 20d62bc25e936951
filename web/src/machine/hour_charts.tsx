import { useMemo, useRef } from "preact/hooks";
import type { UsageColumns } from "../state/usage.ts";
import { resources, usage, usageVersion } from "../state/store.ts";
import { useScrolls } from "../ui/scrolls.ts";
import { LineChart } from "./line_chart.tsx";

function last(column: (number | null)[]): number {
  return column.at(-1) ?? 0;
}

// "x 12.4": hours of audio in an hour.
function speedText(speed: number): string {
  return speed >= 100 ? speed.toFixed(0) : speed.toFixed(1);
}

export function HourCharts() {
  const section = useRef<HTMLElement>(null);
  const scrolls = useScrolls(section);
  const version = usageVersion.value;
  const columns: UsageColumns = useMemo(() => usage.columns(), [version]);
  const threshold = (resources.value?.min_system_ram_mb ?? 0) / 1000;
  const total = (resources.value?.system_ram_mb ?? 0) / 1000;
  const slots = last(columns.slotsMax);
  return (
    <section ref={section} class="charts" aria-label="The last hour" tabIndex={scrolls.value ? 0 : undefined}>
      <LineChart
        title="Slots in use" value={`${last(columns.slotsUsed)} of ${slots}`}
        time={columns.time} series={[columns.slotsUsed]} most={Math.max(1, ...columns.slotsMax)} steps
        format={(n) => n.toFixed(0)}
      />
      <LineChart
        title="RAM free" unit="GB" value={`${last(columns.ramFree).toFixed(1)} GB`}
        time={columns.time} series={[columns.ramFree]} most={total || null} line={threshold}
        format={(n) => n.toFixed(0)}
      />
      <LineChart
        title="Audio hours per hour" value={speedText(last(columns.speed))}
        time={columns.time} series={[columns.speed]} most={null}
        format={(n) => String(Number(n.toFixed(1)))}
      />
    </section>
  );
}
