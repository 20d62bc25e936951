import type { Resources } from "../api/types.ts";
import { clock, gb } from "../format.ts";
import { now as time } from "../state/clock.ts";
import { jobLink } from "../state/route.ts";
import { list, listVersion, resourcesAt } from "../state/store.ts";
import { Warning } from "../ui/icons.tsx";

// The next job and its countdown, while RAM keeps it waiting.
function RamWait({ next }: { next: NonNullable<Resources["next_job"]> }) {
  void listVersion.value;
  const name = list.value.get(next.id)?.name ?? `job ${next.id}`;
  const left = next.ram_wait_seconds_left;
  const countdown = left === null ? null : Math.max(0, left - (time.value - resourcesAt.value) / 1000);
  return (
    <p class="ram-wait">
      <Warning />
      <span>
        <a dir="auto" href={jobLink(next.id)}>{name}</a> waits for RAM
        {countdown === null ? ", for as long as it takes" : <>; starts anyway in <b class="countdown">{clock(countdown)}</b></>}
      </span>
    </p>
  );
}

export function RamCard({ now }: { now: Resources }) {
  const total = now.system_ram_mb;
  const used = Math.max(0, total - now.system_ram_available_mb);
  const free = Math.max(0, now.system_ram_available_mb - now.system_ram_promised_mb);
  const share = (mb: number) => `${total > 0 ? Math.min(100, (100 * mb) / total) : 0}%`;
  const low = free < now.min_system_ram_mb;
  const text = `${gb(free)} GB free of ${gb(total)} GB; jobs start while ${gb(now.min_system_ram_mb)} GB are`;
  return (
    <article class="card ram" aria-label="RAM">
      <header>
        <h2>RAM</h2>
        <p class={low ? "slots warn" : "slots"}>{gb(free)} <span class="muted">of {gb(total)} GB free</span></p>
      </header>
      <div class="meter tall" role="meter" aria-label="RAM in use" aria-valuemin={0} aria-valuemax={total} aria-valuenow={Math.min(total, used + now.system_ram_promised_mb)} aria-valuetext={text}>
        <span class="meter-used" style={{ width: share(used) }} />
        <span class="meter-promised" style={{ width: share(now.system_ram_promised_mb) }} />
        <span class="meter-threshold" style={{ right: share(now.min_system_ram_mb) }} />
      </div>
      <ul class="legend">
        <li><span class="key key-used" />in use {gb(used)} GB</li>
        <li><span class="key key-promised" />promised {gb(now.system_ram_promised_mb)} GB</li>
        <li><span class="key key-threshold" />{gb(now.min_system_ram_mb)} GB stay free</li>
      </ul>
      {now.next_job?.reason.code === "ram_low" && <RamWait next={now.next_job} />}
    </article>
  );
}
