"""Where the user's own pip would look, read from pip's documented settings.

pip is asked (``pip config list``) and its environment variables are read;
nothing of pip is imported. See pip's documentation, "Configuration".
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_TIMEOUT_SECONDS = 15.0  # pip's own documented default
_ASKING_SECONDS = 60
_LINE = re.compile(r"(?P<section>[^.]+)\.(?P<key>[^=]+)=(?P<value>.*)")
_DEFAULT_INDEX = re.compile(r"\(default\s+(https://\S+?)\)")  # in pip's help of --index-url
_TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})

Settings = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class PipSettings:
    """The part of pip's settings that says where archives come from.

    Attributes:
        index_urls: roots of simple indexes, in the order to ask; empty under ``no-index``.
        find_links: folders, pages or files that list archives; asked first.
        certificate: path of a certificate bundle; None for the default one.
        proxy: of all connections; None for what the environment says.
        timeout_seconds: of a connection, and between two bytes.
        trusted_hosts: hosts that may be asked without HTTPS.
    """

    index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    certificate: str | None = None
    proxy: str | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    trusted_hosts: frozenset[str] = frozenset()


def has_pip() -> bool:
    """Whether ``python -m pip`` can run; environments made by uv have no pip."""
    return bool(sys.executable) and importlib.util.find_spec("pip") is not None


def pip_command(*arguments: str) -> list[str]:
    """``python -P -m pip ARGUMENTS``; -P, or a folder named pip in the current one would run."""
    return [sys.executable, "-P", "-m", "pip", *arguments]


def read_pip_settings() -> PipSettings:
    """The settings as they are now; without a working pip, what the environment says."""
    if not has_pip():
        return settings_from("", os.environ, "")
    return settings_from(_ask_pip("config", "list"), os.environ, _ask_pip("download", "--help"))


def settings_from(listing: str, environ: Mapping[str, str], pip_help: str) -> PipSettings:
    """Settings from the lines of ``pip config list`` and the ``PIP_*`` variables.

    The environment goes before the section ``[download]``, that before ``[global]``.
    A key that several files set is listed several times, in no stated order: then
    all of its values count. That is safe, because every file is pinned by its hash. The index
    that pip takes where none is set stands in its help.
    """
    sections = _parse(listing)
    layers = (_from_environment(environ), sections.get("download", {}), sections.get("global", {}))

    def values(*keys: str) -> list[str]:
        for layer in layers:
            found = [value for key in keys for value in layer.get(key, [])]
            if found:
                return [word for value in found for word in value.split()]
        return []

    def whole(key: str) -> str | None:  # a path may hold blanks
        return next((layer[key][-1] for layer in layers if layer.get(key)), None)

    usual = _DEFAULT_INDEX.findall(pip_help)[:1]
    indexes = [*(values("index-url", "pypi-url") or usual), *values("extra-index-url")]
    if (whole("no-index") or "").lower() in _TRUE:
        indexes = []
    return PipSettings(
        index_urls=tuple(dict.fromkeys(indexes)),
        find_links=tuple(dict.fromkeys(values("find-links"))),
        certificate=whole("cert"),
        proxy=whole("proxy"),
        timeout_seconds=_seconds(whole("timeout") or whole("default-timeout")),
        trusted_hosts=frozenset(host.rsplit(":", 1)[0] for host in values("trusted-host")),
    )


def without_credentials(text: str) -> str:
    """``text`` with the user and password of every URL blotted out: it may end up in a log."""
    return re.sub(r"//[^/@\s]+@", "//****@", text)


def _ask_pip(*arguments: str) -> str:
    try:
        answer = subprocess.run(
            pip_command(*arguments),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_ASKING_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""  # a pip that cannot run has no say; the environment still has
    return answer.stdout if answer.returncode == 0 else ""


def _parse(listing: str) -> dict[str, Settings]:
    """``{section: {key: [values]}}`` from lines of the form ``section.key='value'``."""
    sections: dict[str, Settings] = {}
    for line in listing.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None or match["section"] == ":env:":
            continue
        try:
            value = ast.literal_eval(match["value"])
        except (ValueError, SyntaxError):
            continue  # not a setting of ours: those are all plain strings
        if isinstance(value, str) and value.strip():
            sections.setdefault(match["section"], {}).setdefault(match["key"], []).append(value)
    return sections


def _from_environment(environ: Mapping[str, str]) -> Settings:
    return {
        name.removeprefix("PIP_").lower().replace("_", "-"): [value]
        for name, value in environ.items()
        if name.startswith("PIP_") and value.strip()
    }


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text or "")
    except ValueError:
        return DEFAULT_TIMEOUT_SECONDS
    return seconds if 0 < seconds < 86_400 else DEFAULT_TIMEOUT_SECONDS
