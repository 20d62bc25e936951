"""The measurements of the engine whisper: memory, throughput, and what a warm process saves.

On the CPU as part (w) of scripts/bench, on a GPU by bench/gpu.sh."""

import glob
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from engine_process import Engine
from measure import REPEATS, Bench, median
from speech import speak
from table import Row


@dataclass
class Setting:
    """What is measured, and on what."""

    program: str
    model: str  # for speed: one that understands
    large: str  # for memory: one whose size matters
    device: str = "cpu"
    gpu: int | None = None  # as nvidia-smi counts
    environment: dict = field(default_factory=lambda: dict(os.environ))

    def engine(self, model: str, slots: int, threads: int) -> Engine:
        return Engine(self.program, model, slots, threads, self.device, self.environment)


def engine_of(bench: Bench) -> str | None:
    program = os.path.join(bench.programs.build, "libexec", "transcribed", "transcribed-engine-whisper")
    return program if os.access(program, os.X_OK) else None


def micro_model(bench: Bench) -> str:
    return os.path.join(bench.programs.build, "models", "micro-whisper.bin")


def tiny_model(bench: Bench) -> str:
    """The real shape with random weights; what it hears is nonsense."""
    path = os.path.join(bench.work, "tiny.bin")
    if not os.path.exists(path):
        subprocess.run([sys.executable, os.path.join(bench.programs.root, "tests", "models", "write_model.py"), "tiny", path],
                       check=True)
    return path


# --- memory ---


class Meter:
    """The most that `used_mb` said while this was entered; it is asked every `pause` seconds."""

    def __init__(self, used_mb, pause: float):
        self.used_mb, self.pause = used_mb, pause
        self.most_mb = 0

    def __enter__(self):
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self) -> None:
        while True:
            self.most_mb = max(self.most_mb, self.used_mb())
            if self.enough.wait(self.pause):
                return

    def __exit__(self, *_):
        self.enough.set()
        self.thread.join()


def gpu_used_mb(gpu: int) -> int:
    """In 1,048,576 bytes, by nvidia-smi."""
    command = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", str(gpu)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def peak_mb(setting: Setting, audio: str, processes: int, jobs_each: int) -> float:
    """The most that all held at one time, jobs running: on a GPU what all took of it, else their private memory."""
    before_mb = 0 if setting.gpu is None else gpu_used_mb(setting.gpu)
    with ExitStack() as stack:
        engines = [stack.enter_context(setting.engine(setting.large, jobs_each, 1)) for _ in range(processes)]
        meter = (Meter(lambda: sum(engine.memory_mb() for engine in engines), 0.02) if setting.gpu is None
                 else Meter(lambda: gpu_used_mb(setting.gpu), 0.1))
        with meter:
            for engine in engines:
                for job in range(jobs_each):
                    engine.submit(str(job), audio)
            for engine in engines:
                engine.finish(jobs_each)
        return meter.most_mb - before_mb


def memory_rows(setting: Setting, audio: str, size: str, aim: float | None) -> list[Row]:
    return [Row("w", f"memory of {jobs} job{'s' if jobs > 1 else ''} of {size} in one process (floor: a process each)",
                peak_mb(setting, audio, 1, jobs), "MB", peak_mb(setting, audio, jobs, 1), aim if jobs == 5 else None, least=False)
            for jobs in (1, 3, 5)]


# --- throughput ---


def seconds_side_by_side(setting: Setting, audio: list[str], at_once: int, threads: int) -> tuple[float, dict]:
    """All recordings through one warm process, `at_once` at a time; loading is not counted."""
    with setting.engine(setting.model, at_once, threads) as engine:
        begun = time.monotonic()
        texts, waiting, running = {}, list(enumerate(audio)), 0
        while waiting or running:
            while waiting and running < at_once:
                number, path = waiting.pop(0)
                engine.submit(str(number), path)
                running += 1
            texts.update(engine.finish(1)["texts"])
            running -= 1
        return time.monotonic() - begun, texts


def seconds_of_command_line(tools: "CommandLine", model: str, audio: list[str], threads: int) -> float:
    begun = time.monotonic()
    for path in audio:
        tools.run(model, path, threads)
    return time.monotonic() - begun


class CommandLine:
    """whisper.cpp's own whisper-cli from Debian forky, which brings its own C library; with the engine's settings."""

    def __init__(self, bench: Bench):
        prefix = os.path.join(bench.programs.root, "build", "whisper-tools", "usr")
        libraries = os.path.join(prefix, "lib", os.uname().machine + "-linux-gnu")
        loader = glob.glob(os.path.join(libraries, "ld-linux*"))
        self.backends = glob.glob(os.path.join(libraries, "ggml", "backends*"))
        folders = [libraries] + [os.path.join(libraries, name) for name in ("blas", "lapack", "pulseaudio")]
        self.program = os.path.join(prefix, "bin", "whisper-cli")
        self.command = [*loader, "--library-path", ":".join(folders), self.program]

    def there(self) -> bool:
        return os.path.exists(self.program)

    def run(self, model: str, audio: str, threads: int) -> str:
        environment = dict(os.environ, GGML_BACKEND_PATH=self.cpu_backend(), GGML_NO_BACKTRACE="1")
        done = subprocess.run([*self.command, "-m", model, "-f", audio, "-l", "en", "-t", str(threads),
                               "-bo", "1", "-bs", "1", "-nt", "-np"],
                              capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise RuntimeError("whisper-cli: " + done.stderr[-2000:])
        return done.stdout

    def cpu_backend(self) -> str:
        """Of the variants for this processor whisper-cli would choose itself, were they where it looks."""
        variants = glob.glob(os.path.join(self.backends[0], "libggml-cpu-*.so"))
        with open("/proc/cpuinfo") as file:
            flags = next(line for line in file if line.startswith("flags")).split()
        wanted = "skylakex" if "avx512f" in flags else "haswell" if "avx2" in flags else "x64"
        return next((path for path in variants if wanted in path), variants[0])


def throughput_rows(setting: Setting, work: str, at_once: int, tools: CommandLine | None) -> list[Row]:
    threads = 1
    audio = [speak(work, f"short-{i}", 4, i) for i in range(20)]
    together, alone, command_line = [], [], []
    for _ in range(REPEATS):
        seconds, texts = seconds_side_by_side(setting, audio, at_once, threads)
        together.append(seconds)
        seconds, texts_alone = seconds_side_by_side(setting, audio, 1, threads)
        alone.append(seconds)
        if texts != texts_alone:
            raise RuntimeError("jobs side by side gave another text than one after another")
        if tools:
            command_line.append(seconds_of_command_line(tools, setting.model, audio, threads))
    rate = lambda seconds: len(audio) / median(seconds)
    rows = [Row("w", f"{at_once} jobs at once in one process, a thread each (floor: one after another, the same texts)",
                rate(together), "jobs/s", rate(alone), 1.0)]
    if command_line:
        rows += [Row("w", "the same (floor: whisper-cli, one after another)", rate(together), "jobs/s", rate(command_line), 1.0),
                 Row("w", "one after another (floor: whisper-cli, one after another)", rate(alone), "jobs/s", rate(command_line), 1.0)]
    return rows


# --- warm against cold ---


def first_segment_ms(engine: Engine, since: float, audio: str) -> float:
    engine.submit("one", audio)
    return (engine.finish(1)["first"] - since) * 1000


def warm_rows(setting: Setting, audio: str, size: str) -> list[Row]:
    cold, warm, loads = [], [], []
    for _ in range(REPEATS * 3):
        with setting.engine(setting.model, 1, 1) as engine:
            cold.append(first_segment_ms(engine, engine.begun, audio))
            warm.append(first_segment_ms(engine, time.monotonic(), audio))
    for _ in range(REPEATS):
        with setting.engine(setting.large, 1, 1) as engine:
            loads.append(engine.ready_after * 1000)
    return [
        Row("w", "start to first segment in a warm process (floor: in a new one)", median(warm), "ms", median(cold), 1.0,
            least=False),
        Row("w", f"what a new process takes until it has loaded {size}", median(loads), "ms", None, None),
    ]


def whisper(bench: Bench) -> list[Row]:
    program = engine_of(bench)
    if program is None:
        print("The engine whisper is not in this build: (w) is left out.", file=sys.stderr)
        return []
    setting = Setting(program, micro_model(bench), tiny_model(bench))
    audio = speak(bench.work, "speech", 6)
    tools = CommandLine(bench)
    return (memory_rows(setting, audio, "the tiny size", 0.6)
            + throughput_rows(setting, bench.work, os.cpu_count() or 1, tools if tools.there() else None)
            + warm_rows(setting, speak(bench.work, "sentence", 1), "the tiny size"))
