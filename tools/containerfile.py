"""Runs the steps of the Containerfile in the tree of a Linux system, where no image can be built.

    sudo debootstrap --variant=minbase bookworm TREE
    sudo python -m tools.containerfile TREE [--bind FOLDER]… [--then COMMAND]

The tree stands for the base image; COMMAND is then run in it as the container would run it. `--bind` shows a folder of
this machine in the tree, such as one with wheels. The environment is the caller's, save for what the file sets.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
_CHROOT = shutil.which("chroot") or "/usr/sbin/chroot"  # the PATH that ENV sets is that of the tree
_ROOTS_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(slots=True)
class Container:
    """What the steps before have set."""

    tree: Path
    user: str = "root"
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=lambda: {**os.environ, "PATH": _ROOTS_PATH})

    def run(self, command: str) -> None:
        """Run a shell command in the tree, as the user and in the folder of this moment."""
        environment = {**self.environment, "HOME": "/root" if self.user == "root" else f"/home/{self.user}"}
        script = f"cd {self.folder} && {command}"
        chroot = [_CHROOT, f"--userspec={self.user}:", str(self.tree), "/bin/sh", "-c", script]
        subprocess.run(chroot, check=True, env=environment)

    def copy(self, sources: list[str], target: str) -> None:
        """Copy files or one folder of the project into the tree, for the user of this moment."""
        place = self.tree / self.folder.lstrip("/") / target
        for name in sources:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                shutil.copy2(source, place / name)
        subprocess.run([_CHROOT, str(self.tree), "chown", "-R", self.user, self.folder], check=True)


def steps(text: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile, each on one line, with their arguments."""
    lines = (line.strip() for line in text.splitlines())
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line and not line.startswith("#")]


def build(container: Container, text: str) -> None:
    """Run the steps. Raises ValueError for an instruction that is not known here, and CalledProcessError."""
    for instruction, rest in steps(text):
        print(f"{instruction} {rest}", flush=True)
        match instruction:
            case "ARG" | "FROM":
                pass  # the tree
            case "RUN":
                container.run(rest)
            case "USER":
                container.user = rest
            case "WORKDIR":
                container.folder = rest
            case "ENV":
                name, _, value = rest.partition("=")
                container.environment[name] = value
            case "COPY":
                *sources, target = [word for word in rest.split() if not word.startswith("--")]
                container.copy(sources, target)
            case _:
                raise ValueError(f"{instruction} is not known here")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--bind", action="append", default=[], type=Path)
    parser.add_argument("--then", default="")
    arguments = parser.parse_args()
    container = Container(tree=arguments.tree.resolve())
    with ExitStack() as mounts:
        for source in (Path("/proc"), Path("/dev"), Path("/etc/resolv.conf"), *arguments.bind):
            _mount(mounts, source, container.tree / str(source).lstrip("/"))
        build(container, (PROJECT / "Containerfile").read_text(encoding="utf-8"))
        if arguments.then:
            container.run(arguments.then)


def _mount(mounts: ExitStack, source: Path, place: Path) -> None:
    if source.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    subprocess.run(["mount", "--bind", str(source), str(place)], check=True)
    mounts.callback(subprocess.run, ["umount", str(place)], check=True)


if __name__ == "__main__":
    main()
