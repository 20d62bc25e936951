"""puppet_worker.py STAGE: a worker that does what its recordings say.

A recording is a line of words with commas between; the word of the attempt counts, and the last one
goes on counting: "crash,done". See tests/integration/engine_stage.h for what STAGE holds.
"""
import fcntl
import json
import os
import select
import signal
import sys

stage = sys.argv[1]
gate = os.open(stage + "/gate", os.O_RDONLY | os.O_NONBLOCK) if os.path.exists(stage + "/gate") else None
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


def next_request():
    global pending
    while b"\n" not in pending:
        data = os.read(0, 65536)
        if not data:
            sys.exit(0)
        pending += data
    line, pending = pending.split(b"\n", 1)
    return json.loads(line)


def passes_gate(job):
    """Whether the test let the job go on; else it was cancelled."""
    while gate is not None:
        for ready in select.select([0, gate], [], [])[0]:
            try:
                if ready == gate and os.read(gate, 1):
                    return True
            except BlockingIOError:
                continue  # another process was faster
            if ready == 0 and next_request()["type"] == "cancel":
                return False
    return True


def transcribe(job, attempt, audio, **_):
    with open(audio) as recording:
        words = recording.read().strip().split(",")
    word = words[min(attempt, len(words)) - 1]
    with open(f"{stage}/locks/{job}", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("twice", job)
        note("start", job)
        act(word, job)


def act(word, job):
    if word == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "hang":
        while True:
            signal.pause()
    elif word == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            signal.pause()
    elif word == "nonsense":
        os.write(1, b"Loading model, please wait...\n")
        signal.pause()
    elif word == "long_line":
        while True:
            os.write(1, b"x" * 65536)
    elif word == "flood":
        while True:
            send("progress", job=job, done_s=1, total_s=2, padding="x" * 65000)
    elif word == "out_of_memory":
        send("failed", job=job, kind="out_of_memory", message="no VRAM left on the card")
    elif word == "bad_media":
        send("failed", job=job, kind="bad_media", message="It is not a recording.")
    elif word == "fail":
        send("failed", job=job, kind="internal", message="I do not want to")
    elif word == "gate" and not passes_gate(job):
        note("cancelled", job)
        send("cancelled", job=job)
    else:
        send("segment", job=job, id=0, start=0.0, end=1.5, text="heard " + word)
        send("progress", job=job, done_s=1.5, total_s=1.5)
        note("end", job)
        send("done", job=job, language="en", duration_s=1.5)


while True:
    request = next_request()
    if request["type"] == "load":
        send("ready", engine="puppet", version="1", vram_mb=0, ram_mb=10)
    elif request["type"] == "transcribe":
        transcribe(**request)
    elif request["type"] == "shutdown":
        break
