"""The engine whisper by itself, spoken to over its pipes as the daemon does (docs/engine-protocol.md)."""

import json
import re
import subprocess
import threading
import time


class Engine:
    """A warm process, loaded; ended on exit. Times are time.monotonic()."""

    def __init__(self, program: str, model: str, slots: int, threads: int, device: str = "cpu", environment=None):
        self.begun = time.monotonic()
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, env=environment)
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()
        self.say(type="load", model="bench", file=model, device=device, slots=slots, threads=threads)
        self.ready = self.hear()
        if self.ready["type"] != "ready":
            raise RuntimeError(f"the engine does not load {model}: {self.ready}")
        self.ready_after = time.monotonic() - self.begun

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def say(self, **message) -> None:
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the engine ended:\n" + "".join(self.log[-20:]))
        return json.loads(line)

    def submit(self, name: str, audio: str) -> None:
        self.say(type="transcribe", job=name, attempt=1, audio=audio, options={"language": "en"})

    def finish(self, jobs: int) -> dict:
        """Waits for the end of as many jobs. Their texts, and when the first segment came."""
        texts, first = {}, None
        ended = 0
        while ended < jobs:
            message = self.hear()
            if message["type"] == "segment":
                first = first or time.monotonic()
                texts[message["job"]] = texts.get(message["job"], "") + message["text"]
            elif message["type"] == "done":
                ended += 1
            elif message["type"] == "failed":
                raise RuntimeError(f"a job failed: {message}")
        return {"texts": texts, "first": first}

    def memory_mb(self) -> float:
        """Private memory, in 1,048,576 bytes: what a second process would take again."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"^RssAnon:\s+(\d+) kB", status.read(), re.M).group(1)) / 1024
