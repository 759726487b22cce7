"""Worksheets as people write them: good ones over every family of causes, and the ways in which they come out shallow.

Put a worksheet here when the depth test has to accept or refuse it; what it is held to is ``test_root_cause.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registry.domain.steps import CauseFamily, RootCause

_F = CauseFamily

FEE_ANSWER = RootCause(
    confirmed_failure="On 9 March, 41 of 612 fee waiver answers cited the superseded fee policy",
    direct_cause="The retriever ranked the old policy summary above the current one",
    contributing_causes=("The upload procedure of knowledge owners lacks a step that deactivates replaced documents",),
    control_failure="The freshness gate compared upload dates instead of effective dates, so a superseded source passed",
    family=_F.RAG_KNOWLEDGE,
    evidence=("trace 8831", "complaint 99102", "evaluation fee-v1"),
    corrective_action="Deactivate the superseded source and filter the retriever by effective date",
    preventive_action="Add a source retirement procedure and a freshness gate to the release checklist",
    five_whys=(
        "The chat answer quoted a superseded policy",
        "The retriever ranked the old summary above the current text",
        "Source metadata did not mark the old summary as inactive",
        "The knowledge owner's procedure required uploads but no deactivation of superseded content",
        "The release gate tested answer correctness, but not source lifecycle controls",
    ),
)


def a_worksheet(**changes: Any) -> RootCause:
    """Return the fee waiver worksheet with ``changes``."""
    return replace(FEE_ANSWER, **changes)


def _sheet(family: CauseFamily, *lines: str) -> RootCause:
    """Return a worksheet of nine lines: failure, cause, contributing, control, evidence, corrective, preventive, and the whys by ``|``."""
    failure, direct, contributing, control, evidence, corrective, preventive, whys = lines
    return RootCause(
        confirmed_failure=failure,
        direct_cause=direct,
        contributing_causes=tuple(contributing.split(" | ")),
        control_failure=control,
        family=family,
        evidence=tuple(evidence.split(" | ")),
        corrective_action=corrective,
        preventive_action=preventive,
        five_whys=tuple(whys.split(" | ")),
    )


GOOD: dict[str, RootCause] = {
    "fee_answer": FEE_ANSWER,
    "merchant_codes": _sheet(
        _F.DATA_QUALITY,
        "From 2 to 9 March the card filter declined 318 genuine grocery payments, against 40 in a usual week",
        "The merchant category arrived blank after the acquirer's mapping change and was scored as gambling",
        "Blank categories fall back to the riskiest bucket | The mapping file has no owner in the feed contract",
        "The data contract checks the type of the column but not its share of blanks",
        "profile of 2 March | ticket OPS-4711",
        "Backfill the categories of that week and treat a blank one as its own bucket",
        "Add a limit on blanks per column to the contract, with an alarm to the feed owner",
        "The score rose by 0.4 for groceries | Their category was read as gambling | A blank falls back to the riskiest bucket"
        " | The acquirer renamed the column and nobody mapped it | The contract asks for no notice before columns are renamed",
    ),
    "late_balances": _sheet(
        _F.DATA_QUALITY,
        "23 overdraft alerts of 14 April were sent for accounts that were in credit",
        "Balances were joined from the snapshot of the day before, as the nightly export finished at 06:40",
        "The alert job starts at 05:00 whether or not the export is there",
        "Freshness of the export is watched by table, and the table was touched by an unrelated load",
        "run log of 14 April | alert list",
        "Start the alert job when the export's own marker of that night is there",
        "Judge freshness by the newest business date inside every table that a score reads",
        "Alerts named balances of the day before | The join took the last snapshot that was there | The export had not finished"
        " | The job waits for a clock time and no marker | No owner of the export signed what its consumers rely on",
    ),
    "joint_accounts": _sheet(
        _F.DATASET_COVERAGE,
        "The affordability score refused 57 of 60 applications from joint accounts in May, against 31 % overall",
        "Training rows hold one income per application, so the second holder's salary never counted",
        "Joint accounts are 8 % of applications and 0.3 % of the training rows",
        "The evaluation set has no slice by account type, so the locked run showed no difference",
        "slice report of June | sample of 60 files",
        "Add 4,000 adjudicated joint applications and retrain with both incomes",
        "Make coverage of every account type a blocking line of the evaluation report",
        "Second salaries were ignored | The feature takes the first holder only | The sample was drawn from sole accounts"
        " | Sampling weights were copied from the card product | Nobody compares sampling with the portfolio before release",
    ),
    "spanish_chat": _sheet(
        _F.DATASET_COVERAGE,
        "In week 12, 19 of 70 Spanish chats about card disputes ended with the wrong deadline",
        "The intent classifier maps disputa to complaint, which has another deadline text",
        "Spanish has 40 labelled utterances, English 9,000",
        "Regression runs are scored on all languages together, where Spanish weighs 1 %",
        "confusion matrix week 12 | chats 7001 to 7070",
        "Label 1,500 Spanish utterances and refit the classifier's head",
        "Score every supported language alone and block a release that falls below its floor",
        "The deadline text of complaints was shown | The utterance was mapped to complaint | Few Spanish examples separate the two intents"
        " | Labelling was ordered by volume alone | Coverage targets name products but no languages",
    ),
    "label_dispute": _sheet(
        _F.LABEL_TAXONOMY,
        "Of 200 sampled chargebacks, 46 that were family use had been labelled fraud in the first quarter",
        "The guideline has one code for unauthorised and for disputed family transactions",
        "Two labelling teams read the guideline differently, with agreement of 0.41",
        "Agreement is measured once a year, and the last measurement predates the second team",
        "adjudication sheet Q1 | agreement study",
        "Relabel the quarter with separate codes and refit the threshold",
        "Measure agreement monthly per code and stop labelling below 0.7",
        "Family use was labelled fraud | One code covers both | The taxonomy was taken over from the ticket tool"
        " | No adjudication forum owns the taxonomy | Labelling was contracted out without an owner inside",
    ),
    "reason_codes": _sheet(
        _F.LABEL_TAXONOMY,
        "38 adverse action letters of June named income although the decision rested on length of residence",
        "Two reason codes share the number 17 in the letter table after the merge of the brands",
        "The letter table is edited by hand from a spreadsheet",
        "The monthly letter sample draws from one brand only, and there 17 is unambiguous",
        "letters of June | code table diff",
        "Give residence its own number and send corrected letters to the 38 applicants",
        "Generate the table from the decision service and compare both nightly",
        "Letters named another ground | Number 17 stood for both | The merge kept both lists | Nobody compared their numbers"
        " | The merge plan covered systems and left out letter content",
    ),
    "threshold": _sheet(
        _F.MODEL_BEHAVIOR,
        "Held payments rose from 1.1 % to 3.4 % on instant transfers between 1 and 7 August",
        "Calibration drifted after the tariff change: scores of transfers under 50 euros moved past the fixed threshold",
        "The threshold was set once, on card payments, and reused for transfers",
        "Score distributions are watched over all channels together, where transfers are a tenth",
        "calibration plot | weekly hold report",
        "Recalibrate on transfers since the tariff change and set a threshold of their own",
        "Watch calibration per channel and ask for a threshold review at every tariff change",
        "Small transfers were held | Their scores moved past the threshold | The tariff change doubled their number"
        " | Thresholds were never tied to a channel | Threshold governance covers new models but no business changes",
    ),
    "confident_error": _sheet(
        _F.MODEL_BEHAVIOR,
        "The document reader returned 12 of 90 passport numbers with two digits swapped and confidence above 0.98",
        "The new encoder normalises glare by sharpening, which makes 3 and 8 look alike",
        "Confidence is taken from the decoder alone and ignores image quality",
        "The acceptance set was photographed in the office, without glare",
        "90 scans of 4 May | encoder changelog",
        "Return to the former encoder and add the checksum of the document number",
        "Keep an acceptance set of field photographs and require the checksum wherever a standard has one",
        "Digits were swapped | Sharpening made them alike | The encoder was tuned on office scans"
        " | Field photographs were barred for privacy until March | Acceptance never asked where images come from",
    ),
    "no_handoff": _sheet(
        _F.PROMPT_BEHAVIOR,
        "On 3 June the assistant promised a refund in 9 of 14 chats about stolen cards",
        "The instruction to be reassuring stands above the rule to hand theft over to an agent",
        "The response contract has no field for escalation, so a promise was the only way to be helpful",
        "The regression set asks for tone and correctness, and holds no theft scenario",
        "prompt diff of 1 June | chats of 3 June",
        "Put the handoff rule first and add the escalation field to the contract",
        "Add theft, death and hardship scenarios to the locked set, each with its required handoff",
        "Refunds were promised | Reassurance outranked the handoff rule | Both rules were merged in one edit"
        " | Prompt edits need no policy mapping | The prompt register predates customer-facing use",
    ),
    "stale_index": _sheet(
        _F.RAG_KNOWLEDGE,
        "For six days from 1 July the branch assistant quoted the savings rate of June in 212 answers",
        "The nightly index build skipped the rates folder after its permissions were tightened",
        "A skipped folder is a warning in the build log, which nobody reads",
        "The index age monitor reads the build time, which was fresh each morning",
        "build log 1 July | answers with source June",
        "Restore the reader's permission and rebuild the index with July's rates",
        "Fail the build when a registered folder is skipped, and monitor the age of each source",
        "June's rate was quoted | July's document was not indexed | The folder could not be read"
        " | Permissions changed without its reader being listed | Readers of a folder are not part of the access review",
    ),
    "wide_tool": _sheet(
        _F.TOOL_AGENT,
        "On 11 May the service agent closed 3 standing orders of customers who had asked to pause them",
        "The scheduling tool exposes one operation, delete, and the planner chose it for pause",
        "Tool permissions are granted per service and not per operation",
        "The approval gate covers payments above 500 euros but no standing orders",
        "tool calls of 11 May | permission sheet",
        "Offer a pause operation and withdraw delete from the agent's permission",
        "Require dual control for operations that cannot be undone, listed per operation",
        "Orders were deleted | The planner had no pause | The tool mirrors the old interface"
        " | Its contract was taken over unreviewed | Tool onboarding checks security, and not reversibility",
    ),
    "duplicate_calls": _sheet(
        _F.TOOL_AGENT,
        "27 address changes were written twice with different spelling on 8 September",
        "The agent retried after a timeout although the first call had been carried out",
        "Calls to the register carry no idempotency key",
        "The contract test simulates refusals and errors, but no late success",
        "gateway log of 8 September",
        "Send a key with each call and let the register drop repeats",
        "Add late success to the contract tests of every writing tool",
        "Addresses were written twice | A timed-out call was repeated | The register accepted both"
        " | Nobody specified repeats in the interface | Interface reviews follow a checklist of 2019 that predates agents",
    ),
    "queue_order": _sheet(
        _F.WORKFLOW,
        "In October, 64 hardship appeals waited 11 days, against a promise of 3",
        "The routing rule ranks by amount, and hardship appeals have none",
        "Missing amounts sort last in the work list",
        "The waiting time report averages over all appeals, which stayed within 3 days",
        "work list export | routing rule 12",
        "Give hardship its own lane with a promise of 3 days",
        "Report the longest wait per lane daily to the operations lead",
        "Hardship waited longest | It was sorted last | It has no amount | The rule was written for disputes"
        " | New appeal types enter without a look at routing",
    ),
    "unclear_rule": _sheet(
        _F.POLICY,
        "Two branches waived the same fee differently in 118 of 240 cases in the first half year",
        "The waiver rule says 'in good standing' and defines it nowhere",
        "The assistant quotes the sentence, so every reader fills it in",
        "Legal review confirms wording against law, and does not test whether it can be applied",
        "case comparison H1 | waiver rule 4.2",
        "Define good standing as no arrears in twelve months and reissue the rule",
        "Apply each new rule to ten past cases by two people before it is published",
        "The two waivers differed | Good standing was read in two ways | The term is undefined"
        " | Drafting copied it from marketing | Nobody tries a rule out before publication",
    ),
    "overreliance": _sheet(
        _F.HUMAN_ADOPTION,
        "In a sample of 150 accepted suggestions of April, 33 contradicted the cited source",
        "Agents accept within four seconds, and the source opens only after two clicks",
        "Handling time is on the team's scoreboard, opened sources are not",
        "Supervisors sample by duration, which leaves short calls out",
        "click study April | sample of 150",
        "Show the cited passage beside the suggestion and ask for a reason when it is overridden",
        "Sample short calls too, and put opened sources on the scoreboard",
        "Contradictions were accepted | Nobody opened the source | It is hidden behind clicks"
        " | The screen was designed for speed | Adoption was steered by handling time alone",
    ),
    "silent_upgrade": _sheet(
        _F.VENDOR,
        "On 5 February the share of refused card applications in chat rose from 2 % to 9 % within an hour",
        "The provider moved the endpoint to a successor that refuses when income is absent",
        "The endpoint is named by family, without a pinned release",
        "The contract asks for no notice, and the nightly regression run uses the pinned staging endpoint",
        "provider changelog 5 February | refusal series",
        "Pin the release in production and replay February's refusals",
        "Agree on notice of 30 days, and run the nightly regression against production's endpoint",
        "Refusals quadrupled overnight | Absent income was refused | A successor answered"
        " | The endpoint was not pinned | Procurement's template predates hosted models",
    ),
    "no_owner": _sheet(
        _F.GOVERNANCE,
        "The churn score served for 7 weeks after its validation had expired on 31 March",
        "Its owner left in January, and the expiry notice went to a closed mailbox",
        "The register keeps one owner without a deputy",
        "The deployment gate reads validation at release and never again",
        "register history | expiry notice",
        "Name owner and deputy and revalidate before the next scoring run",
        "Let scoring stop on expiry, and check owners against the staff list monthly",
        "An expired score was used | Nobody saw the notice | It went to one mailbox"
        " | Leavers are not matched with the register | No forum owns the register since the reorganisation",
    ),
    "german": _sheet(
        _F.RAG_KNOWLEDGE,
        "Am 3. Juni nannten 17 von 80 Antworten den Zinssatz des Vorjahres",
        "Der Suchindex bevorzugte das alte Preisverzeichnis, weil dessen Titel das Stichwort enthält",
        "Abgelöste Preisverzeichnisse bleiben im Ordner der gültigen liegen",
        "Die Aktualitätsprüfung vergleicht das Hochladedatum, nicht den Gültigkeitsbeginn",
        "Protokoll 3. Juni",
        "Das abgelöste Verzeichnis entfernen und nach Gültigkeitsbeginn filtern",
        "Den Freigabeablauf um die Stilllegung abgelöster Quellen ergänzen",
        "Der Zinssatz des Vorjahres wurde genannt | Das abgelöste Verzeichnis lag vorn | Sein Titel enthält das Stichwort"
        " | Niemand legt Dokumente still | Der Freigabeablauf kennt nur das Hochladen",
    ),
    "chinese": _sheet(
        _F.RAG_KNOWLEDGE,
        "六月九日612次年费减免回答中有41次引用了已废止的收费标准",
        "检索器把旧版收费摘要排在现行文件之前",
        "知识库负责人的流程只要求上传新文件而不停用旧文件",
        "新鲜度闸门比较上传日期而未比较生效日期",
        "追踪记录8831",
        "停用旧版摘要并按生效日期过滤检索结果",
        "在发布清单中增加来源退役流程与生效日期闸门",
        "客服回答引用旧版收费标准 | 检索器将摘要排名靠前 | 元数据未标记为停用 | 上传流程缺少退役步骤 | 发布闸门只测正确性不测来源生命周期",
    ),
}

_VAGUE_CAUSES = (
    "The model hallucinated and gave a wrong answer",
    "The AI model simply hallucinated the answer to the question",
    "The LLM made things up, as it sometimes does",
    "The model hallucinated a fee waiver for the customer",
    "The data was wrong and so the result was wrong",
    "Bad data quality in the input of the model",
    "The users asked the question in an odd way",
    "Customers phrased their questions strangely, which confused the system",
    "It was human error by a careless employee",
    "The staff did not review the answer properly before",
    "Somebody forgot to check the output of the system",
    "The policy changed and the model did not know",
    "The vendor updated the model and it got worse",
    "There was a bug in the code of the system",
    "The prompt was not good enough for this case",
    "It was an edge case that rarely happens anyway",
    "The model was not trained well enough on this",
    "Das Modell hat halluziniert und falsch geantwortet, ein Fehler",
    "Menschlicher Fehler: die Mitarbeiter haben nicht geprüft, falsche Antwort",
    "Le modèle a halluciné une mauvaise réponse à la question",
    "El modelo alucinó y los datos eran incorrectos, error humano",
    "Il modello ha allucinato, i dati erano sbagliati, errore umano",
    "模型产生幻觉导致回答错误",
    "因为数据不准所以出现问题",
    "员工没有审核,人为失误",
)
_PLACEHOLDERS = (
    "tbd",
    "N/A",
    "unknown",
    "...",
    "xxxxxx",
    "test test test",
    "Lorem ipsum dolor sit amet consectetur",
    "TODO: ask the vendor",
    "unbekannt",
    "待定",
)

SHALLOW: dict[str, tuple[RootCause, str, str]] = {
    **{f"vague_{number}": (a_worksheet(direct_cause=text), "shallow", "direct_cause") for number, text in enumerate(_VAGUE_CAUSES)},
    **{f"placeholder_{text}": (a_worksheet(control_failure=text), "placeholder", "control_failure") for text in _PLACEHOLDERS},
    "restated": (
        a_worksheet(direct_cause="Fee waiver answers on 9 March cited the superseded fee policy"),
        "restates",
        "direct_cause",
    ),
    "restated_in_other_forms": (
        a_worksheet(direct_cause="Answers citing superseded policies: 41 fee waivers of 612, in March"),
        "restates",
        "direct_cause",
    ),
    "restated_by_the_control": (
        a_worksheet(control_failure="No control caught that waiver answers cited the superseded fee policy"),
        "restates",
        "control_failure",
    ),
    "same_cause_twice": (
        a_worksheet(contributing_causes=("The retriever ranked old policy summaries above the current ones!",)),
        "restates",
        "contributing_causes[0]",
    ),
    "copied": (a_worksheet(control_failure=FEE_ANSWER.direct_cause), "same", "control_failure"),
    "copied_into_the_action": (a_worksheet(preventive_action=FEE_ANSWER.corrective_action.upper()), "same", "preventive_action"),
    "one_action_twice": (
        a_worksheet(preventive_action="Filter the retriever by effective date and deactivate superseded sources"),
        "restates",
        "preventive_action",
    ),
    "vague_control": (
        a_worksheet(control_failure="The review did not catch the error because nobody checked"),
        "shallow",
        "control_failure",
    ),
    "vague_contribution": (
        a_worksheet(contributing_causes=("The data quality was bad in several cases",)),
        "shallow",
        "contributing_causes[0]",
    ),
    "vague_end": (a_worksheet(five_whys=(*FEE_ANSWER.five_whys[:4], "Because somebody made a mistake")), "shallow", "five_whys[4]"),
    "too_short": (a_worksheet(direct_cause="Retriever ranking regression"), "too_short", "direct_cause"),
    "no_contribution": (a_worksheet(contributing_causes=()), "missing", "contributing_causes"),
    "no_evidence": (a_worksheet(evidence=()), "no_evidence", "evidence"),
    "placeholder_evidence": (a_worksheet(evidence=("n/a",)), "placeholder", "evidence[0]"),
    "evidence_twice": (a_worksheet(evidence=("trace 8831", "trace 8831")), "same", "evidence[1]"),
    "four_whys": (a_worksheet(five_whys=FEE_ANSWER.five_whys[:4]), "not_five", "five_whys"),
    "six_whys": (a_worksheet(five_whys=(*FEE_ANSWER.five_whys, "Lifecycle controls have no accountable forum")), "not_five", "five_whys"),
    "one_why_twice": (a_worksheet(five_whys=(*FEE_ANSWER.five_whys[:4], FEE_ANSWER.five_whys[1])), "same", "five_whys[4]"),
    "why_restated": (
        a_worksheet(five_whys=(*FEE_ANSWER.five_whys[:2], "The old summary was ranked above the text", *FEE_ANSWER.five_whys[3:])),
        "restates",
        "five_whys[2]",
    ),
    "no_failure": (a_worksheet(confirmed_failure=""), "missing", "confirmed_failure"),
    "blank_action": (a_worksheet(corrective_action="   "), "missing", "corrective_action"),
}
"""Each with the refusal that it must get and the field that it must name."""
