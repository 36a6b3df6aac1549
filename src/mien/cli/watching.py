"""``mien identify`` on videos: answers, timeline, annotated film, window, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.cli.films import AnnotatedFilm, drawn, film_suffix
from mien.cli.inputs import find_videos
from mien.cli.options import NetworkOptions
from mien.cli.output import Output
from mien.cli.pictures import PictureFolder, note_stand_ins
from mien.cli.progress import VideoBar
from mien.cli.searching import Search, Wanted, open_known, prepare
from mien.cli.text import plural, shown
from mien.cli.timeline import Timeline
from mien.cli.window import Window
from mien.cli.wording import frame_line, track_line, video_line
from mien.errors import InputError, InvalidOption

if TYPE_CHECKING:
    from mien.images import Lettering
    from mien.images.video import VideoOptions, VideoReader
    from mien.tracking import TrackIdentification
    from mien.watching import Seen, Watcher


@dataclass(frozen=True, slots=True)
class Watched:
    """What is wanted of videos."""

    annotate: Path | None = None
    csv: Path | None = None
    per_frame: bool = False
    every: int = 0
    show: bool = False
    reconnect: float | None = None
    font: Path | None = None
    excel: bool = False

    def videos(
        self, inputs: Sequence[str], output: Output, exclude: Sequence[str] | None = None
    ) -> list[str] | None:
        """The videos, where nothing else was named; one among photos becomes a row with an error.

        Raises:
            InvalidOption: they are photos, and an option is for videos; or there is no file for
                ``excel``.
        """
        if self.excel and self.csv is None:
            raise InvalidOption("--excel: expected --csv FILE with it, got no file")
        videos = find_videos(inputs, output, exclude)
        if videos is None:
            only = {"--per-frame": self.per_frame, "--every": self.every, "--show": self.show}
            for option, given in {**only, "--reconnect": self.reconnect is not None}.items():
                if given:
                    raise InvalidOption(f"{option}: expected videos alone, got photos among them")
        return videos

    def reading(self) -> VideoOptions:
        """How the videos are read.

        Raises:
            InvalidOption: a number that is not allowed.
        """
        from mien.checks import check_fraction
        from mien.images.video import VideoOptions

        if self.reconnect is None:
            return VideoOptions()
        return VideoOptions(reconnect_s=check_fraction(self.reconnect, "--reconnect", 0.0, 604_800))

    def films(self, count: int, lettering: Lettering) -> PictureFolder | None:
        """The folder for the annotated films of so many videos; None where it is one file.

        Raises:
            InvalidOption: one file was named for several films.
            OutputUnwritable: the folder cannot be made.
        """
        from mien.images.video import FILM_SUFFIXES

        place = self.annotate
        if place is None or not (count > 1 or place.is_dir() or not place.suffix):
            return None
        if place.suffix.lower() in FILM_SUFFIXES and not place.is_dir():
            raise InvalidOption(
                f"--annotate: expected a folder for the films of {count:,} videos, got "
                f"{shown(str(place))!r}"
            )
        return PictureFolder(place, lettering)


@dataclass(frozen=True, slots=True)
class _Sinks:
    """Where the answers about one video go."""

    output: Output
    watched: Watched
    timeline: Timeline | None
    film: AnnotatedFilm | None
    window: Window | None
    lettering: Lettering
    bar: VideoBar


def watch_videos(
    inputs: Sequence[str], watched: Watched, wanted: Wanted, parts: NetworkOptions, output: Output
) -> None:
    """Say who is in each video.

    Raises:
        MienError: what is wrong with the request, or what is missing.
        KeyboardInterrupt: after Ctrl-C, when everything was written.
    """
    from mien.errors import StreamBroken
    from mien.images import Lettering
    from mien.images.video import open_video
    from mien.records import PhotoFailure

    if parts.trained is not None and wanted.by_classes(parts.trained):
        raise InvalidOption(
            "expected --gallery or --people for a video, got a trained classifier alone; "
            "its people can be enrolled"
        )
    worked = 0
    lettering = Lettering(watched.font)
    reading = replace(watched.reading(), limits=parts.settings().reading)
    films = watched.films(len(inputs), lettering)
    with ExitStack() as stack:
        timeline = None
        if watched.csv is not None:
            timeline = stack.enter_context(Timeline(watched.csv, excel=watched.excel))
        watcher: Watcher | None = None
        for text in inputs:
            source = os.path.expanduser(text)  # noqa: PTH111 (an address is no path)
            try:
                video = stack.enter_context(open_video(source, reading))
            except InputError as error:
                failure = PhotoFailure(text, error)
                output.failed(text, error, failure.to_json())
                continue
            with video:
                if watcher is None:
                    known = stack.enter_context(open_known(wanted))
                    watcher = _watcher(prepare(known, wanted, parts, output), watched, parts)
                wishes = _Wishes(output, watched, timeline, films, lettering)
                _watch(video, source, watcher, wishes)
            worked += 1
            if video.broken is not None:
                longer = "--reconnect SECONDS waits longer for it"
                output.broke(PhotoFailure(text, StreamBroken(f"{video.broken}; {longer}")))
    output.finish(worked)


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What holds for all videos of a call."""

    output: Output
    watched: Watched
    timeline: Timeline | None
    films: PictureFolder | None
    lettering: Lettering


def _watcher(search: Search, watched: Watched, parts: NetworkOptions) -> Watcher:
    from mien.gallery import Gallery
    from mien.tracking import TrackingSettings
    from mien.watching import build_watcher

    if not isinstance(search.people, Gallery):
        raise InvalidOption("expected a gallery for a video, got something else")
    return build_watcher(
        search.recognizer,
        search.people,
        search.policy,
        parts.settings(),
        tracking=TrackingSettings(every=watched.every),
    )


def _watch(video: VideoReader, source: str, watcher: Watcher, wishes: _Wishes) -> None:
    """One video from its beginning to its end, or to Ctrl-C."""
    output, watched, info = wishes.output, wishes.watched, video.info
    interrupted = False
    with ExitStack() as stack:
        film = window = None
        if watched.annotate is not None:
            path = watched.annotate
            if wishes.films is not None:
                path = wishes.films.free(info.source, film_suffix(info.source))
            written = AnnotatedFilm(path, source, info, wishes.lettering, output)
            film = stack.enter_context(written)
        if watched.show:
            window = stack.enter_context(Window(f"mien: {info.source}"))
        bar = stack.enter_context(VideoBar(output, info.source, info.duration_s))
        if not output.json:
            output.say(video_line(info))
        sinks = _Sinks(output, watched, wishes.timeline, film, window, wishes.lettering, bar)
        with _until_interrupted(video) as asked:
            _tell(video, watcher, sinks)
            interrupted = asked.is_set()
    note_stand_ins(wishes.lettering, output)
    for note in video.notes[: -1 if video.broken else None]:  # that one is said as an error
        output.note(f"{info.source}: {note}")
    if video.dropped:
        output.note(
            f"{info.source}: {plural(video.dropped, 'frame')} came too fast and were dropped"
        )
    if film is not None:
        output.note(f"film in {film.path}")
    if interrupted:
        raise KeyboardInterrupt


def _tell(video: VideoReader, watcher: Watcher, sinks: _Sinks) -> None:
    from mien.watching import Seen

    for event in watcher.watch(video):
        if isinstance(event, Seen):
            _tell_frame(event, sinks)
            if sinks.window is not None and not sinks.window.open:
                video.stop()
        else:
            _tell_track(event, watcher, sinks)


def _tell_frame(seen: Seen, sinks: _Sinks) -> None:
    sinks.bar.step(seen.frame.time_s, [face.name for face in seen.tracks.faces if face.name])
    if sinks.watched.per_frame:
        sinks.output.answer(seen.tracks.to_json(), [frame_line(seen.tracks)])
    if sinks.film is not None:
        sinks.film.add(seen)
    if sinks.window is not None:
        sinks.window.show(drawn(seen, sinks.lettering))


def _tell_track(track: TrackIdentification, watcher: Watcher, sinks: _Sinks) -> None:
    if sinks.timeline is not None:
        sinks.timeline.add(track)
    if not sinks.watched.per_frame:
        line = track_line(track, watcher.recognizer.limits, sinks.output)
        sinks.output.answer(track.to_json(), [line])


@contextmanager
def _until_interrupted(video: VideoReader) -> Iterator[threading.Event]:
    """Ctrl-C ends the video where it is, as if it were over; a second one breaks off."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def stop(*_: Any) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        video.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
