"""Every file that must not hurt gets the library's verdict on the command line too."""

import pytest

from images.bad_formats import CASES

each_case = pytest.mark.parametrize(
    "case", CASES.values(), ids=[f"{case.number}-{case.name}" for case in CASES.values()]
)
_KEPT: dict[str, dict] = {}


@pytest.fixture
def rows(mien, networks, tmp_path):
    """One call with all files at once: none may stop the others."""
    if not _KEPT:
        paths = [tmp_path / case.file_name for case in CASES.values()]
        for case, path in zip(CASES.values(), paths, strict=True):
            path.write_bytes(case.data)
        said = mien("detect", *paths, "--json")
        assert said.status == 0
        assert len(said.rows) == len(CASES)
        _KEPT.update(zip(CASES, said.rows, strict=True))
    return _KEPT


@each_case
def test_a_bad_file_is_a_row_with_the_library_s_verdict(rows, case):
    error = rows[case.number].get("error")
    assert (error and error["kind"]) == (case.error and case.error.__name__)


def test_bad_files_alone_are_status_2(mien, networks, tmp_path):
    bad = [case for case in CASES.values() if case.error is not None and case.number < 30]
    for case in bad:
        (tmp_path / case.file_name).write_bytes(case.data)
    paths = [tmp_path / case.file_name for case in bad]
    said = mien("detect", *paths)
    assert said.status == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == len(bad)
    assert all(line.startswith("mien: ") for line in said.err.splitlines())
