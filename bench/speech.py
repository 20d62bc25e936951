"""Recordings of known words, spoken by flite: what the micro model understands."""

import os
import subprocess

SENTENCES = ("the quick brown fox jumps over the lazy dog", "hello world good morning please open the window",
             "one two three four five six seven eight nine ten", "stop the meeting record and play the audio file",
             "the red computer is down when the green file is open", "good night and thank you")


def speak(folder: str, name: str, sentences: int, turn: int = 0) -> str:
    """A WAV file of `sentences` of the list, begun at the `turn`-th: the same file for the same arguments."""
    path = os.path.join(folder, name + ".wav")
    text = ". ".join(SENTENCES[(turn + i) % len(SENTENCES)] for i in range(sentences))
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", path], check=True, capture_output=True)
    return path
