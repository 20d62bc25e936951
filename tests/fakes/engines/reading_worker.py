"""reading_worker.py STAGE [SPEED]: a worker that hears sentences in any WAV file, one every four
seconds of it: for the dashboard's tests and pictures, where there must be something to read.

With a FIFO STAGE/gate each byte in it lets one sentence of some job pass. Without, a recording is
gone through SPEED times as fast as it plays. What is no WAV file is refused.
"""
import json
import os
import select
import sys
import time
import wave

stage, speed = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
gate = os.open(stage + "/gate", os.O_RDONLY | os.O_NONBLOCK) if os.path.exists(stage + "/gate") else None
pending = b""

SENTENCES = [
    "Good morning, and welcome to the weekly planning meeting.",
    "Before we begin, has everybody read the notes from last time?",
    "The first point on the list is the new heating in the east wing.",
    "Two offers have come in, and both are below what we had set aside.",
    "I would like to hear from Anna before we decide anything.",
    "Thank you. The cheaper one needs eight weeks, the other one five.",
    "With the school starting in September, five weeks would suit us better.",
    "Could we ask them whether they work on weekends, too?",
    "I have asked already, and they do, but not in August.",
    "Then let us write to both today and choose on Thursday.",
    "The second point is the garden, which is my favourite, as you know.",
    "The apple trees were cut in March, and they look very well now.",
    "What is missing is somebody who waters them over the summer.",
    "My sister has offered to come by on Mondays and Fridays.",
    "That is very kind of her, please say so from all of us.",
    "Last, the accounts. They are complete, and there is a little left over.",
]


def send(type, **fields):
    data = (json.dumps({"type": type, **fields}) + "\n").encode()
    while data:
        data = data[os.write(1, data):]


def next_request():
    global pending
    while b"\n" not in pending:
        data = os.read(0, 65536)
        if not data:
            sys.exit(0)
        pending += data
    line, pending = pending.split(b"\n", 1)
    return json.loads(line)


def may_go_on(until):
    """Whether the job may say its next sentence; else it was cancelled."""
    while True:
        left = None if gate is not None else max(0.0, until - time.monotonic())
        ready = select.select([0] + ([gate] if gate is not None else []), [], [], left)[0]
        if 0 in ready:
            if next_request()["type"] == "cancel":
                return False
        elif not ready:
            return True
        else:
            try:
                if os.read(gate, 1):
                    return True
            except BlockingIOError:
                pass  # another process was faster


def transcribe(job, audio, **_):
    try:
        with wave.open(audio) as recording:
            total = recording.getnframes() / recording.getframerate()
    except (wave.Error, EOFError):
        return send("failed", job=job, kind="bad_media", message="there is no audio in this file")
    began = time.monotonic()
    first = int(total) % len(SENTENCES)
    start, number = 0.0, 0
    while start < total:
        end = min(total, start + 4)
        if not may_go_on(began + end / speed):
            return send("cancelled", job=job)
        send("segment", job=job, id=number, start=start, end=end,
             text=" " + SENTENCES[(first + number) % len(SENTENCES)])
        send("progress", job=job, done_s=end, total_s=total)
        start, number = end, number + 1
    send("done", job=job, language="en", duration_s=total)


while True:
    request = next_request()
    if request["type"] == "load":
        send("ready", engine="reading", version="1", vram_mb=0, ram_mb=10)
    elif request["type"] == "transcribe":
        transcribe(**{key: request[key] for key in ("job", "audio")})
    elif request["type"] == "shutdown":
        break
