"""The card is read back with a Markdown parser: what it shows is what was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from markdown_it import MarkdownIt

from mien.errors import InvalidOption
from mien.evaluation import rate_of
from mien.records import Threshold
from mien.training.card_facts import (
    BackboneUsed,
    BeforeAfter,
    DataUsed,
    ModelCardFacts,
    OpenSet,
    PartResult,
    PersonPhotos,
)
from mien.training.markdown import escaped
from mien.training.metrics import classification_report
from mien.training.model_card import PEOPLE_LISTED, write_model_card

NASTY = (
    "Zoë | **Müller**",
    "<script>alert(1)</script>",
    "[click](http://evil.example) www.evil.example",
    r"back\slash `tick` $x$ _under_ ~~gone~~",
    "1. first",
    "- bullet",
    "# heading",
    "+ plus",
    "&lt; &amp; @somebody #12 !",
    "![x](y)",
    "多田 Ёлка",
    "---",
    "3.14",
    "two\nlines\r\tand a tab",
    "> quoted",
    "mailto:a@b.example ftp://x",
)


def results(names=("Ada", "Bo", "Cy")):
    rng = np.random.default_rng(0)
    labels = np.arange(10 * len(names)) % len(names)
    logits = rng.normal(size=(len(labels), len(names))) + 2 * np.eye(len(names))[labels]
    report = classification_report(logits, labels, names)
    return PartResult("test", report, rate_of(26, 30, 4), rate_of(1, 30, 1), rate_of(3, 30, 3))


def facts(names=("Ada", "Bo", "Cy"), **changes) -> ModelCardFacts:
    return replace(
        ModelCardFacts(
            name="actors",
            kind="classifier",
            made_with="0.1.0",
            backbone=BackboneUsed("sface", "Apache-2.0", "a note", "ab" * 32, "frozen"),
            data=DataUsed(
                tuple(PersonPhotos(name, 30, 10, 10) for name in names),
                (("Ada/x.jpg", "expected a face, found none"),),
                ("two photos are the same",),
            ),
            head="cosine",
            dimensions=128,
            settings=(("optimiser", "adamw"), ("seed", "0")),
            results=(results(names),),
            open_set=OpenSet(
                Threshold(0.4321, 0.01, pairs=1000), rate_of(3, 1000, 3), rate_of(1, 30, 1),
                "1,000 strangers that ship with mien",
            ),
            parity=2.4e-6,
            seconds=31.2,
            pictures=(("pictures/learning_curves.png", "Learning curves"),),
        ),
        **changes,
    )  # fmt: skip


def parsed(text):
    return MarkdownIt("commonmark", {"linkify": False}).enable("table").parse(text)


def cells(text):
    """The shown text of every table cell, and of nothing else."""
    tokens = parsed(text)
    return [
        "".join(part.content for part in tokens[at + 1].children)
        for at, token in enumerate(tokens)
        if token.type in ("td_open", "th_open")
    ]


def kinds(text):
    tokens = parsed(text)
    inline = [part for token in tokens for part in token.children or ()]
    return {token.type for token in [*tokens, *inline]}


def plain(text):
    """What a reader sees, without markup."""
    paragraphs = [token.children for token in parsed(text) if token.children]
    return " ".join("".join(part.content for part in parts) for parts in paragraphs)


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_it_is_and_never_read_as_markup(name):
    wanted = " ".join(name.split())
    assert cells(f"| a |\n|--|\n| {escaped(name)} |")[1] == wanted
    (paragraph,) = [token for token in parsed(escaped(name)) if token.type == "inline"]
    assert "".join(part.content for part in paragraph.children) == wanted
    marks = {"paragraph_open", "inline", "text", "paragraph_close"}
    assert kinds(escaped(name)) - {"text_special"} == marks  # special: a letter that was escaped


def test_every_nasty_person_has_a_row_in_the_card():
    text = write_model_card(facts(NASTY))
    shown = cells(text)
    for name in NASTY:
        assert " ".join(name.split()) in shown
    assert kinds(text).isdisjoint({"html_block", "html_inline", "link_open"})
    headings = [
        parsed(text)[at + 1].content
        for at, token in enumerate(parsed(text))
        if token.type == "heading_open"
    ]
    assert headings == [
        *("actors", "Use", "Results", "Each person (test)", "People whom it does not know"),
        *("Limits", "Data", "Training", "Pictures"),
    ]


def test_the_numbers_are_those_of_the_records():
    given = facts()
    shown = cells(write_model_card(given))
    accuracy = given.results[0].report.accuracy
    text = f"{100 * accuracy.value:.1f} % ({100 * accuracy.low:.1f} to {100 * accuracy.high:.1f})"
    assert text in shown
    assert "0.3 % (0.1 to 0.9)" in shown  # 3 of 1,000 strangers
    assert "86.7 % (70.3 to 94.7)" in shown  # 26 of 30 got the right name
    assert "150 photos of 3 people" in shown
    assert "differs from the trained network by 2e-06 at most" in shown
    assert "0.432" in plain(write_model_card(given))
    for person in given.results[0].report.people:
        assert f"{person.correct} of {person.count}" in shown


def test_the_card_says_what_was_refused_how_it_was_trained_and_how_it_is_used():
    text = write_model_card(facts())
    assert "Ada/x.jpg: expected a face, found none" in plain(text)
    assert {"optimiser", "adamw", "took", "31 s"} <= set(cells(text))
    assert "mien identify photo.jpg --model MODEL\n" in text
    assert "![Learning curves](pictures/learning_curves.png)" in text
    assert "licence Apache-2.0 (a note)" in plain(text)


def test_without_a_threshold_the_card_says_so_and_why():
    text = write_model_card(facts(open_set=None, open_set_note="two people are too few"))
    assert "It has no threshold: two people are too few" in plain(text)
    assert "--min-similarity" in text
    assert "strangers named" not in cells(text)


def test_of_many_people_the_worst_are_listed_and_those_without_photos_come_last():
    names = tuple(f"Person {number:03}" for number in range(70))
    logits = np.eye(70)[np.arange(69)] * 5
    logits[11] = logits[12]  # Person 011 is taken for Person 012
    report = classification_report(logits, np.arange(69), names)
    text = write_model_card(facts(names, results=(PartResult("test", report),)))
    listed = [cell for cell in cells(text) if cell.startswith("Person ")]
    assert len(listed) == PEOPLE_LISTED
    assert listed[0] == "Person 011"
    assert "Person 069" not in listed
    assert f"The {PEOPLE_LISTED} of 70" in plain(text)


def test_an_embedders_card_compares_before_and_after_and_warns_first():
    row = BeforeAfter(
        *("TAR at FAR 1 %", "12 held-out people, 3,400 pairs"),
        *(rate_of(900, 1000, 100), rate_of(950, 1000, 50)),
    )
    text = write_model_card(
        facts(
            kind="embedder",
            head=None,
            results=(),
            open_set=None,
            comparison=(row,),
            warnings=("It got worse & was kept all the same.",),
        )
    )
    shown = cells(text)
    at = shown.index("TAR at FAR 1 %")
    assert shown[at + 2 : at + 4] == ["90.0 % (88.0 to 91.7)", "95.0 % (93.5 to 96.2)"]
    assert "blockquote_open" in kinds(text)
    assert text.index("It got worse") < text.index("## Use")
    assert "Before and after" in text
    assert "unknown" not in text
    assert "--gallery" in text


def test_what_was_not_measured_leaves_no_empty_row():
    bare = facts(
        head=None, dimensions=None, settings=(), results=(), open_set=None, parity=None,
        seconds=None, pictures=(), data=DataUsed(()),
    )  # fmt: skip
    text = write_model_card(bare)
    assert "None" not in text
    assert "## Pictures" not in text
    assert "## Training" not in text
    assert "\n\n\n" not in text
    assert "" not in cells(text)[2:]  # the first table has no heads


def test_another_kind_is_refused():
    with pytest.raises(InvalidOption, match="kind"):
        write_model_card(facts(kind="detector"))
