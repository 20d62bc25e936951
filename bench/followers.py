"""Release to start while very many follow the events."""

import json
import resource
import statistics
import subprocess

from measure import REPEATS, Bench, daemon_latencies, floor_latencies, percentile, sleeps
from table import Row

WANTED = 10_000


def possible_readers() -> int:
    """Each is an open file of the daemon and one of the program that reads."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard - 1000)


class Readers:
    """Connected on entry; let go on exit."""

    def __init__(self, program: str, address: str, count: int, types: str):
        self.process = subprocess.Popen([program, address, str(count), types], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.result = {}

    def __enter__(self):
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the readers do not come together")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.result = json.loads(self.process.stdout.read() or "{}")
        self.process.wait()


def followed(bench: Bench) -> list[Row]:
    count = possible_readers()
    alone, followed_by_many, floors, memory, cut = [], [], [], [], []
    for seed in range(REPEATS):
        times = sleeps(300 + seed, 500, 20, 60)
        floors += floor_latencies(bench, times)
        with bench.daemon() as daemon:
            alone += daemon_latencies(bench, daemon, times)
        with bench.daemon() as daemon:
            before = daemon.memory_kb()
            with Readers(bench.programs.readers, daemon.address, count, "job,progress,segment,removed") as readers:
                memory.append((daemon.memory_kb() - before) / count)
                followed_by_many += daemon_latencies(bench, daemon, times)
            cut.append(readers.result["cut"])
    name = f"while {count:,} follow the events"
    return [
        Row("s", f"release to start {name}, p50 (floor: nobody follows)", percentile(followed_by_many, 0.5), "µs",
            percentile(alone, 0.5), None, least=False),
        Row("s", f"release to start {name}, p99 (floor: nobody follows)", percentile(followed_by_many, 0.99), "µs",
            percentile(alone, 0.99), None, least=False),
        Row("s", "the same through posix_spawn and wait, nobody following, p50", percentile(floors, 0.5), "µs", None, None),
        Row("s", "the same through posix_spawn and wait, nobody following, p99", percentile(floors, 0.99), "µs", None, None),
        Row("s", "memory of the daemon for each of them", statistics.median(memory), "kB", None, None),
        Row("s", "of them cut off because they were slow", max(cut), "readers", None, None),
    ]
