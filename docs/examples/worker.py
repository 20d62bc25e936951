#!/usr/bin/env python3
"""A worker for transcribed. Put your own engine into load() and recognise()."""
import array, json, os, queue, sys, threading, wave

out = os.fdopen(os.dup(1), "w")  # standard output belongs to the protocol:
os.dup2(2, 1)                    # whatever a library prints there goes to the log instead
jobs, cancelled = queue.Queue(), set()

def send(type, **fields):
    print(json.dumps({"type": type, **fields}), file=out, flush=True)

def load(request):  # its keys: model, file, device, slots, threads
    return {"engine": "loudness", "version": "1", "ram_mb": 20}

def recognise(audio, options):  # yields start, end, text and the length of all, in seconds
    with wave.open(audio) as sound:
        total = sound.getnframes() / sound.getframerate()
        for second in range(int(total)):
            samples = array.array("h", sound.readframes(sound.getframerate()))
            yield second, second + 1, f"loudness {max(map(abs, samples))}", total

def transcribe(job, audio, options={}, **_):
    total = 0
    for id, (start, end, text, total) in enumerate(recognise(audio, options)):
        if job in cancelled: return send("cancelled", job=job)
        send("segment", job=job, id=id, start=start, end=end, text=text)
        send("progress", job=job, done_s=end, total_s=total)
    send("done", job=job, language="", duration_s=total)

def work():
    while request := jobs.get():
        try: send("ready", **load(request)) if request["type"] == "load" else transcribe(**request)
        except Exception as error: send("failed", job=request.get("job"), kind="internal", message=str(error))

threading.Thread(target=work, daemon=True).start()
for request in map(json.loads, sys.stdin):  # beside the work, so that a cancel is noticed at once
    if request["type"] == "transcribe": cancelled.discard(request["job"])  # a retry has the same name
    if request["type"] in ("load", "transcribe"): jobs.put(request)
    if request["type"] == "cancel": cancelled.add(request["job"])
    if request["type"] == "shutdown": break
