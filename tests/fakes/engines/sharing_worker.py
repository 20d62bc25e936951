"""sharing_worker.py STAGE WEIGHTS STATE: a worker with many jobs at once, which says that its model
takes WEIGHTS MB and each job STATE MB more. Every job waits at the gate; see
tests/integration/engine_stage.h for what STAGE holds. A recording "out_of_memory" runs out of it
while another job is there, and "always" alone, too; "crash" ends the process.
"""
import json
import os
import select
import signal
import sys

stage, weights, state = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
gate = os.open(stage + "/gate", os.O_RDONLY | os.O_NONBLOCK)
waiting = []
pending = b""


def send(type, **fields):
    data = (json.dumps({"type": type, **fields}) + "\n").encode()
    while data:
        data = data[os.write(1, data):]


def note(what, job):
    line = f"{what} {job} {os.environ['CUDA_VISIBLE_DEVICES']} {os.getpid()}\n"
    ledger = os.open(stage + "/ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(ledger, line.encode())
    os.close(ledger)


def obey(request):
    if request["type"] == "load":
        note("load", str(request["slots"]))
        send("ready", engine="sharing", version="1", vram_mb=weights, vram_per_job_mb=state,
             device="Fake GPU (script)")
    elif request["type"] == "cancel" and request["job"] in waiting:
        waiting.remove(request["job"])
        send("cancelled", job=request["job"])
    elif request["type"] == "shutdown":
        sys.exit(0)
    elif request["type"] == "transcribe":
        note("start", request["job"])
        with open(request["audio"]) as recording:
            word = recording.read().strip()
        if word == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "always" or (word == "out_of_memory" and waiting):
            note("out_of_memory", request["job"])
            return send("failed", job=request["job"], kind="out_of_memory",
                        message="cannot allocate a state")
        waiting.append(request["job"])


while True:
    readable = select.select([0] + ([gate] if waiting else []), [], [])[0]
    if 0 in readable:
        data = os.read(0, 65536)
        if not data:
            break
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            obey(json.loads(line))
    elif gate in readable:
        try:
            if not os.read(gate, 1):
                continue
        except BlockingIOError:
            continue  # another process was faster
        job = waiting.pop(0)
        note("end", job)
        send("segment", job=job, id=0, start=0.0, end=1.5, text="heard")
        send("done", job=job, language="en", duration_s=1.5)
