"""Reading a calibration from text that anybody may have written: each field is checked."""

from __future__ import annotations

from mien.errors import InputError, InvalidCalibration
from mien.matching.calibration import Calibration
from mien.matching.isotonic import IsotonicCalibration
from mien.matching.json_fields import Fields, read_record
from mien.matching.own_calibration import (
    FORMAT,
    VERSION,
    OwnCalibration,
)

MOST_KNOTS = 20_000


def parse_calibration(text: str) -> OwnCalibration:
    """The calibration that ``OwnCalibration.to_json`` wrote.

    Raises:
        InvalidCalibration: it is not one, or a field is missing, unknown or out of range.
    """
    record = read_record(text, FORMAT, VERSION, _refused)
    try:
        return _calibration(record)
    except InputError as error:
        if isinstance(error, InvalidCalibration):
            raise
        raise _refused(f"a number out of its range ({str(error)[:160]})") from error


def _calibration(fields: Fields) -> OwnCalibration:
    fields.only(
        *("format", "version", "mien", "created", "space", "detector", "threshold", "fmr", "tmr"),
        *("data", "probability", "held_out"),
    )
    created = fields.time("created")
    threshold = fields.part("threshold", "similarity", "low", "high", "target_fmr")
    data = fields.data("data")
    held_out = fields.part("held_out", "ece", "brier")
    return OwnCalibration(
        space=fields.space("space"),
        detector=fields.text("detector"),
        similarity=threshold.number("similarity"),
        similarity_low=threshold.number("low"),
        similarity_high=threshold.number("high"),
        target_fmr=threshold.number("target_fmr"),
        fmr=fields.share("fmr"),
        tmr=fields.share("tmr"),
        data=data,
        probability=_probability(fields.part("probability"), f"{data}, {created}"),
        ece=held_out.number("ece"),
        brier=held_out.number("brier"),
        created=created,
        mien=fields.text("mien"),
    )


def _probability(fields: Fields, origin: str) -> Calibration | IsotonicCalibration:
    method = fields.text("method")
    if method == "logistic":
        fields.only("method", "prior", "slope", "intercept")
        slope, intercept = fields.number("slope"), fields.number("intercept")
        return Calibration(slope, intercept, fields.number("prior"), origin)
    if method == "isotonic":
        fields.only("method", "prior", "similarities", "probabilities")
        places, values = (
            fields.numbers(name, MOST_KNOTS) for name in ("similarities", "probabilities")
        )
        return IsotonicCalibration(places, values, fields.number("prior"), origin)
    raise _refused(f"the method {method!r:.40} where logistic and isotonic are known")


def _refused(got: str) -> InvalidCalibration:
    return InvalidCalibration(
        f"expected a calibration that `mien calibrate` wrote, got {got}; run it again, or leave "
        "the calibration out"
    )
