"""Shows slots and queue of a daemon until COUNT jobs have ended: demo_watch.py URL COUNT."""

import json
import sys
import time
import urllib.request

url, count = sys.argv[1], int(sys.argv[2])
on_terminal = sys.stdout.isatty()


def get(path):
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return json.load(answer)


most = {}
last = None
started = time.monotonic()
while True:
    now = get("/api/resources")
    busy = sum(gpu["slots_used"] for gpu in now["gpus"])
    left = now["pending_jobs"] + now.get("running_jobs", busy)
    lanes = []
    for gpu in now["gpus"]:
        used, slots = gpu["slots_used"], gpu["slots_max"]
        most[gpu["id"]] = max(most.get(gpu["id"], 0), used)
        lanes.append(f"GPU {gpu['id']} [{'#' * used}{'.' * (slots - used)}] {used}/{slots}")
    shown = (lanes, left)
    bar = "=" * round(20 * (count - left) / count)
    line = (f"  {'   '.join(lanes)}   RAM {now['system_ram_available_mb'] / 1000:.1f} GB free   "
            f"waiting {now['pending_jobs']:2}   done {count - left:2}/{count} [{bar:20}]")
    if on_terminal:
        print("\r" + line, end="", flush=True)
    elif shown != last:
        print(line, flush=True)
    last = shown
    if left == 0:
        break
    time.sleep(0.2)
if on_terminal:
    print()
states = {}
for job in get(f"/api/jobs?limit={min(1000, count)}")["jobs"]:
    states[job["state"]] = states.get(job["state"], 0) + 1
print(f"  {', '.join(f'{n} {state}' for state, n in sorted(states.items()))} in {time.monotonic() - started:.0f} s; "
      + "most at once: " + ", ".join(f"{n} on GPU {gpu}" for gpu, n in sorted(most.items())))
sys.exit(0 if states.get("completed") == count else 1)
