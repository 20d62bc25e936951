#!/usr/bin/env bash
# bench/gpu.sh [GPU] [--model FILE] [--jobs N]: what scripts/bench measures of Whisper on the CPU, on a GPU: memory of jobs
# that share a process against a process each (by nvidia-smi), jobs at once against one after another, warm against cold.
# Nothing else should use the GPU meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v nvidia-smi >/dev/null || { echo "bench/gpu.sh reads a GPU's memory with nvidia-smi, which is not here." >&2; exit 1; }
make build >&2
exec python3 bench/gpu.py "$@"
