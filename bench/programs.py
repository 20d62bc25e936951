"""Where the programs of one build are, and running them."""

import json
import os
import subprocess


class Programs:
    def __init__(self, root: str, build: str):
        self.root = root
        self.build = build
        self.daemon = os.path.join(build, "bin", "transcribed")
        self.fakes = os.path.join(root, "tests", "fakes")
        for name in ("floor", "disk", "stamp", "noop_worker", "load", "fill", "readers"):
            setattr(self, name, os.path.join(build, "bench", name))

    def run_json(self, command: list[str], text: str = "") -> dict:
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr.strip() or done.returncode}")
        return json.loads(done.stdout)

    def fdatasync_rate(self, folder: str, seconds: float = 0.5) -> float:
        return self.run_json([self.disk, folder, str(seconds)])["per_second"]

    def floor_rate(self, slots: int, jobs: int) -> float:
        """Jobs a second: /bin/true through posix_spawn and wait."""
        return self.run_json([self.floor, str(slots), str(jobs), "/bin/true", "x"])["per_second"]

    def floor_seconds(self, slots: int, arguments: list[str], command: list[str]) -> float:
        return self.run_json([self.floor, str(slots), "-", *command], "\n".join(arguments) + "\n")["seconds"]
