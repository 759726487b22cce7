"""The closure dossier, its package and the portfolio: what they say, of an issue on which nobody did anything first."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from registry.domain.closure import Dossier
from registry.domain.decision import Verdict
from reports.closure_text import closure_day_markdown, closure_day_text, dossier_lines
from reports.dossier_package import dossier_package
from reports.dossier_page import render_dossier
from reports.portfolio_page import render_portfolio
from tests.closure_builders import some_work_policies
from tests.recurrence_builders import FIX_AT
from tests.reports import closing_samples as samples
from tests.reports.test_window_page import part, text_of


def page_of(dossier: Dossier) -> str:
    return render_dossier(dossier, some_work_policies(), "America/New_York").decode()


def test_an_issue_on_which_nobody_did_anything_lacks_nearly_every_gate_and_says_how_to_supply_each() -> None:
    dossier = samples.a_dossier(samples.a_bare_closure())
    page = page_of(dossier)
    assert "Not closed" in page
    assert "Nobody recorded the scope" in page and "No root cause was recorded" in page and "Nothing was planned" in page
    assert part(page, "gates").count("Supply it:") == sum(len(gate.lacks) for gate in dossier.decision.gates) > 6


def test_a_proposed_closure_tells_who_was_affected_and_what_was_restored_with_denominators() -> None:
    told = part(page_of(samples.a_dossier(samples.a_proposed_closure())), "who")
    for line in ("identified 40 in 40 rows", "contacted 10 of 40", "restored 27 of 40", "not reached 0 of 40"):
        assert line in told
    assert "closed the account before the fee was named 3 of 3" in told
    assert "auditor@bank.example" in told


def test_cause_change_and_proof_are_told_in_full() -> None:
    page = page_of(samples.a_dossier(samples.a_proposed_closure()))
    assert "The retriever ranked the price list of 2019" in part(page, "cause")
    assert "Five whys 5" in part(page, "cause")
    assert "card_fraud_filter 8 (model)" in part(page, "changed")
    assert "CHG-2050, approved by change.board@bank.example" in part(page, "changed")
    assert "Production KRI strength: High" in part(page, "shown")
    assert "12 in 9,000, December to February (E2)" in part(page, "shown")
    assert "loan_assistant" in part(page, "shown")


def test_who_signed_is_told_with_key_and_meaning_and_who_still_must() -> None:
    inputs = samples.a_proposed_closure()
    told = part(page_of(samples.a_dossier(inputs, coverage=samples.covered(inputs))), "signed")
    assert "● signed" in told and "SHA256:" in told and "I have read and approve it." in told
    assert "Model risk ▲ still asked" in told
    assert "sealed before anybody could sign" not in told


def test_a_dossier_that_was_sealed_before_anybody_signed_says_so_and_asks_everybody() -> None:
    page = page_of(samples.a_dossier(samples.a_proposed_closure()))
    assert part(page, "signed").count("still asked") == 3
    assert "sealed before anybody could sign" in part(page, "signed")
    assert part(page, "acts").count("proofloop approve request") == 3


def test_a_typed_name_and_broken_glass_are_never_shown_as_a_signature() -> None:
    inputs = samples.a_proposed_closure()
    coverage = samples.covered(inputs)
    typed = replace(coverage.counted[0], kind=type(coverage.counted[0].kind)("asserted"), fingerprint="", is_break_glass=True)
    told = part(page_of(samples.a_dossier(inputs, coverage=replace(coverage, counted=(typed,)))), "signed")
    assert "■ asserted: a typed name, breaking the glass" in told and "no key" in told
    assert "● signed" not in told


def test_a_closed_issue_says_since_when_and_asks_nobody() -> None:
    page = page_of(samples.a_dossier(samples.a_proposed_closure(), closed_at=FIX_AT))
    assert "Closed Mon 1 Mar 2021, 10:00 EST" in page
    assert "Nobody: it is closed." in page


def test_a_refused_closure_tells_what_each_gate_lacks_before_anything_else() -> None:
    page = page_of(samples.a_dossier(samples.a_refused_closure()))
    for name in ("Scope:", "Verification:", "Customer recovery:", "Recurrence:"):
        assert name in page.partition('id="acts"')[0]
    assert "not reached: C-0 moved, no address" in part(page, "who")
    assert "Watching: 0 occurrences" in part(page, "shown")


def test_every_box_of_the_graph_leads_to_its_piece_of_evidence_with_event_and_package() -> None:
    page = page_of(samples.a_dossier(samples.a_proposed_closure()))
    anchors = set(re.findall(r'<a href="#(n\d+)">', page))
    assert len(anchors) > 10
    assert anchors <= set(re.findall(r'<tr role="row" id="(n\d+)"', page))
    assert "event 5" in part(page, "pieces") and "000005" in part(page, "pieces")
    assert "not sealed" not in part(page, "pieces")


def test_a_piece_of_evidence_whose_event_is_not_sealed_yet_says_so() -> None:
    dossier = samples.a_dossier(samples.a_proposed_closure())
    nodes = tuple(replace(node, package="") if node.event == 5 else node for node in dossier.graph.nodes)
    page = page_of(replace(dossier, graph=replace(dossier.graph, nodes=nodes)))
    assert "not sealed yet event 5" in part(page, "pieces")
    assert "event 5 is recorded and not sealed yet" in part(page, "graph")


def test_a_package_that_is_not_what_was_sealed_comes_first_and_is_loud() -> None:
    dossier = samples.a_dossier(samples.a_proposed_closure())
    broken = replace(dossier.archive.packages[-1], problem="report.html is not what was sealed", recomputed=Verdict.FAIL)
    archive = replace(dossier.archive, verdict=Verdict.FAIL, packages=(*dossier.archive.packages[:-1], broken))
    told = part(page_of(replace(dossier, archive=archive)), "cited")
    assert told.index("report.html is not what was sealed") < told.index("● as sealed")
    assert "the archive is as it was sealed" not in told
    assert "came out otherwise" in told


def test_the_package_names_what_each_file_holds_and_refuses_a_strange_one() -> None:
    dossier = samples.a_dossier(samples.a_proposed_closure())
    files = dossier_package(dossier, some_work_policies(), "UTC", {"inputs.json": b"{}", "step.json": b"{}"})
    assert {one["file"] for one in json.loads(files["contents.json"])} == set(files)
    assert json.loads(files["dossier.json"])["decision"]["verdict"] == "pass"
    assert 'href="dossier.json"' in files["report.html"].decode()
    assert files == dossier_package(dossier, some_work_policies(), "UTC", {"inputs.json": b"{}", "step.json": b"{}"})
    with pytest.raises(ValueError, match=r"found secret\.json; name them"):
        dossier_package(dossier, some_work_policies(), "UTC", {"secret.json": b""})


def test_the_lines_of_a_dossier_tell_each_gate_and_what_to_do() -> None:
    lines = "\n".join(dossier_lines(samples.a_dossier(samples.a_refused_closure())))
    assert "inconclusive  Scope" in lines and "do       take the step `scope`" in lines
    assert "signs  product owner, risk compliance, model risk (a signature of each)" in lines


def test_a_run_over_closures_reads_the_same_in_terminal_and_artifact() -> None:
    day = samples.a_day(samples.a_refused_closure(), samples.a_proposed_closure())
    assert closure_day_text(day).startswith("INCONCLUSIVE  2 closures: 1 pass, 1 inconclusive")
    shown = closure_day_markdown(day, "handed out").replace("\\", "")
    assert "2 closures: 1 pass, 1 inconclusive" in shown
    refused, proposed = day.closures
    assert f"- **{refused.issue_id}, Scope: " in shown and "\n\n  take the step `scope`" in shown
    assert f"- **{proposed.issue_id}: waits for the signatures of product owner" in shown
    assert f"proofloop approve request {proposed.issue_id} --action close" in shown
    assert "No issue is in verification" in closure_day_text(samples.a_day())


def test_an_empty_portfolio_says_that_nothing_was_counted() -> None:
    text = text_of(render_portfolio(samples.an_empty_portfolio(), "UTC").decode())
    assert "Nothing was counted" in text
    assert "No month was counted." in text


def test_the_portfolio_has_all_systems_first_and_every_number_with_what_it_is_of() -> None:
    page = render_portfolio(samples.a_portfolio(), "UTC", {"fraud_filter": "Card fraud filter"}, "decision.json").decode()
    rows = re.findall(r'<td role="cell"><strong><bdi>([^<]*)</bdi></strong>', page.partition('id="systems"')[2])
    assert rows[:4] == ["All systems", "credit_model", "Card fraud filter", "loan_assistant"]
    text = text_of(page)
    for told in (
        "2 open at L3 or L4 of 12 open",
        "3 came back in 12 months, in which 14 were closed",
        "61.3 days to close mean of 14 closed",
    ):
        assert told in text
    assert "no review of its window for 9 days" in text


def test_a_month_before_any_closure_has_no_repeat_rate_and_not_one_of_zero() -> None:
    page = render_portfolio(samples.a_portfolio(), "UTC").decode()
    assert "Repeat rate: Jul 2020 none; Aug 2020 none; Sep 2020 5" in page
    assert page.count("nothing closed before") == 2
