"""The Dockerfile, read: its instructions, and the files that its last stage is given."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_CONTINUED: Final = re.compile(r"\\\n\s*")


def instructions() -> list[tuple[str, str]]:
    """Give each instruction and what follows it, in their order."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if line and not line.startswith("#"))
    found = [line.split(maxsplit=1) for line in _CONTINUED.sub(" ", text).splitlines()]
    return [(name, rest) for name, rest in found]


def last_stage() -> list[tuple[str, str]]:
    """Give the instructions of the stage that becomes the image."""
    every = instructions()
    begins = max(number for number, (name, _) in enumerate(every) if name == "FROM")
    return every[begins:]


def rest_of(name: str) -> str:
    """Give what follows the last stage's only instruction of that name."""
    (rest,) = [rest for each, rest in last_stage() if each == name]
    return rest


def command_of(name: str) -> list[str]:
    """Give the words of an instruction in exec form."""
    words: list[str] = json.loads(rest_of(name).split("CMD ")[-1])
    return words


def environment() -> dict[str, str]:
    """Give what the image sets for whatever runs in it."""
    return dict(pair.split("=", 1) for pair in shlex.split(rest_of("ENV")))


def sources() -> set[str]:
    """Give whatever any stage copies out of the clone."""
    copies = [rest.split() for name, rest in instructions() if name == "COPY"]
    return {source for words in copies if not words[0].startswith("--from=") for source in words[:-1]}


def lay_out(folder: Path) -> None:
    """Put into a folder what the image has in its own, as COPY does: a folder's content, or a file, into its place."""
    for words in [rest.split() for name, rest in last_stage() if name == "COPY"]:
        stage = words.pop(0) if words[0].startswith("--from=") else ""
        *copied, place = words
        if place.startswith("/"):
            continue  # the packages; those of the tests stand in for them
        for source in copied:
            origin = ROOT / source.lstrip("/")
            if origin.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(origin, folder / place, dirs_exist_ok=True, ignore=ignored)
            elif origin.exists() or not stage:  # what a stage builds may not be built here
                shutil.copy(origin, folder / place)
