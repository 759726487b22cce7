"""How much of a thousand structured items is found, and how little of ordinary text."""

from __future__ import annotations

import csv
import gzip
import random
from pathlib import Path

import pytest

from checks.redaction import redact

KINDS = ("email", "phone", "card", "iban", "ssn", "ip")
NARRATIVES = Path(__file__).parents[2].parent / "shared/data/complaint_narratives_3947.csv.gz"


def luhn_completed(digits):
    total = sum(sum(divmod(2 * int(digit), 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def iban_completed(country, account):
    check = 98 - int("".join(str(int(character, 36)) for character in account + country + "00")) % 97
    return f"{country}{check:02}{account}"


def digits_of(draw, count):
    return "".join(draw.choice("0123456789") for _ in range(count))


def an_email(draw):
    local = draw.choice(["ana", "j.doe", "info", "ana.li", "j_smith-jones", "info+q", "q77"])
    return f"{local}@{draw.choice(['bank.example', 'mail.co.example', 'x1.example', 'EXAMPLE.org'])}"


def a_phone(draw):
    area, exchange, line = f"{draw.randrange(201, 990)}", f"{draw.randrange(201, 999)}", digits_of(draw, 4)
    form = draw.choice(
        ["{}-{}-{}", "({}) {}-{}", "({}){}-{}", "{}.{}.{}", "{} {} {}", "+1 {} {} {}", "+1-{}-{}-{}", "1-{}-{}-{}", "{}{}{}"]
    )
    abroad = [f"+44 20 {digits_of(draw, 4)} {digits_of(draw, 4)}", f"+49 30 {digits_of(draw, 8)}", f"+33 6{' 12' * 4}"]
    return draw.choice([form.format(area, exchange, line)] * 3 + abroad)


def a_card(draw):
    head, length = draw.choice([("4", 16), ("51", 16), ("37", 15), ("6011", 16), ("4", 13), ("36", 14), ("2221", 16)])
    number = luhn_completed(head + digits_of(draw, length - len(head) - 1))
    groups = {15: [4, 6, 5], 16: [4, 4, 4, 4]}.get(length, [length])
    ends = [sum(groups[: place + 1]) for place in range(len(groups))]
    return draw.choice(["", " ", "-"]).join(number[end - size : end] for end, size in zip(ends, groups, strict=True))


def an_iban(draw):
    country, size = draw.choice([("DE", 18), ("GB", 18), ("FR", 23), ("ES", 20), ("NL", 14), ("NO", 11), ("BE", 12)])
    letters = "".join(draw.choice("ABCDEFGHKLMNPRSTUWXYZ") for _ in range(4)) if country in {"GB", "NL"} else ""
    number = iban_completed(country, letters + digits_of(draw, size - len(letters)))
    return draw.choice([number, " ".join(number[at : at + 4] for at in range(0, len(number), 4))])


def an_ssn(draw):
    area = draw.choice([draw.randrange(1, 666), draw.randrange(667, 900)])
    return draw.choice(["-", " "]).join((f"{area:03}", f"{draw.randrange(1, 100):02}", f"{draw.randrange(1, 9999):04}"))


def an_ip(draw):
    groups = [f"{draw.randrange(1, 65536):x}" for _ in range(8)]
    long = [":".join(groups), ":".join(groups[:3]) + "::" + groups[7], "2001:db8::" + groups[0]]
    return draw.choice([".".join(str(draw.randrange(256)) for _ in range(4))] * 3 + long)


MAKERS = {"email": an_email, "phone": a_phone, "card": a_card, "iban": an_iban, "ssn": an_ssn, "ip": an_ip}


def test_of_a_thousand_seeded_items_in_sentences_at_least_99_in_100_are_found_as_what_they_are():
    draw = random.Random(7)
    frames = [
        "My {k} is {x} and nobody helped.",
        "{x}",
        "({x})",
        "they used {x}, twice",
        "Ref:{x}.",
        "on 12/31/2020 {x} paid $20",
        "\n{x}\n",
    ]
    missed = []
    for number in range(1_000):
        kind = KINDS[number % len(KINDS)]
        item = MAKERS[kind](draw)
        frame = draw.choice(frames)
        if redact(frame.format(k=kind, x=item), KINDS) != (frame.format(k=kind, x=f"[{kind}]"), {kind: 1}):
            missed.append((kind, frame, item))

    assert len(missed) <= 10, missed


def test_a_thousand_ordinary_sentences_lose_nothing():
    draw = random.Random(11)
    number, pick = lambda digits: digits_of(draw, digits), draw.randrange
    hits = []
    for _ in range(1_000):
        text = (
            f"On {pick(1, 13):02}/{pick(1, 29):02}/20{pick(10, 24)} I paid ${pick(1, 99999):,}.{number(2)} for order {number(7)}, waited "
            f"{pick(2, 90)} days, called {pick(2, 30)} times at {pick(1, 13)}:{pick(60):02}, balance {pick(10**4)}.{number(2)} from "
            f"20{pick(10, 24)}-{pick(1, 13):02}-{pick(1, 29):02}, ZIP {number(5)}, card ending {number(4)}, XXXX XXXX {pick(9)}."
        )
        hits += [text] if redact(text, KINDS)[1] else []

    assert hits == []


@pytest.mark.skipif(not NARRATIVES.exists(), reason="../shared/data is not here")
def test_real_narratives_which_were_masked_at_their_source_lose_nothing():
    with gzip.open(NARRATIVES, "rt", encoding="utf-8", newline="") as lines:
        rows = [" ".join(row.values()) for row in csv.DictReader(lines)]

    assert len(rows) > 3_000
    assert [row for row in rows if redact(row, KINDS)[1]] == []
