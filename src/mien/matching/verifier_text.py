"""Reading a verifier from text that anybody may have written: each field is checked."""

from __future__ import annotations

from mien.errors import InputError, InvalidVerifier
from mien.matching.json_fields import Fields, read_record
from mien.matching.pair_verifier import (
    FEATURES,
    FORMAT,
    MOST_SPACES,
    VERSION,
    HeldOutRates,
    PairVerifier,
    SpaceWeights,
)

MOST_DIMENSIONS = 8192


def parse_verifier(text: str) -> PairVerifier:
    """The verifier that ``PairVerifier.to_json`` wrote.

    Raises:
        InvalidVerifier: it is not one, a field is missing, unknown or out of range, or the
            checksum is another one.
    """
    fields = read_record(text, FORMAT, VERSION, _refused)
    try:
        return _verifier(fields)
    except InputError as error:
        if isinstance(error, InvalidVerifier):
            raise
        raise _refused(f"a number out of its range ({str(error)[:160]})") from error


def _verifier(fields: Fields) -> PairVerifier:
    fields.only(
        *("format", "version", "mien", "created", "detector", "features", "weights", "bias"),
        *("threshold", "prior", "data", "held_out", "checksum"),
    )
    if fields.record["features"] != list(FEATURES):
        raise _refused(f"other features than {', '.join(FEATURES)}")
    threshold = fields.part("threshold", "log_odds", "target_fmr")
    held_out = fields.part("held_out", "fmr", "tmr", "ece", "brier")
    parts = fields.parts("weights", MOST_SPACES, "space", *FEATURES)
    found = PairVerifier(
        weights=tuple(_weights(part) for part in parts),
        bias=fields.number("bias"),
        min_log_odds=threshold.number("log_odds"),
        target_fmr=threshold.number("target_fmr"),
        prior=fields.number("prior"),
        detector=fields.text("detector"),
        data=fields.data("data"),
        held_out=HeldOutRates(
            held_out.share("fmr"),
            held_out.share("tmr"),
            held_out.number("ece"),
            held_out.number("brier"),
        ),
        created=fields.time("created"),
        mien=fields.text("mien"),
    )
    if found.to_json()["checksum"] != fields.text("checksum"):
        raise _refused("a file that was changed or damaged: its checksum is another one")
    return found


def _weights(fields: Fields) -> SpaceWeights:
    space = fields.space("space")
    if space.dimensions > MOST_DIMENSIONS:
        raise _refused(f"vectors of {space.dimensions:,} numbers, more than {MOST_DIMENSIONS:,}")
    absolute, squared, _ = FEATURES
    return SpaceWeights(
        space,
        fields.numbers(absolute, MOST_DIMENSIONS),
        fields.numbers(squared, MOST_DIMENSIONS),
        fields.number("cosine"),
    )


def _refused(got: str) -> InvalidVerifier:
    return InvalidVerifier(
        f"expected a verifier that `mien verifier fit` wrote, got {got}; fit it again, or leave "
        "the verifier out"
    )
