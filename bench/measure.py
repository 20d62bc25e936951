"""The measurements of scripts/bench, one function each. Each returns rows of the table."""

import math
import os
import random
import re
import shutil
import statistics
import struct
import subprocess
import time

from daemon_under_test import Daemon
from nginx import Nginx
from programs import Programs
from table import Row

SLOTS = 5  # of the reference box
REPEATS = 3
median = statistics.median


class Bench:
    def __init__(self, programs: Programs, work: str):
        self.programs = programs
        self.work = work
        self.disk_rates: list[float] = []
        self.used = 0

    def folder(self) -> str:
        self.used += 1
        path = os.path.join(self.work, str(self.used))
        os.makedirs(path)
        return path

    def daemon(self, **options) -> Daemon:
        return Daemon(self.programs, self.folder(), **options)

    def sample_disk(self) -> float:
        rate = self.programs.fdatasync_rate(self.work)
        self.disk_rates.append(rate)
        return rate


# --- (a) throughput ---


def throughput(bench: Bench) -> list[Row]:
    floors, ways = [], {"end to end": [], "drain": [], "worker end to end": [], "worker drain": []}
    for _ in range(REPEATS):
        bench.sample_disk()
        floors.append(bench.programs.floor_rate(SLOTS, 3000))
        with bench.daemon() as daemon:
            jobs = [daemon.recording()] * 3000
            daemon.load("run", "true", jobs[:50])  # keepers are there
            ways["end to end"].append(daemon.load("run", "true", jobs)["per_second"])
        floors.append(bench.programs.floor_rate(SLOTS, 3000))
        ways["drain"].append(drain(bench, "true", 3000))
        floors.append(bench.programs.floor_rate(SLOTS, 3000))
        with bench.daemon() as daemon:
            jobs = [daemon.recording()] * 10000
            daemon.load("run", "noop", jobs[:50])
            ways["worker end to end"].append(daemon.load("run", "noop", jobs)["per_second"])
        ways["worker drain"].append(drain(bench, "noop", 10000))
    floor = median(floors)
    unit = "jobs/s"
    return [
        Row("a", "no-op jobs end to end over HTTP, durable, a process a job", median(ways["end to end"]), unit, floor, 0.75),
        Row("a", "draining a full queue, a process a job", median(ways["drain"]), unit, floor, 0.90),
        Row("a", "end to end through a warm no-op worker", median(ways["worker end to end"]), unit, floor, 3.5),
        Row("a", "draining a full queue through a warm no-op worker", median(ways["worker drain"]), unit, floor, 3.5),
    ]


def drain(bench: Bench, model: str, count: int) -> float:
    with bench.daemon() as daemon:
        daemon.load("run", model, [daemon.recording()] * 50)
        daemon.block_slots(SLOTS)
        daemon.load("submit", model, [daemon.recording()] * count)
        return count / daemon.release()


# --- (b) and (c) latency from release to start ---


def latencies_us(stamps: str, until_s: float = math.inf) -> list[float]:
    """From each end before `until_s` (time.monotonic()) to the start it made possible: with n slots the k-th end
    frees the (k+n)-th start, as long as the queue is never empty."""
    with open(stamps, "rb") as file:
        pairs = list(struct.iter_unpack("=qq", file.read()))
    begins = sorted(begin for begin, _ in pairs)
    ends = sorted(end for _, end in pairs)
    return [(begin - end) / 1000 for begin, end in zip(begins[SLOTS:], ends) if end / 1e9 < until_s]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def sleeps(seed: int, count: int, least_ms: int, most_ms: int) -> list[str]:
    """Microseconds. All different, so that each has a recording of its own."""
    return [str(n) for n in random.Random(seed).sample(range(least_ms * 1000, most_ms * 1000), count)]


def floor_latencies(bench: Bench, times: list[str], until_s: float = math.inf) -> list[float]:
    stamps = os.path.join(bench.folder(), "stamps")
    bench.programs.floor_seconds(SLOTS, times, [bench.programs.stamp, stamps])
    return latencies_us(stamps, until_s)


def daemon_latencies(bench: Bench, daemon: Daemon, times: list[str]) -> list[float]:
    daemon.load("run", "true", [daemon.recording()] * 20)
    daemon.block_slots(SLOTS)
    daemon.load("submit", "stamp", [daemon.recording(t) for t in times])
    daemon.release()
    return latencies_us(daemon.stamps)


def latency_rows(part: str, what: str, ours: list[float], floors: list[float]) -> list[Row]:
    return [Row(part, f"{what}, {name}", percentile(ours, share), "µs", percentile(floors, share), aim, least=False)
            for name, share, aim in (("p50", 0.5, 1.2), ("p99", 0.99, 1.5))]


def release_to_start(bench: Bench) -> list[Row]:
    spread = {"floor": [], "daemon": []}
    dense = {"floor": [], "daemon": []}
    for seed in range(REPEATS):
        bench.sample_disk()
        times = sleeps(seed, 500, 20, 60)
        spread["floor"] += floor_latencies(bench, times)
        with bench.daemon() as daemon:
            spread["daemon"] += daemon_latencies(bench, daemon, times)
        dense["floor"] += floor_latencies(bench, ["0"] * 2000)
        with bench.daemon() as daemon:
            dense["daemon"] += daemon_latencies(bench, daemon, ["0"] * 2000)
    return (latency_rows("b", "release to start, no-op jobs back to back", dense["daemon"], dense["floor"])
            + latency_rows("b", "release to start, jobs of 20 to 60 ms", spread["daemon"], spread["floor"]))


class Hammer:
    """wrk with 64 connections in one thread."""

    def __init__(self, url: str, seconds: float):
        self.process = subprocess.Popen(["wrk", "-t1", "-c64", f"-d{seconds:.0f}s", url], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)

    def result(self) -> tuple[float, int]:
        """Requests a second, and requests in all."""
        out, _ = self.process.communicate()
        rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
        total = re.search(r"(\d+) requests in", out)
        if not rate or not total or "Non-2xx" in out or "Socket errors" in out:
            raise RuntimeError("wrk: " + out)
        return float(rate.group(1)), int(total.group(1))


def hammered(bench: Bench) -> list[Row]:
    seconds = 4
    ours, floors, served, static, static_jobs, ours_alone, cpu_us = [], [], [], [], [], [], []
    for seed in range(REPEATS):
        # Jobs for as long as wrk runs; what starts later does not count.
        times = sleeps(100 + seed, int(SLOTS * seconds / 0.040), 20, 60)
        with bench.daemon() as daemon:
            url = f"http://{daemon.address}/api/resources"
            size = len(subprocess.run(["curl", "-s", url], capture_output=True, check=True).stdout)
            before = daemon.cpu_seconds()
            rate, total = Hammer(url, seconds / 2).result()
            ours_alone.append(rate)
            cpu_us.append((daemon.cpu_seconds() - before) / total * 1e6)
            daemon.load("run", "true", [daemon.recording()] * 20)
            daemon.block_slots(SLOTS)
            daemon.load("submit", "stamp", [daemon.recording(t) for t in times])
            hammer = Hammer(url, seconds)
            until = time.monotonic() + seconds - 0.2
            time.sleep(0.2)
            daemon.release()
            served.append(hammer.result()[0])
            ours += latencies_us(daemon.stamps, until)
        with Nginx(bench.folder(), size) as nginx:
            static.append(Hammer(nginx.url, seconds / 2).result()[0])
            hammer = Hammer(nginx.url, seconds)
            until = time.monotonic() + seconds - 0.2
            floors += floor_latencies(bench, times, until)
            static_jobs.append(hammer.result()[0])
    # The aims are milliseconds, not multiples of the floor: it stands beside them to show what the machine allows.
    return [
        Row("c", "release to start while 64 connections ask, p50", percentile(ours, 0.5) / 1000, "ms", None, 2, least=False),
        Row("c", "release to start while 64 connections ask, p99", percentile(ours, 0.99) / 1000, "ms", None, 10, least=False),
        Row("c", "the same through posix_spawn and wait while 64 connections ask nginx, p50", percentile(floors, 0.5) / 1000, "ms", None, None),
        Row("c", "the same through posix_spawn and wait while 64 connections ask nginx, p99", percentile(floors, 0.99) / 1000, "ms", None, None),
        Row("c", "GET /api/resources, jobs running (floor: nginx, the same jobs beside it)", median(served), "requests/s",
            median(static_jobs), 0.6),
        Row("c", "GET /api/resources, nothing else (floor: nginx)", median(ours_alone), "requests/s", median(static), 0.6),
        Row("c", "CPU of the whole daemon for each request", median(cpu_us), "µs", None, 15, least=False),
    ]


# --- (d) submissions ---


def submissions(bench: Bench) -> list[Row]:
    rates, disk = [], []
    for _ in range(REPEATS):
        disk.append(bench.sample_disk())
        with bench.daemon() as daemon:
            daemon.block_slots(SLOTS)
            rates.append(daemon.load("submit", "true", [daemon.recording()] * 15000)["submitted_per_second"])
    return [
        Row("d", "acknowledged durable submissions, 16 connections", median(rates), "jobs/s", None, 10000),
        # Counts where the disk is too slow for the first.
        Row("d", "the same over 16 × the disk's own fdatasync rate", median(rates), "jobs/s", 16 * median(disk),
            0.7 if median(rates) < 10000 else None),
    ]


# --- (e) memory and start ---


def started(bench: Bench, data: str) -> tuple[float, float, float]:
    """Seconds to listening and to the first job's start, MB once it stands still."""
    with bench.daemon(data=data) as daemon:
        _, assigned = daemon.wait_for("assigned to GPU")
        time.sleep(1)
        return daemon.listening_after, assigned, daemon.memory_kb() / 1000


def memory(bench: Bench) -> list[Row]:
    idle, after_work = [], []
    for _ in range(REPEATS):
        with bench.daemon() as daemon:
            time.sleep(0.5)
            idle.append(daemon.memory_kb() / 1000)
            daemon.load("run", "true", [daemon.recording()] * 1000)
            after_work.append(daemon.memory_kb() / 1000)
    few, many = [], []
    full = os.path.join(bench.folder(), "data")
    with bench.daemon(data=full) as daemon:
        recording = daemon.recording()
    subprocess.run([bench.programs.fill, os.path.join(full, database_name(full)), "1000000", "hold", recording], check=True)
    for _ in range(REPEATS):
        short = os.path.join(bench.folder(), "data")
        with bench.daemon(data=short) as daemon:
            daemon.load("submit", "hold", [daemon.recording()] * 10)
        few.append(started(bench, short))
        many.append(started(bench, full))
    with bench.daemon(data=full) as daemon:
        daemon.load("submit", "true", [daemon.recording()] * 10000)
        still_more = daemon.memory_kb() / 1000
    shutil.rmtree(full)
    return [
        Row("e", "resident memory, idle", median(idle), "MB", None, 10, least=False),
        Row("e", "resident memory after 1,000 jobs", median(after_work), "MB", None, None),
        Row("e", "resident memory with 1,000,000 queued jobs", median(m[2] for m in many), "MB", None, 150, least=False),
        Row("e", "the same, after 10,000 more submissions", still_more, "MB", None, 150, least=False),
        Row("e", "start to listening with 1,000,000 queued (floor: with 10)", median(m[0] for m in many) * 1000, "ms",
            median(f[0] for f in few) * 1000, None),
        Row("e", "start to the first job's start with 1,000,000 queued (floor: with 10)", median(m[1] for m in many) * 1000,
            "ms", median(f[1] for f in few) * 1000, None),
    ]


def database_name(data: str) -> str:
    return next(name for name in os.listdir(data) if name.endswith((".db", ".sqlite", ".sqlite3")))


# --- (f) makespan ---


def first_come_seconds(times: list[str]) -> float:
    """The end of the last job when each goes to the slot that is free first, at no cost."""
    free_at = [0.0] * SLOTS
    for one in times:
        at = min(range(SLOTS), key=free_at.__getitem__)
        free_at[at] += int(one) / 1e6
    return max(free_at)


def makespan(bench: Bench) -> list[Row]:
    ours, floors, ideals = [], [], []
    for seed in range(REPEATS):
        times = sleeps(200 + seed, 200, 20, 400)
        ideals.append(first_come_seconds(times))
        folder = bench.folder()
        floors.append(bench.programs.floor_seconds(SLOTS, times, [bench.programs.stamp, os.path.join(folder, "stamps")]))
        with bench.daemon() as daemon:
            daemon.load("run", "true", [daemon.recording()] * 20)
            ours.append(daemon.load("run", "stamp", [daemon.recording(t) for t in times])["seconds"])
    over = lambda measured: median(m / i for m, i in zip(measured, ideals))
    return [
        Row("f", "makespan of 200 jobs of 20 to 400 ms, submission included (floor: ideal first-come schedule)", median(ours),
            "s", median(ideals), 1.02, least=False, ratio=over(ours)),
        Row("f", "the same through posix_spawn and wait", median(floors), "s", median(ideals), None, ratio=over(floors)),
    ]


ALL = {"a": throughput, "b": release_to_start, "c": hammered, "d": submissions, "e": memory, "f": makespan}
