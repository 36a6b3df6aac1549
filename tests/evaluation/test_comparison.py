"""Two systems on the same questions: exact tests, paired intervals, what may not be compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from mien.errors import InsufficientData, InvalidOption, InvalidReport
from mien.evaluation import Findings, Trials, compare, mcnemar, roc
from mien.evaluation.paired import RankedScores, draw_subjects, draw_trials, paired_intervals


def findings(right=(), same=None, scores=None, subjects=(), kind="pair", names=None):
    count = len(same if same is not None else right)
    trials = Trials(
        kind=kind,
        names=tuple(names or (f"{at}.jpg" for at in range(count))),
        same=tuple(bool(one) for one in same) if same is not None else (True,) * count,
        scores=(None,) * count if scores is None else tuple(scores),
        right=tuple(bool(one) for one in right),
        subjects=tuple(subjects),
    )
    return Findings("verification", "", (), trials=trials)


def pairs(seed, lift, count=600):
    """Pairs half of one person, whose scores tell them apart the better, the larger ``lift``."""
    generator = np.random.default_rng(seed)
    same = np.arange(count) % 2 == 0
    scores = np.round(generator.normal(same * lift, 1.0), 2)
    return findings((scores > lift / 2) == same, same, scores.tolist())


# McNemar --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only_a", "only_b"),
    [(0, 0), (1, 0), (5, 5), (0, 12), (31, 12), (7, 8), (400, 460), (2000, 1500), (0, 3000)],
)
def test_mcnemar_is_the_exact_binomial_test(only_a, only_b):
    total = only_a + only_b
    wanted = binomtest(only_a, total).pvalue if total else 1.0
    assert mcnemar(only_a, only_b) == pytest.approx(wanted, rel=1e-9, abs=1e-300)


def test_mcnemar_takes_no_negative_count():
    with pytest.raises(InvalidOption):
        mcnemar(-1, 3)


# Draws and curves -----------------------------------------------------------------------------


def test_a_trial_that_counts_three_times_is_three_trials():
    generator = np.random.default_rng(5)
    scores = np.append(np.round(generator.normal(size=80), 1), [-np.inf, -np.inf])
    same = generator.random(82) < 0.5
    ranked = RankedScores(scores, same)
    for _ in range(20):
        weights = generator.integers(0, 4, 82)
        found = ranked.roc(weights)
        wanted = roc(np.repeat(scores, weights), np.repeat(same, weights))
        assert found.eer == pytest.approx(wanted.eer)
        for far in (0.0, 0.01, 0.1, 0.5, 1.0):
            assert found.at_far(far).tar == wanted.at_far(far).tar


def test_a_draw_without_a_class_has_no_curve():
    ranked = RankedScores([0.9, 0.1], np.array([True, False]))
    assert ranked.roc(np.array([2, 0])) is None


def test_a_draw_of_trials_keeps_the_number_of_each_class():
    same = np.array([True] * 30 + [False] * 70)
    weights = draw_trials(same)(np.random.default_rng(1))
    assert (weights[same].sum(), weights[~same].sum()) == (30, 70)


def test_a_draw_of_people_counts_a_pair_as_the_product_of_its_people():
    subjects = [("a", "a"), ("a", "b"), ("b", "c"), ("c",), ()]
    weights = draw_subjects(subjects)(np.random.default_rng(3))
    drawn = np.random.default_rng(3).integers(3, size=3).tolist()
    a, b, c = (drawn.count(code) for code in range(3))
    assert weights.tolist() == [a, a * b, b * c, c, 1]


# Intervals ------------------------------------------------------------------------------------


def coverage(simulate, truth, simulations=500):
    held = 0
    for seed in range(simulations):
        a, b = simulate(np.random.default_rng(seed))
        (lead,) = compare(a, b, replicates=250, seed=seed + 10_000).rates
        held += lead.difference.low <= truth <= lead.difference.high
    return held / simulations


def test_the_paired_interval_holds_the_true_difference_19_times_in_20():
    def simulate(generator):
        hard = generator.random(1000)  # shared: what is hard for A is hard for B
        one, other = generator.random(1000), generator.random(1000)
        a, b = (0.7 * hard + 0.3 * one) < 0.8, (0.7 * hard + 0.3 * other) < 0.84
        return findings(a, kind="search"), findings(b, kind="search")

    generator = np.random.default_rng(0)
    hard, noise = generator.random(4_000_000), generator.random(4_000_000)
    blend = 0.7 * hard + 0.3 * noise
    truth = float((blend < 0.84).mean() - (blend < 0.8).mean())
    assert 0.93 <= coverage(simulate, truth) <= 0.97


def test_the_interval_over_people_holds_it_where_people_recur_and_the_one_over_trials_does_not():
    people, photos = 250, 4
    names = tuple((f"p{at // photos}",) for at in range(people * photos))

    def simulate_with(subjects):
        def simulate(generator):
            shared = np.repeat(generator.normal(size=(2, people)), photos, axis=1)
            a, b = (shared + 0.3 * generator.normal(size=shared.shape)) < 1.0
            made = [findings(right, kind="search", subjects=subjects) for right in (a, b)]
            return made[0], made[1]

        return simulate

    # 150 simulations tell a coverage to 0.035 at best; the gap between the two is what counts.
    assert 0.88 <= coverage(simulate_with(names), 0.0, 150) <= 0.99
    assert coverage(simulate_with(()), 0.0, 150) < 0.75


def test_too_few_people_to_draw_from_are_refused():
    subjects = [("a",), ("b", "c")]
    a = findings((), [True, False], [0.9, 0.1], subjects)
    with pytest.raises(InsufficientData, match="add people"):
        compare(replace_scores(a, [0.8, 0.2]), a)


def replace_scores(report, scores):
    return replace(report, trials=replace(report.trials, scores=tuple(scores)))


def test_what_a_draw_cannot_say_is_left_out_of_the_interval():
    values = iter([float("nan"), *np.arange(99.0)])
    found = paired_intervals(
        lambda _: np.array([next(values)]), lambda _: np.ones(1, np.int64), 100, 0
    )
    assert found.tolist() == [list(np.quantile(np.arange(99.0), [0.025, 0.975]))]


# Comparisons ----------------------------------------------------------------------------------


def test_a_report_compared_with_itself_differs_in_nothing():
    report = pairs(1, 2.0)
    found = compare(report, report)
    for rate in found.rates:
        ends = (rate.difference.value, rate.difference.low, rate.difference.high)
        assert ends == (0.0, 0.0, 0.0)
    assert found.agreement.p == 1.0
    assert not found.distinguishable
    assert found.conclusion.startswith("A and B have the same accuracy")


def test_the_rates_are_those_of_each_report_alone():
    a, b = pairs(1, 2.0), pairs(2, 2.5)
    rates = {rate.key: rate for rate in compare(a, b, replicates=40).rates}
    for report, letter in ((a, "a"), (b, "b")):
        curve = roc(np.array(report.trials.scores), np.array(report.trials.same))
        assert getattr(rates["eer"], letter).value == curve.eer
        assert getattr(rates["tar_at_far_0.01"], letter).value == curve.at_far(0.01).tar
        assert getattr(rates["accuracy"], letter).value == np.mean(report.trials.right)
    assert "tar_at_far_0.001" not in rates  # 300 impostor pairs cannot show one in 1,000


def test_a_clear_difference_is_said_to_be_one_and_for_the_better_side():
    worse, better = pairs(1, 1.0), pairs(2, 3.0)
    for found, letter in ((compare(worse, better), "B"), (compare(better, worse), "A")):
        assert found.distinguishable
        assert found.conclusion.startswith(f"{letter} is better by ")
        assert found.conclusion.endswith(": distinguishable on these pairs")
        assert found.rates[0].difference.supported
    assert compare(worse, better).rates[0].difference.low > 0


def test_an_error_rate_that_falls_is_better():
    worse, better = (replace_right(pairs(1, 1.0)), replace_right(pairs(2, 3.0)))
    found = compare(worse, better)
    assert found.rates[0].key == "eer"
    assert found.rates[0].difference.value < 0
    assert found.conclusion.startswith("B is better by ")


def replace_right(report):
    return replace(report, trials=replace(report.trials, right=()))


def test_without_verdicts_scores_are_compared_and_it_is_said():
    found = compare(pairs(1, 2.0), replace_right(pairs(1, 2.0)))
    assert [rate.key for rate in found.rates][:2] == ["eer", "tar_at_far_0.1"]
    assert found.agreement is None
    assert any("B gave no verdicts" in note for note in found.notes)


def test_a_failure_to_acquire_is_never_accepted():
    report = pairs(1, 3.0)
    at = report.trials.same.index(True)
    scores = list(report.trials.scores)
    scores[at] = None
    found = compare(report, replace_scores(report, scores), replicates=40)
    rates = {rate.key: rate for rate in found.rates}
    assert rates["tar_at_far_0.1"].difference.value == pytest.approx(-1 / 300)


def test_of_searches_only_those_for_enrolled_people_count():
    same = [True] * 10 + [False] * 30
    a = findings([True] * 8 + [False] * 32, same, kind="search")
    b = findings([True] * 9 + [False] + [True] * 30, same, kind="search")
    found = compare(a, b)
    (rate,) = found.rates
    assert (rate.key, rate.a.value, rate.b.value) == ("rank_1", 0.8, 0.9)
    assert found.questions == 10
    assert (found.agreement.both, found.agreement.only_b, found.agreement.neither) == (8, 1, 1)


def test_few_disagreements_support_no_difference():
    right = np.ones(2000, bool)
    a, b = right.copy(), right.copy()
    a[:100], b[:90] = False, False  # both make many errors, and differ in ten pairs
    (rate,) = compare(findings(a, kind="search"), findings(b, kind="search")).rates
    assert (rate.a.supported, rate.b.supported, rate.difference.supported) == (True, True, False)


def test_the_findings_of_a_comparison_hold_its_answer():
    found = compare(pairs(1, 1.0), pairs(2, 3.0))
    shown = found.findings()
    assert shown.kind == "comparison"
    assert shown.result == found.to_json()
    assert shown.title == found.conclusion
    assert [number.key for number in shown.numbers][:2] == ["accuracy", "p"]
    disagreements = next(table for table in shown.tables if table.key == "disagreements")
    assert len(disagreements.rows) == 50
    assert found.agreement.only_a + found.agreement.only_b == len(found.disagreements) > 50


# What may not be compared ---------------------------------------------------------------------

FOUR = findings([1, 0, 1, 0], [1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (replace(FOUR, kind="liveness"), "expected two of one kind, got verification and liveness"),
        (replace(FOUR, trials=None), "B: expected single answers"),
        (
            findings([1] * 4, [1, 1, 0, 0], names=("0.jpg", "1.jpg", "x.jpg", "y.jpg")),
            r"2 only in A \(the first: '2.jpg'\) and 2 only in B \(the first: 'x.jpg'\)",
        ),
        (
            findings([1] * 4, [1, 1, 0, 0], names=("0.jpg", "2.jpg", "1.jpg", "3.jpg")),
            "another order or number, from question 2 on",
        ),
        (findings([1] * 3, [1, 1, 0]), "1 only in A"),
        (findings([1] * 4, [1, 0, 0, 0]), "same: expected the same labels .* for '1.jpg'"),
        (findings([1] * 4, [1, 1, 0, 0], kind="search"), "expected one kind, got pair and search"),
    ],
)
def test_other_questions_are_refused_and_it_is_said_which(other, message):
    with pytest.raises(InvalidReport, match=message):
        compare(FOUR, other)


def test_other_people_behind_the_same_photos_are_refused():
    first = findings([1, 1], [1, 1], subjects=[("a",), ("b",)], kind="search")
    second = findings([1, 1], [1, 1], subjects=[("a",), ("c",)], kind="search")
    with pytest.raises(InvalidReport, match=r"subjects: .* for '1\.jpg'"):
        compare(first, second)


def test_searches_without_verdicts_are_refused():
    report = findings((), [True, True], kind="search")
    with pytest.raises(InvalidReport, match="expected verdicts in both reports"):
        compare(report, report)


def test_reports_without_questions_are_refused():
    report = findings((), [])
    with pytest.raises(InvalidReport, match="expected questions, got none"):
        compare(report, report)
