"""What a fix is measured against: what may be written, what stands where nothing is, and how what is wrong is told."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from deployments.cli.schema import schema_of
from registry.catalogue.loader import load_watches
from registry.documents import parse_document
from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.drift_alerts import FEED, LATENESS_DAYS
from registry.domain.exposure import EffectKind, EffectSpec, ExposureSpec, FeedWatch, NamedBy
from registry.errors import ConfigurationError
from tests.catalogue.test_monitored import WATCHED
from tests.catalogue.workspaces import SYSTEM, a_workspace, changed

FILE = "systems/fraud_filter.yaml"
SPLIT = changed("received_at: Date received}", "received_at: Date received, segment: {product: Product, term: Term}}")
EXPOSURE = """\
exposure:
  source: {path: data/decisions-*.parquet}
  where: "Live = 'yes'"
  time: {column: Decided, format: "%d.%m.%Y"}
  id: Decision ID
  count: Decisions
  unit: payment
  segment: {product: Product group}
"""
LEAST = "exposure: {source: {path: data/decisions.csv}, time: Decided}\n"
OWN = "    exposure: {where: \"Kind <> 'test'\", unit: complaint}\n"


def watches(root: Path, system: str) -> tuple[FeedWatch, ...]:
    return load_watches(a_workspace(root, system=system))


def complaints(root: Path, system: str) -> FeedWatch:
    """Return how the feed complaints is watched, the only one that is not built in."""
    (found,) = (watch for watch in watches(root, system) if watch.feed == "complaints")
    return found


def exposure(root: Path, system: str) -> ExposureSpec:
    found = complaints(root, system).exposure
    assert found is not None
    return found


def problems(root: Path, system: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        watches(root, system)
    return caught.value.problems


def test_without_feeds_only_built_in_ones_are_watched(tmp_path: Path) -> None:
    assert [watch.feed for watch in watches(tmp_path, SYSTEM.split("signals:\n")[0])] == ["version_changes"]


def test_where_nothing_is_written_symptoms_should_be_gone_and_observed_days_are_the_unit(tmp_path: Path) -> None:
    assert watches(tmp_path, SYSTEM) == (
        FeedWatch("fraud_filter", "complaints", EffectSpec(EffectKind.ABSENCE), None),
        FeedWatch("fraud_filter", "version_changes", EffectSpec(), None),
    )


def test_every_key_arrives(tmp_path: Path) -> None:
    more = "    effect: {rate: {max_ratio: 0.01}}\n    counts: unsupported_claims\n    allowed_lateness_days: 9\n"
    found = complaints(tmp_path, SPLIT + more + EXPOSURE)
    assert (found.effect, found.counts_unsupported_claims, found.allowed_lateness_days) == (EffectSpec(EffectKind.RATE, 0.01), True, 9)
    assert found.exposure == ExposureSpec(
        source=SourceSpec(found.exposure.source.source_id if found.exposure else "", path="data/decisions-*.parquet"),
        time=TimeField("Decided", format="%d.%m.%Y"),
        unit="payment",
        where="Live = 'yes'",
        count="Decisions",
        segment={"product": "Product group"},
        row_id="Decision ID",
    )


def test_watches_stand_by_system_and_then_in_the_order_of_the_file(tmp_path: Path) -> None:
    feed = SYSTEM.split("signals:\n")[1]
    two = SYSTEM + feed.replace("complaints", "appeals", 1)
    found = load_watches(a_workspace(tmp_path, {"systems/alpha.yaml": two.replace("fraud_filter", "alpha")}, system=two))
    names = ["complaints", "appeals", "version_changes"]
    assert [(watch.system_id, watch.feed) for watch in found] == [(system, name) for system in ("alpha", "fraud_filter") for name in names]


@pytest.mark.parametrize(
    ("written", "effect"),
    [
        ("absence", EffectSpec()),
        ("rate", EffectSpec(EffectKind.RATE)),
        ("{rate: {}}", EffectSpec(EffectKind.RATE)),
        ("{rate: {max_ratio: 0.5}}", EffectSpec(EffectKind.RATE, 0.5)),
    ],
)
def test_an_effect_has_short_forms(tmp_path: Path, written: str, effect: EffectSpec) -> None:
    assert complaints(tmp_path, SYSTEM + f"    effect: {written}\n" + LEAST).effect == effect


def test_a_feed_counts_against_its_own_source_where_it_says_so_and_names_no_other(tmp_path: Path) -> None:
    found = exposure(tmp_path, SPLIT.replace("    impact", "    where: \"Timely = 'No'\"\n    impact") + OWN + LEAST)
    assert found.source.path == "data/complaints.csv"
    assert (found.time, found.unit, found.where) == (TimeField("Date submitted"), "complaint", "Kind <> 'test'")
    assert (found.segment, found.row_id) == ({"product": "Product", "term": "Term"}, "Complaint ID")
    assert found.received == TimeField("Date received")


def test_rows_that_count_several_are_not_told_apart_by_the_id_of_a_signal(tmp_path: Path) -> None:
    assert exposure(tmp_path, SYSTEM + "    exposure: {count: n}\n").row_id == ""


def test_a_feed_may_count_against_another_source_and_split_nothing(tmp_path: Path) -> None:
    own = "    exposure: {source: {path: data/calls.csv}, time: Called, segment: {}}\n"
    found = exposure(tmp_path, SPLIT + own + LEAST)
    assert (found.source.path, found.time, found.unit, found.segment) == ("data/calls.csv", TimeField("Called"), "decision", {})


def test_predictions_are_the_decisions_where_nothing_else_is_named(tmp_path: Path) -> None:
    found = exposure(tmp_path / "a", SPLIT + WATCHED.replace("  segments", "  where: amount > 0\n  segments"))
    assert (found.source.path, found.time, found.unit) == ("data/scored.parquet", TimeField("issued_on"), "prediction")
    assert (found.where, found.segment, found.row_id, found.count) == ("amount > 0", {"term": "term"}, "loan_id", "")
    assert exposure(tmp_path / "b", SPLIT + WATCHED + EXPOSURE).unit == "payment"
    assert exposure(tmp_path / "c", SPLIT + OWN + WATCHED).unit == "complaint"


def test_drift_alerts_are_watched_by_days_with_their_own_lateness(tmp_path: Path) -> None:
    assert watches(tmp_path, SYSTEM + WATCHED)[-1] == FeedWatch("fraud_filter", FEED, EffectSpec(), None, LATENESS_DAYS)


ID, CASE = "Complaint ID", "Date received, source_evidence: [Case]}"
NAMED = [
    (SYSTEM, NamedBy.NOTHING),
    (SYSTEM + f"    decision: {ID}\n", NamedBy.ROW),
    (SPLIT + OWN, NamedBy.ROW),
    (SYSTEM + "    exposure: {count: n}\n", NamedBy.NOTHING),
    (changed("Date received}", CASE), NamedBy.NOTHING),
    (changed("Date received}", CASE) + "    decision: Case\n", NamedBy.POINTER),
]
WHICH = f"14: signals[0].decision: expected the column of fields.signal_id, '{ID}', or the only one of fields.source_evidence"


@pytest.mark.parametrize(("system", "named"), NAMED, ids=["nothing", "the id", "each row", "rows that count several", "a pointer", "the pointer that names it"])  # fmt: skip
def test_a_decision_is_named_by_the_row_or_by_its_only_pointer(tmp_path: Path, system: str, named: NamedBy) -> None:
    assert complaints(tmp_path, system).named_by is named


BAD = [
    ("a decision that nothing names", SYSTEM + "    decision: Case\n", f"{WHICH} (none), found 'Case'; list that column there, and no other"),
    ("a decision that one of two may name", changed("Date received}", CASE.replace("Case", "Case, Note")) + "    decision: Case\n", f"{WHICH} ('Case', 'Note'), found 'Case'; list that column there, and no other"),
    ("an exposure without a source", SYSTEM + "exposure: {time: at}\n", "14: exposure.source: expected a value, found nothing; add this key"),
    ("an exposure without a time", SYSTEM + "exposure: {source: {path: data/d.csv}}\n", "14: exposure.time: expected a value, found nothing; add this key"),
    ("an unknown key", SYSTEM + LEAST.replace("time", "tiem: x, time"), "14: exposure.tiem: expected one of count, id, received_at, segment, source, time, unit, where, found the unknown key 'tiem'; did you mean 'time'?"),
    ("a source outside of the roots", SYSTEM + LEAST.replace("data/", "../"), "14: exposure.source.path: expected a path below an allowed source root (.), found '../decisions.csv'; move the file or allow its folder"),
    ("a feed's source outside of the roots", SYSTEM + "    exposure: {source: {path: ../d.csv}, time: at}\n", "14: signals[0].exposure.source.path: expected a path below an allowed source root (.), found '../d.csv'; move the file or allow its folder"),
    ("a connection that is none", SYSTEM + "exposure: {source: {connection: crm, query_file: systems/fraud_filter.yaml}, time: at}\n", "14: exposure.source.connection: expected a connection of proofloop.yaml (none), found 'crm'; add it there"),
    ("another source without its time", SYSTEM + "    exposure: {source: {path: data/d.csv}}\n", "14: signals[0].exposure: expected time beside a source of its own, found none; name the column that says when a decision was made"),
    ("rows of several systems", changed("Date received}", "Date received, ai_system: System}") + "    exposure: {unit: complaint}\n", "14: signals[0].exposure: expected a where, because rows of several systems stand in the feed's source ('System'), found none; say which of them are decisions of this system"),
    ("a segment that no feed has", SPLIT + EXPOSURE.replace("{product:", "{produkt:"), "21: exposure.segment.produkt: expected a segment that signals have in fields.segment (product, term), found 'produkt'; name it as they do"),
    ("a segment that the feed has not", SYSTEM + "    exposure: {segment: {product: Product}}\n", "14: signals[0].exposure.segment.product: expected a segment that signals have in fields.segment (none), found 'product'; name it as they do"),
    ("a count that is the time", SYSTEM + LEAST.replace("}\n", ", count: Decided}\n"), "14: exposure.count: expected another column than time's, found 'Decided'; name the one that holds numbers"),
    ("a segment that is the count", SPLIT + LEAST.replace("}\n", ", count: n, segment: {product: n}}\n"), "14: exposure.segment.product: expected a column that splits the rows, found 'n', which is count; choose another"),
    ("an effect that is none", SYSTEM + "    effect: gone\n", "14: signals[0].effect: expected absence, rate, or a mapping like {rate: {max_ratio: 0.01}}, found 'gone'; write one of these"),
    ("an effect of nothing", SYSTEM + "    effect: {}\n", "14: signals[0].effect: expected absence, rate, or a mapping like {rate: {max_ratio: 0.01}}, found nothing; write one of these"),
    ("a rate of everything", SYSTEM + "    effect: {rate: {max_ratio: 1}}\n" + LEAST, "14: signals[0].effect.rate.max_ratio: expected a number of less than 1, found 1; correct it"),
    ("a rate of nothing", SYSTEM + "    effect: {rate: {max_ratio: 0}}\n" + LEAST, "14: signals[0].effect.rate.max_ratio: expected a number of more than 0, found 0; correct it"),
    ("a rate in percent", SYSTEM + "    effect: {rate: {max_ratio: 1 %}}\n" + LEAST, "14: signals[0].effect.rate.max_ratio: expected a number, found '1 %'; correct it"),
    ("a rate of no decisions", SYSTEM + "    effect: rate\n", "14: signals[0].effect: expected decisions that the rate is a share of, found none; add exposure to the feed or the system"),
    ("an indicator that is none", SYSTEM + "    counts: claims\n", "14: signals[0].counts: expected 'unsupported_claims', found 'claims'; use one of these"),
    ("a unit of nothing", SYSTEM + LEAST.replace("}\n", ', unit: ""}\n'), "14: exposure.unit: expected text that is not empty, found ''; correct it"),
]  # fmt: skip


@pytest.mark.parametrize(("system", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_nothing_can_be_measured_by_is_told_with_line_key_and_fix(tmp_path: Path, system: str, message: str) -> None:
    assert problems(tmp_path, system) == [f"{FILE}:{message}"]


@pytest.mark.parametrize("text", [SPLIT + OWN + EXPOSURE, SPLIT + "    effect: rate\n" + LEAST, SYSTEM + "    effect: {rate: {max_ratio: 0.2}}\n" + LEAST, SYSTEM + "    effect: absence\n"])  # fmt: skip
def test_the_schema_for_editors_knows_what_the_loader_knows(tmp_path: Path, text: str) -> None:
    watches(tmp_path, text)
    jsonschema.validate(parse_document(text, "x.yaml").value, schema_of("system"))


@pytest.mark.parametrize("effect", ["gone", "{}", "[]", "{absence: {}}", "{rate: {max_ratio: 1}}"])
def test_the_schema_for_editors_refuses_what_the_loader_refuses(tmp_path: Path, effect: str) -> None:
    text = SYSTEM + f"    effect: {effect}\n" + LEAST
    assert problems(tmp_path, text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse_document(text, "x.yaml").value, schema_of("system"))


def test_every_key_tells_in_the_editor_what_it_is_for() -> None:
    found = schema_of("system")["$defs"]
    for name in ("Exposure", "FeedExposure"):
        told = {key for key, value in found[name]["properties"].items() if "description" in value or "$ref" in value}
        assert told == set(found[name]["properties"])
