"""Exit statuses and the one line that says what was expected, what came and what to do."""

import pytest
import typer

from mien import errors
from mien.cli import options
from mien.cli.failures import Status, line_of, status_of
from mien.cli.main import app

COMMANDS = (
    *("enroll", "identify", "verify", "detect", "doctor", "demo"),
    *("evaluate verification", "evaluate identification", "evaluate oneshot"),
    *("calibrate", "evaluate compare", "evaluate classification", "evaluate robustness"),
    *("evaluate detection", "evaluate liveness", "evaluate video", "evaluate calibration"),
    *("train", "finetune", "collect", "verifier fit", "verifier show", "models bench"),
    *("gallery list", "gallery show", "gallery rename", "gallery merge", "gallery remove"),
    *("gallery export", "gallery import", "gallery stats", "gallery check"),
    *("models list", "models pull", "models check", "models info"),
    *("models add", "models pin", "models forget"),
)


def commands_of(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, (*path, name))
        else:
            yield " ".join((*path, name))


def test_the_commands_are_those_of_the_contract():
    assert sorted(commands_of(typer.main.get_command(app))) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_json_and_quiet(mien, command):
    said = mien(*command.split(), "--help")
    assert said.status == 0
    assert said.err == ""
    assert f"  mien {command}" in said.out.split("Example", 1)[1]
    assert "--json" in said.out
    assert "--quiet" in said.out
    assert max(map(len, said.out.splitlines())) <= 92


def test_mien_alone_says_what_it_can_do(mien):
    said = mien()
    assert said.status == 0
    assert "identify" in said.out


@pytest.mark.parametrize(
    "wrong",
    [
        ["bogus"],
        ["gallery"],
        ["gallery", "bogus"],
        ["identify"],
        ["verify", "a.jpg"],
        ["identify", "a.jpg", "--nope"],
        ["identify", "a.jpg", "--top", "many"],
        ["identify", "a.jpg", "--gallery"],
        ["identify", "a.jpg", "--excel"],
        ["evaluate", "verification", "--pairs", "p"],
        ["identify", "a.jpg", "--gallery", "g", "--people", "p"],
        ["identify", "a.jpg", "--min-similarity", "1.5"],
        ["identify", "a.jpg", "--max-distance", "nan"],
        ["verify", "a.jpg", "b.jpg", "--largest", "--any"],
        ["identify", "a.jpg", "--gallery", "postgres://host/faces"],
        ["identify", "rtsp://camera/1"],
        ["identify", "0"],
        ["identify", ""],
        ["identify", "nowhere.jpg"],
        ["identify", "a\0b.jpg"],
        ["identify", "x" * 5000],
        ["verify", "nowhere.jpg", "nowhere.jpg"],
        ["detect", "nowhere/*.jpg"],
        ["enroll", "nowhere"],
        ["enroll", ""],
        ["models", "info", "bogus"],
        ["models", "pull", "bogus"],
        ["gallery", "list"],
        ["gallery", "list", "--gallery", ""],
        ["gallery", "import", "nowhere.jsonl"],
    ],
    ids=lambda wrong: " ".join(wrong)[:40].replace("\0", "0") or "empty",
)
def test_a_wrong_request_is_status_2_and_one_line(mien, folder, wrong):
    said = mien(*wrong)
    assert said.status == 2, said
    assert said.out == ""
    assert said.err.startswith("mien: ")
    assert said.err.count("\n") == 1
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["identify", "{}"],
        ["identify", "{}", "--people", "p"],
        ["detect", "{}"],
        ["verify", "{}", "b.jpg"],
        ["enroll", "{}"],
        ["enroll", "Ada={}"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "address", ["https://host.invalid/a.jpg", "http://host.invalid/a.PNG?size=9&x=a.b"]
)
def test_the_address_of_a_photo_is_not_fetched_and_the_answer_says_so(mien, command, address):
    said = mien(*(part.format(address) for part in command))
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert "mien does not fetch photos: download it and give the file" in said.err


def test_the_password_of_an_address_is_not_shown(mien):
    said = mien("detect", "https://ada:secret@host.invalid/a.jpg", "--json")
    assert said.status == 2
    assert "secret" not in said.out + said.err
    assert said.row["source"] == "https://ada:***@host.invalid/a.jpg"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--engine", "tensorrt"],
        ["--precision", "int8"],
        ["--device", "tpu"],
        ["--threads", "-1"],
        ["--min-score", "nan"],
        ["--detector", "bogus"],
        ["--embedder", "bogus"],
        ["--embedder", "yunet"],
    ],
    ids=" ".join,
)
def test_a_wrong_part_is_status_2_and_one_line(mien, samples, wrong):
    said = mien("verify", samples["obama.jpg"], samples["biden.jpg"], *wrong)
    assert said.status == 2
    assert said.err.startswith("mien: ")
    assert "expected" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("wrong", [["--metric", "manhattan"], ["--fmr", "0.5"], ["--fmr", "nan"]])
def test_a_wrong_rule_is_status_2_and_one_line(mien, samples, wrong):
    said = mien("verify", samples["obama.jpg"], samples["biden.jpg"], *wrong)
    assert (said.status, said.err.count("\n"), said.out) == (2, 1, "")


def test_a_missing_model_is_status_3_with_the_command_that_mends_it(
    mien, samples, tmp_path, monkeypatch
):
    monkeypatch.undo()  # this one loads its networks itself
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    said = mien("detect", samples["obama.jpg"], "--quiet")
    assert said.status == 3
    assert "mien models pull yunet" in said.err
    assert said.err.count("\n") == 1


def test_every_error_of_the_tree_has_a_status():
    def leaves(kind):
        below = kind.__subclasses__()
        return [leaf for one in below for leaf in leaves(one)] if below else [kind]

    missing = {kind.__name__ for kind in leaves(errors.MienError) if status_of(kind("x")) == 3}
    assert missing == {"ModelUnavailable", "ModelHashMismatch", "ModelInvalid", "EngineMissing"}
    assert {status_of(kind("x")) for kind in leaves(errors.MienError)} == {
        Status.UNUSABLE,
        Status.MISSING,
    }


def test_a_message_of_several_lines_becomes_one():
    error = errors.DamagedImage("cut\nhere\x1b[2J")
    assert line_of(error, "a.jpg") == r"mien: a.jpg: cut here\x1b[2J"
    assert line_of(errors.NoFace("none in a.jpg"), "a.jpg") == "mien: none in a.jpg"


def test_the_defaults_are_those_of_the_rooms():
    from mien.api import Settings

    assert options.NetworkOptions().settings() == Settings()
