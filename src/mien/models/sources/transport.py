"""Bytes over HTTPS, by pooch and requests: bounded, never downgraded, errors translated."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from mien.errors import ModelUnavailable
from mien.models.cards import LOOPBACK_HOSTS
from mien.models.progress import ProgressReporter
from mien.models.sources.pip_settings import PipSettings, without_credentials

MAXIMUM_ARCHIVE_BYTES = 1 << 30
MAXIMUM_PAGE_BYTES = 64 << 20
_CHUNK_BYTES = 1 << 16
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Download:
    """What to fetch and where to put it.

    Attributes:
        url: without a fragment.
        target: the file to write; it is not trusted.
        limit_bytes: the download ends with an error beyond it.
        label: for the progress bar.
    """

    url: str
    target: Path
    limit_bytes: int
    label: str


def download(what: Download, settings: PipSettings, progress: ProgressReporter) -> None:
    """Fetch one file.

    Raises:
        ModelUnavailable: the address is not HTTPS, does not answer, or sends too much.
        OSError: there is no room on the disk.
    """
    import pooch

    answers: list[Any] = []
    options = _options(what.url, settings, answers)
    meter = _Meter(what, progress)
    fetch = pooch.HTTPDownloader(progressbar=meter, chunk_size=_CHUNK_BYTES, **options)
    try:
        with _translated(what.url):
            fetch(what.url, str(what.target), None)
    finally:
        for answer in answers:  # pooch leaves them open when it is interrupted
            answer.close()


def read_page(url: str, accept: str, settings: PipSettings) -> tuple[str, str, str] | None:
    """A page as ``(text, content type, final address)``; None if there is none (404).

    Raises:
        ModelUnavailable: the address is not HTTPS, does not answer, or sends too much.
    """
    import requests

    options = _options(url, settings, [])
    options["headers"] = {"Accept": accept}
    body = bytearray()
    with (
        _translated(url),
        requests.get(url, stream=True, timeout=options.pop("timeout"), **options) as response,
    ):
        if response.status_code in (404, 410):
            return None
        response.raise_for_status()
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > MAXIMUM_PAGE_BYTES:
                raise _too_long(url, MAXIMUM_PAGE_BYTES)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return body.decode("utf-8", errors="replace"), kind, response.url


def check_address(url: str, settings: PipSettings) -> None:
    """Only HTTPS, HTTP on this machine, or HTTP to a host that the user told pip to trust.

    Raises:
        ModelUnavailable: any other address.
    """
    parts = urlsplit(url)
    plain = parts.hostname in LOOPBACK_HOSTS or parts.hostname in settings.trusted_hosts
    if parts.scheme == "https" or (parts.scheme == "http" and plain):
        return
    raise ModelUnavailable(
        f"{without_credentials(url)}: expected an https:// address; nothing was sent there"
    )


class _Meter:
    """pooch's view of a progress bar; it also ends a download that outgrows its limit."""

    def __init__(self, what: Download, progress: ProgressReporter) -> None:
        self.total = 0  # pooch sets it from the Content-Length
        self._what = what
        self._progress = progress

    def update(self, _: int) -> None:
        # pooch passes its chunk size even for shorter chunks: the file knows better.
        done = self._what.target.stat().st_size
        if done > self._what.limit_bytes or self.total > self._what.limit_bytes:
            raise _too_long(self._what.url, self._what.limit_bytes)
        self._progress(self._what.label, done, self.total or None)

    def reset(self) -> None:
        """Part of pooch's protocol; nothing to do."""

    def close(self) -> None:
        """Part of pooch's protocol; nothing to do."""


def _options(url: str, settings: PipSettings, answers: list[Any]) -> dict[str, Any]:
    """Arguments for requests; every answer that comes is also put into ``answers``."""
    check_address(url, settings)

    def watch(answer: Any, *_: Any, **__: Any) -> None:
        answers.append(answer)
        if answer.is_redirect:
            check_address(urljoin(answer.url, answer.headers["location"]), settings)

    options: dict[str, Any] = {
        "timeout": settings.timeout_seconds,
        # An archive that a server compresses once more would not have its own hash.
        "headers": {"Accept-Encoding": "identity"},
        "hooks": {"response": watch},
    }
    if settings.certificate is not None:
        options["verify"] = settings.certificate
    if settings.proxy is not None:
        options["proxies"] = {"http": settings.proxy, "https": settings.proxy}
    return options


@contextlib.contextmanager
def _translated(url: str) -> Iterator[None]:
    import requests

    try:
        yield
    except (requests.RequestException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise  # that is the disk's fault, not the address's
        raise ModelUnavailable(
            without_credentials(f"{url}: expected an answer, got: {error}").replace("\n", " ")
        ) from error


def _too_long(url: str, limit_bytes: int) -> ModelUnavailable:
    return ModelUnavailable(
        f"{without_credentials(url)}: expected at most {limit_bytes:,} bytes, got more"
    )
