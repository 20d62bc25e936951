"""Takes the last stage of a Dockerfile apart, so that its steps can be run without Docker.

dockerfile.py DOCKERFILE FOLDER writes into FOLDER: run.sh (ARG and RUN), environment (ENV, as env(1) takes it, one a line),
user, command and healthcheck (as a shell reads them), and copies (what COPY takes and where to). An instruction that it does
not know is an error, so that no step goes untested.
"""

import json
import pathlib
import re
import shlex
import sys

DECLARES = {"EXPOSE", "VOLUME"}


def instructions(text):
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M)
    text = re.sub(r"\\\n", " ", text)
    for line in text.splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name.upper(), rest.strip()


def last_stage(text):
    stage = []
    for name, rest in instructions(text):
        stage = [] if name == "FROM" else stage + [(name, rest)]
    return stage


def exec_form(rest):
    return shlex.join(json.loads(rest)) + "\n"


def main(dockerfile, folder):
    script = ["set -e"]
    found = {"environment": "", "copies": "", "user": "root\n", "command": "", "healthcheck": ""}
    for name, rest in last_stage(pathlib.Path(dockerfile).read_text()):
        if name == "ARG":
            script.append(rest)
        elif name == "RUN":
            script.append(rest)
        elif name == "ENV":
            found["environment"] += rest + "\n"
        elif name == "COPY":
            found["copies"] += rest + "\n"
        elif name == "USER":
            found["user"] = rest + "\n"
        elif name == "CMD":
            found["command"] = exec_form(rest)
        elif name == "HEALTHCHECK":
            found["healthcheck"] = exec_form(rest.split("CMD", 1)[1])
        elif name not in DECLARES:
            sys.exit(f"{dockerfile}: the test does not know what {name} does; teach it (tests/package/dockerfile.py)")
    folder = pathlib.Path(folder)
    for name, text in found.items():
        (folder / name).write_text(text)
    (folder / "run.sh").write_text("\n".join(script) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
