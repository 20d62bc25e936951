"""A daemon with the reference box's GPUs and a data folder of its own, for one measurement."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request

from programs import Programs

# The worker models reserve no VRAM beside the others' idle workers: one model is used at a time.
CONFIG = """
default_model = "true"
[storage]
allowed_paths = ["{recordings}"]
[models.true]
engine = "command"
command = ["/bin/true", "{{audio}}"]
[models.stamp]
engine = "command"
command = ["{stamp}", "{stamps}", "{{audio}}"]
[models.hold]
engine = "command"
command = ["/bin/sh", "-c", "read -r line <{fifo}; exit 0", "{{audio}}"]
silence_timeout_s = 0
[models.noop]
engine = "worker"
command = ["{noop_worker}"]
"""


class Daemon:
    """Starts on entry, with `data` or a new data folder; killed on exit, keepers with it."""

    def __init__(self, programs: Programs, folder: str, data: str | None = None):
        self.programs = programs
        self.folder = folder
        self.data = data or os.path.join(folder, "data")
        self.recordings = os.path.join(folder, "recordings")
        self.stamps = os.path.join(folder, "stamps")
        self.fifo = os.path.join(folder, "fifo")
        self.log = os.path.join(folder, "log")

    def __enter__(self):
        os.makedirs(self.recordings, exist_ok=True)
        if not os.path.exists(self.fifo):
            os.mkfifo(self.fifo)
        config = os.path.join(self.folder, "config.toml")
        with open(config, "w") as file:
            file.write(CONFIG.format(recordings=self.recordings, stamp=self.programs.stamp, stamps=self.stamps,
                                     fifo=self.fifo, noop_worker=self.programs.noop_worker))
        environment = dict(os.environ, PATH=self.programs.fakes + os.pathsep + os.environ["PATH"])
        with open(self.log, "wb") as log:
            self.begun = time.monotonic()
            self.process = subprocess.Popen(
                [self.programs.daemon, "--config", config, "--data-dir", self.data, "--listen", "127.0.0.1:0",
                 "--min-system-ram-mb", "1", "--ram-per-job-mb", "0", "--min-free-disk-mb", "0"],
                stderr=log, env=environment)
        line, self.listening_after = self.wait_for(r"Listening on http://([0-9.]+:\d+)")
        self.address = line.group(1)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def wait_for(self, pattern: str, limit_s: float = 120):
        """A line of the log, and the seconds from the start until it was there."""
        expression = re.compile(pattern)
        while True:
            with open(self.log) as log:
                found = expression.search(log.read(1 << 20))
            after = time.monotonic() - self.begun
            if found:
                return found, after
            if self.process.poll() is not None or after > limit_s:
                with open(self.log) as log:
                    raise RuntimeError("the daemon did not say " + pattern + ":\n" + log.read(4000))
            time.sleep(0.001)

    def recording(self, name: str = "0") -> str:
        """A file to name in a submission; its name is what the stamp program sleeps, in microseconds."""
        path = os.path.join(self.recordings, name)
        if not os.path.exists(path):
            with open(path, "w") as file:
                file.write("x")
        return path

    def load(self, command: str, model: str, paths: list[str], connections: int = 16) -> dict:
        return self.programs.run_json([self.programs.load, command, self.address, model, str(connections)],
                                      "\n".join(paths) + "\n")

    def block_slots(self, slots: int) -> None:
        """Every slot is held by a job that waits until release()."""
        self.load("submit", "hold", [self.recording()] * slots)
        deadline = time.monotonic() + 20
        while self.running() < slots:
            if time.monotonic() > deadline:
                raise RuntimeError("the slots were not taken")
            time.sleep(0.005)
        time.sleep(0.3)  # a started shell is not yet one that waits at the FIFO

    def running(self) -> int:
        with urllib.request.urlopen(f"http://{self.address}/api/resources", timeout=10) as answer:
            return json.load(answer)["running_jobs"]

    def release(self) -> float:
        """Seconds from the release of the slots until everything has ended."""
        return self.programs.run_json([self.programs.load, "release", self.address, self.fifo])["seconds"]

    def memory_kb(self, field: str = "VmRSS") -> int:
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"^{field}:\s+(\d+) kB", status.read(), re.M).group(1))

    def cpu_seconds(self) -> float:
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
