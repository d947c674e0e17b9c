"""A Dockerfile, read and carried out by hand where there is no container engine: each step becomes a layer (overlayfs)
over an unpacked Debian, `RUN` a chroot in namespaces of its own, the finished image a process in a read-only root
without a network. It knows the instructions that deploy/Dockerfile uses, refuses others and needs root. Used by
tests/flow/test_image.py; its reader by tests/unit/test_deploy.py."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

OUTSIDE = "/mnt"
"""Where a RUN finds this machine's own certificates and pip settings: the builder's affair, in no layer."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Instruction:
    """`RUN --mount=... words`: its word, its flags, and the rest of the logical line."""

    word: str
    flags: tuple[str, ...]
    rest: str

    def listed(self) -> list[str]:
        """The exec form. Raises ValueError for the other one."""
        found: list[str] = json.loads(self.rest)
        return found


@dataclass
class Stage:
    name: str
    base: str
    steps: list[Instruction] = field(default_factory=list)


def read(text: str) -> tuple[dict[str, str], dict[str, Stage]]:
    """Defaults of the ARGs before the first FROM, and the stages by name."""
    outer: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    current: Stage | None = None
    for step in _instructions(text):
        if step.word == "FROM":
            base, _, name = step.rest.partition(" AS ")
            current = stages[name] = Stage(name, base)
        elif current is None:
            outer |= _argument(step.rest)
        else:
            current.steps.append(step)
    return outer, stages


def _instructions(text: str) -> Iterable[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for whole in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        word, _, rest = whole.strip().partition(" ")
        flags = []
        while rest.startswith("--"):
            flag, _, rest = rest.partition(" ")
            flags.append(flag)
        yield Instruction(word, tuple(flags), rest.strip())


def _argument(rest: str) -> dict[str, str]:
    name, _, value = rest.partition("=")
    return {name: value.strip('"')}


def expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda found: known.get(found[1], ""), text)


def sent(context: Path) -> list[Path]:
    """The files that .dockerignore lets through, from the context's root: of all patterns the last that fits counts."""
    rules = [line for line in (context / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    found = []
    for folder, folders, files in os.walk(context):
        here = Path(folder).relative_to(context)
        folders[:] = [name for name in folders if _passes(here / name, rules)]
        found += [here / name for name in files if _passes(here / name, rules)]
    return found


def _passes(path: Path, rules: list[str]) -> bool:
    passes = True
    for rule in rules:
        pattern = rule.removeprefix("!").rstrip("/")
        candidates = [path, *path.parents]
        if any(fnmatch(str(each), pattern) or fnmatch(f"/{each}", pattern.replace("**", "*")) for each in candidates):
            passes = rule.startswith("!")
    return passes


@dataclass(frozen=True)
class Image:
    """Layers, the newest first, and what a process in it is given."""

    layers: tuple[Path, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = "0:0"
    workdir: str = "/"
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()
    stopsignal: str = "SIGTERM"

    def overlay(self, upper: Path | None = None, work: Path | None = None) -> str:
        """The options of its mount; read-only without an upper folder."""
        lower = ":".join(str(layer) for layer in self.layers)
        return f"lowerdir={lower}" + (f",upperdir={upper},workdir={work}" if upper else "")


class Builder:
    """`folder`: for layers. `base`: an unpacked Debian. `args`: as --build-arg."""

    def __init__(self, dockerfile: Path, context: Path, base: Path, folder: Path, args: Mapping[str, str]) -> None:
        self._outer, self._stages = read(dockerfile.read_text())
        self._context, self._base, self._folder, self._args = context, base, folder, args
        self._built: dict[str, Image] = {}
        self._count = 0
        self._point = folder / "root"
        self._point.mkdir(parents=True)
        self._outside = folder / "outside"
        self._settings = _outside(self._outside)

    def build(self, target: str) -> Image:
        if target not in self._built:
            stage = self._stages[target]
            base = expanded(stage.base, {**self._outer, **self._args})
            image = self.build(base) if base in self._stages else Image((self._base,))
            known: dict[str, str] = {}
            for step in stage.steps:
                image = self._step(image, step, known)
            self._built[target] = image
        return self._built[target]

    def _step(self, image: Image, step: Instruction, known: dict[str, str]) -> Image:
        words = {"PATH": PATH, **image.env, **known}
        match step.word:
            case "ARG":
                known |= {name: self._args.get(name, value) for name, value in _argument(step.rest).items()}
            case "ENV":
                pairs = dict(pair.split("=", 1) for pair in shlex.split(expanded(step.rest, words)))
                return replace(image, env={**image.env, **pairs})
            case "WORKDIR":
                layer = self._layer()
                (layer / step.rest.lstrip("/")).mkdir(parents=True)
                return replace(image, layers=(layer, *image.layers), workdir=step.rest)
            case "USER":
                return replace(image, user=step.rest)
            case "STOPSIGNAL":
                return replace(image, stopsignal=step.rest)
            case "ENTRYPOINT":
                return replace(image, entrypoint=tuple(step.listed()))
            case "CMD":
                return replace(image, cmd=tuple(step.listed()))
            case "HEALTHCHECK":
                said = step.rest.removeprefix("CMD ")
                return replace(image, healthcheck=() if said == "NONE" else tuple(json.loads(said)))
            case "EXPOSE":
                pass
            case "COPY":
                return self._copy(image, step)
            case "RUN":
                return self._run(image, step, known)
            case _:
                raise ValueError(f"{step.word} is not known here")
        return image

    def _layer(self) -> Path:
        self._count += 1
        layer = self._folder / f"{self._count:02}"
        layer.mkdir()
        return layer

    def _copy(self, image: Image, step: Instruction) -> Image:
        *sources, target = step.rest.split()
        layer = self._layer()
        inside = layer / os.path.normpath(f"{image.workdir}/{target}" if target[0] != "/" else target).lstrip("/")
        source_stage = next((flag.partition("=")[2] for flag in step.flags if flag.startswith("--from=")), "")
        if source_stage:
            inside.parent.mkdir(parents=True)
            ours = self.build(source_stage)
            commands = [f"mount -t overlay overlay -o ro,{ours.overlay()} {self._point}"]
            commands += [f"cp -a {self._point}{source} {inside}" for source in sources]
            _namespaced(commands)
        else:
            for path in sent(self._context):
                for source in sources:
                    if source == "." or path == Path(source):
                        to = inside / (path if source == "." else path.name)
                        to.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(self._context / path, to)
        return replace(image, layers=(layer, *image.layers))

    def _run(self, image: Image, step: Instruction, known: Mapping[str, str]) -> Image:
        layer, work = self._layer(), self._folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        root = self._point
        commands = [
            f"mount -t overlay overlay -o {image.overlay(layer, work)} {root}",
            f"mount --rbind {self._outside} {root}{OUTSIDE}",
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /dev {root}/dev",
            f"mount -t tmpfs tmpfs {root}/tmp",
        ]
        for source, name in self._settings[1].items():
            commands.append(f"mount --bind {source} {root}{OUTSIDE}/{name}")
        for flag in step.flags:
            cached = dict(part.split("=") for part in flag.removeprefix("--mount=").split(","))
            kept = self._folder / "cache"
            kept.mkdir(exist_ok=True)
            commands += [f"mkdir -p {root}{cached['target']}", f"mount --bind {kept} {root}{cached['target']}"]
        env = {"HOME": "/root", "PATH": PATH, **image.env, **known, **self._settings[0]}
        commands.append(
            f"chroot {root} env -i {_assigned(env)} sh -c {shlex.quote(f'cd {image.workdir} && {step.rest}')}"
        )
        _namespaced(commands)
        return replace(image, layers=(layer, *image.layers))


def _assigned(env: Mapping[str, str]) -> str:
    return " ".join(shlex.quote(f"{name}={value}") for name, value in env.items())


def _namespaced(commands: Iterable[str]) -> None:
    """Mounts and processes of theirs end with them. Raises CalledProcessError with what they said."""
    subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", "\n".join(commands)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _outside(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """(environment, folders to bind by name) for what pip on this machine is set up with."""
    folder.mkdir()
    env = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
    binds = {}
    certificates = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE", "")
    if certificates:
        shutil.copyfile(certificates, folder / "certificates.crt")
        env |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE"), f"{OUTSIDE}/certificates.crt")
    links = env.get("PIP_FIND_LINKS", "").split()
    for number, link in enumerate(links):
        (folder / f"links{number}").mkdir()
        binds[link] = f"links{number}"
    if links:
        env["PIP_FIND_LINKS"] = " ".join(f"{OUTSIDE}/{name}" for name in binds.values())
    return env, binds


class Container:
    """A process in an image: read-only root, memory at /tmp, `home` at FOYER_HOME, no network but its own loopback, the
    image's user and no way to more rights."""

    def __init__(self, image: Image, home: Path, log: Path, *, arguments: Iterable[str] = ()) -> None:
        self.image, self._log = image, log
        uid, gid = (int(part) for part in image.user.split(":"))
        os.chown(home, uid, gid)
        point = log.with_suffix(".root")
        point.mkdir()
        command = [*image.entrypoint, *(tuple(arguments) or image.cmd)]
        commands = [
            "ip link set lo up",
            f"mount -t overlay overlay -o ro,{image.overlay()} {point}",
            f"mount -t tmpfs -o mode=1777 tmpfs {point}/tmp",
            f"mount -t tmpfs tmpfs {point}/run",
            f"mount --bind {home} {point}{image.env['FOYER_HOME']}",
            f"mount -t proc proc {point}/proc",
            f"mount --rbind /dev {point}/dev",
            f"exec {self._entered(str(point), command)}",
        ]
        with log.open("w") as written:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child",
                 "sh", "-ec", "\n".join(commands)],
                stdout=written, stderr=written,
            )  # fmt: skip
        self._point = point

    def _entered(self, root: str, command: Iterable[str]) -> str:
        words = shlex.join(["sh", "-c", f'cd {self.image.workdir} && exec "$@"', "sh", *command])
        env = {"PATH": PATH, **self.image.env}
        uid, gid = self.image.user.split(":")
        return (
            f"chroot {root} env -i {_assigned(env)} setpriv --reuid {uid} --regid {gid} --clear-groups --no-new-privs "
            f"--bounding-set=-all --inh-caps=-all {words}"
        )

    @property
    def first(self) -> int:
        """Its process number 1, as this machine counts."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def run(self, command: Iterable[str], *, given: str = "") -> subprocess.CompletedProcess[str]:
        """As `docker exec` does."""
        inside = self._entered(str(self._point), command)
        return subprocess.run(
            ["nsenter", "--target", str(self.first), "--mount", "--pid", "--net", "--ipc", "sh", "-c", inside],
            input=given, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    @property
    def said(self) -> str:
        return self._log.read_text()

    def stop(self) -> int:
        """Its STOPSIGNAL to its first process. Returns the exit code."""
        if self.process.poll() is None:
            subprocess.run(["kill", "-s", self.image.stopsignal.removeprefix("SIG"), str(self.first)], check=True)
        return self.process.wait(timeout=120)
