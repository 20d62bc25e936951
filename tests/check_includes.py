"""Checks that includes point down the floors of the house (docs/architecture.md), and that core and
the ports stay free of I/O. `check_includes.py ROOT`, or `--self-test` to see that it can fail."""

import pathlib
import re
import sys
import tempfile

# What each folder may include besides itself.
MAY_INCLUDE = {
    "src/core": set(),
    "src/ports": {"core"},
    "src/wire": {"core"},
    "src/keeper": {"wire"},
    "src/fetcher": {"core", "wire", "adapters"},
    "src/adapters": {"core", "ports", "wire"},
    "src/scheduler": {"core", "ports", "wire"},
    "src/http": {"core", "ports", "wire", "adapters", "scheduler"},
    "src/daemon": {"core", "ports", "wire", "adapters", "scheduler", "http"},
    "src/client": {"core", "wire", "adapters"},
    "engines/media": {"core"},
    "engines/worker": {"core", "wire"},
    "engines/pocketsphinx": {"core", "wire", "media", "worker"},
    "engines/whisper": {"core", "wire", "media", "worker"},
}
# Floors that decide must not act: no system or library header that does I/O or threads.
PURE = {"src/core"}
PURE_FORBIDDEN = re.compile(
    r"<(fstream|iostream|thread|mutex|future|condition_variable|filesystem|cstdio_ext|unistd\.h|sys/.*|boost/.*|spdlog/.*)>")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def folder_of(include):
    parts = include.split("/")
    return parts[0] if len(parts) > 1 else ""


def problems(root):
    found = []
    seen = 0
    for top in ("src", "engines"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            seen += 1
            place = "/".join(path.relative_to(root).parts[:2])
            if place not in MAY_INCLUDE:
                found.append(f"{path}: {place} has no floor; give it one in tests/check_includes.py")
                continue
            own = place.split("/")[1]
            for kind, include in INCLUDE.findall(path.read_text()):
                if kind == '"':
                    target = folder_of(include)
                    if target not in MAY_INCLUDE[place] and target not in (own, ""):
                        found.append(f"{path}: {place} must not include {include}")
                elif place in PURE and PURE_FORBIDDEN.match(f"<{include}>"):
                    found.append(f"{path}: {place} is pure and must not include <{include}>")
    if seen == 0:
        found.append(f"{root}: no sources found")
    return found


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "src/core").mkdir(parents=True)
        (root / "src/core/a.h").write_text('#include "core/b.h"\n#include <vector>\n')
        assert problems(root) == []
        (root / "src/core/a.h").write_text('#include "scheduler/job_manager.h"\n')
        assert len(problems(root)) == 1
        (root / "src/core/a.h").write_text("#include <thread>\n")
        assert len(problems(root)) == 1
        (root / "src/drawer").mkdir()
        (root / "src/drawer/a.h").write_text("")
        assert len(problems(root)) == 2


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        print("ok")
    else:
        found = problems(pathlib.Path(sys.argv[1]))
        print("\n".join(found) or "ok")
        sys.exit(bool(found))
