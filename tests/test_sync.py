"""A gallery that follows a folder: the plan by pixels, and what is done of it with real photos."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from mien.errors import InvalidOption, NoFace, PersonNotFound
from mien.gallery import Gallery
from mien.images import find_people, photo_digest, read_image, save_image
from mien.records import EmbeddingSpace
from mien.sync import BARE, UNREADABLE, SyncAction, SyncPlan, SyncStatus, plan_sync

SPACE = EmbeddingSpace("tiny", "ab" * 32, "none-v1", 4)
ADD, REPLACE, REMOVE = SyncAction


def paint(path: Path, seed: int) -> str:
    """Some picture at ``path``; returns its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_image(np.random.default_rng(seed).integers(256, size=(64, 64, 3)).astype(np.uint8), path)
    return photo_digest(read_image(path))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "people"


@pytest.fixture
def known(folder):
    """A gallery of what is in the folder: two photos of Ada, one of Bo, with their file names."""
    with Gallery.in_memory() as gallery:
        for seed, place in enumerate(("Ada/1.png", "Ada/2.png", "Bo/1.png")):
            digest, name = paint(folder / place, seed), place.split("/")[0]
            gallery.add(name, [1, seed, 0, 0], SPACE, digest, Path(place).name)
        yield gallery


def planned(folder: Path, gallery: Gallery) -> SyncPlan:
    before = [gallery.photos(person.name) for person in gallery.people()]
    plan = plan_sync(find_people([folder]), gallery)
    assert [gallery.photos(person.name) for person in gallery.people()] == before
    return plan


def steps(plan: SyncPlan) -> list[tuple[SyncAction, str, str | None, SyncStatus]]:
    return [
        (step.action, step.name, step.source and step.source.name, step.status)
        for step in plan.steps
    ]


def test_nothing_is_planned_where_the_gallery_is_as_the_folder(folder, known) -> None:
    assert planned(folder, known) == SyncPlan((), 3, ())


def test_files_may_be_renamed_copied_and_spelled_otherwise(folder, known) -> None:
    (folder / "Ada").rename(folder / "ada")
    (folder / "ada/1.png").rename(folder / "ADA.png")
    shutil.copy(folder / "ada/2.png", folder / "ada/2 copy.png")
    assert planned(folder, known) == SyncPlan((), 4, ())


def test_what_is_new_replaced_and_gone_is_planned(folder, known) -> None:
    paint(folder / "Ada/1.png", 10)
    (folder / "Ada/2.png").unlink()
    paint(folder / "ada/3.png", 11)
    paint(folder / "Cy/1.png", 12)
    shutil.copy(folder / "Cy/1.png", folder / "Cy/copy.png")
    plan = planned(folder, known)
    todo = SyncStatus.PLANNED
    assert steps(plan) == [
        (REPLACE, "Ada", "1.png", todo),
        (ADD, "Cy", "1.png", todo),
        (ADD, "Ada", "3.png", todo),
        (REMOVE, "Ada", None, todo),
    ]
    old = known.photos("Ada")
    assert [step.removes for step in plan.steps] == [old[0], None, None, old[1]]
    assert (plan.unchanged, plan.leaving) == (2, ())


def test_without_file_names_a_photo_that_was_replaced_is_a_new_one_and_one_that_is_gone(
    folder, known
) -> None:
    with Gallery.in_memory() as plain:
        for person in known.people():
            for photo in known.photos(person.name):
                plain.add(person.name, [1, 0, 0, 0], SPACE, photo.digest)
        paint(folder / "Ada/1.png", 10)
        found = [(step.action, step.name) for step in planned(folder, plain).steps]
        assert found == [(ADD, "Ada"), (REMOVE, "Ada")]


def test_a_photo_that_was_given_to_another_person_goes_and_comes(folder, known) -> None:
    (folder / "Ada/2.png").rename(folder / "Bo/2.png")
    found = [(step.action, step.name) for step in planned(folder, known).steps]
    assert found == [(ADD, "Bo"), (REMOVE, "Ada")]


def test_nothing_of_a_person_goes_while_a_photo_of_theirs_cannot_be_read(folder, known) -> None:
    (folder / "Ada/1.png").write_bytes((folder / "Ada/1.png").read_bytes()[:2000])
    (folder / "Bo/1.png").unlink()
    paint(folder / "Bo/2.png", 10)
    plan = planned(folder, known)
    assert steps(plan) == [
        (ADD, "Ada", "1.png", SyncStatus.REFUSED),
        (ADD, "Bo", "2.png", SyncStatus.PLANNED),
        (REMOVE, "Ada", None, SyncStatus.KEPT),
        (REMOVE, "Bo", None, SyncStatus.PLANNED),
    ]
    assert plan.steps[2].reason == UNREADABLE


def test_people_go_only_with_leave(folder, known, recognizer) -> None:
    shutil.rmtree(folder / "Bo")
    plan = planned(folder, known)
    assert plan.leaving == ("Bo",)
    with pytest.raises(InvalidOption, match="Bo, of whom nothing is in the folder"):
        plan.apply(known, recognizer)
    assert known.person("Bo").templates == 1
    (step,) = plan.apply(known, recognizer, remove_people=True)
    assert (step.action, step.name, step.status) == (REMOVE, "Bo", SyncStatus.DONE)
    with pytest.raises(PersonNotFound):
        known.person("Bo")
    assert known.check() == ()


# With real photos ---------------------------------------------------------------------------


@pytest.fixture
def enrolled(folder, sample, recognizer):
    """A gallery of two photos of Ada and one of Bo, with their file names."""
    for place, photo in (("Ada/1", "obama.jpg"), ("Ada/2", "obama2.jpg"), ("Bo/1", "biden.jpg")):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample(photo), folder / f"{place}.jpg")
    with Gallery.in_memory() as gallery:
        done = list(
            plan_sync(find_people([folder]), gallery).apply(
                gallery, recognizer, keep_file_names=True
            )
        )
        assert [step.status for step in done] == [SyncStatus.DONE] * 3
        yield gallery


def digests(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, photo in find_people([folder]):
        found.setdefault(name, set()).add(photo_digest(read_image(photo)))
    return found


def held(gallery: Gallery) -> dict[str, set[str]]:
    names = [person.name for person in gallery.people()]
    return {name: {photo.digest for photo in gallery.photos(name)} for name in names}


def test_the_gallery_follows_the_folder(folder, enrolled, sample, recognizer) -> None:
    shutil.copy(sample("obama3.jpg"), folder / "Ada/2.jpg")
    shutil.copy(sample("astronaut.png"), folder / "Cy.png")
    (folder / "Ada/1.jpg").unlink()
    plan = planned(folder, enrolled)
    done = list(plan.apply(enrolled, recognizer))
    assert {step.status for step in done} == {SyncStatus.DONE}
    assert sorted(step.action for step in done) == [ADD, REMOVE, REPLACE]
    assert held(enrolled) == digests(folder)
    assert planned(folder, enrolled).steps == ()


def test_an_old_photo_stays_where_its_successor_is_refused(
    folder, enrolled, sample, recognizer
) -> None:
    before = held(enrolled)
    shutil.copy(sample("coffee.png"), folder / "Ada/2.jpg")
    (step,) = planned(folder, enrolled).apply(enrolled, recognizer)
    assert (step.action, step.status) == (REPLACE, SyncStatus.REFUSED)
    assert isinstance(step.error, NoFace)
    assert held(enrolled) == before


def test_nobody_who_is_in_the_folder_loses_the_last_photo(
    folder, enrolled, sample, recognizer
) -> None:
    before = held(enrolled)
    (folder / "Bo/1.jpg").unlink()
    shutil.copy(sample("coffee.png"), folder / "Bo/other.png")
    refused, kept = planned(folder, enrolled).apply(enrolled, recognizer)
    assert (refused.status, kept.status, kept.reason) == (
        SyncStatus.REFUSED,
        SyncStatus.KEPT,
        BARE,
    )
    assert held(enrolled) == before


def test_what_is_done_is_durable_where_it_ends_in_the_middle(
    folder, sample, recognizer, tmp_path
) -> None:
    for place, photo in (("1", "obama.jpg"), ("2", "obama2.jpg"), ("3", "obama3.jpg")):
        folder.mkdir(exist_ok=True)
        shutil.copy(sample(photo), folder / f"ada_{place}.jpg")
    with Gallery.open(tmp_path / "g") as gallery:
        gallery.add("ada", np.eye(128)[0], recognizer.embedder.space, "00" * 32)
        done = planned(folder, gallery).apply(gallery, recognizer)
        assert next(done).status is SyncStatus.DONE
        with Gallery.open(tmp_path / "g", read_only=True) as reader:
            assert reader.person("ada").templates >= 2  # the old one goes last
        done.close()
        list(planned(folder, gallery).apply(gallery, recognizer))
        assert held(gallery) == digests(folder)
        assert gallery.check() == ()
