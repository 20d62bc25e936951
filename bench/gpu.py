#!/usr/bin/env python3
"""The measurements of Whisper on a GPU: see bench/gpu.sh, which calls this."""

import argparse
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from measure import Bench  # noqa: E402
from programs import Programs  # noqa: E402
from speech import speak  # noqa: E402
from table import as_text  # noqa: E402
from whisper import Setting, engine_of, memory_rows, micro_model, throughput_rows, tiny_model, warm_rows  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/gpu.sh")
    parser.add_argument("gpu", nargs="?", type=int, default=0, help="its number as nvidia-smi counts (default: 0)")
    parser.add_argument("--model", help="a ggml file; without one the tiny size with random weights and the micro model")
    parser.add_argument("--jobs", type=int, default=5, help="at once in the measurement of throughput (default: 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="transcribed-gpu-") as work:
        bench = Bench(Programs(ROOT, os.path.join(ROOT, "build", "release")), work)
        program = engine_of(bench)
        if program is None:
            sys.exit("The engine whisper is not in this build; see docs/whisper.md.")
        environment = dict(os.environ, CUDA_DEVICE_ORDER="PCI_BUS_ID", CUDA_VISIBLE_DEVICES=str(options.gpu))
        setting = Setting(program, options.model or micro_model(bench), options.model or tiny_model(bench), "gpu:0", options.gpu,
                          environment)
        size = os.path.basename(options.model) if options.model else "the tiny size"
        with setting.engine(setting.large, 1, 1) as engine:
            ready = engine.ready
        device = ready.get("device", "unknown")
        print(f"{size} on {device}; the engine says: weights {ready.get('vram_mb', 0)} MB, each job {ready.get('vram_per_job_mb', 0)} MB")
        if device == "CPU":
            sys.exit("ggml found no GPU: no backend for it is installed, or the driver is missing (docs/whisper.md).")
        audio = speak(work, "speech", 6)
        rows = (memory_rows(setting, audio, size, None) + throughput_rows(setting, work, options.jobs, None)
                + warm_rows(setting, speak(work, "sentence", 1), size))
        print(as_text(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
