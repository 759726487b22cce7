"""Structured personal data is found, counted and replaced; ordinary text is left alone."""

from __future__ import annotations

import csv
import gzip
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.redaction import redact, redact_values, unknown_kinds
from tests.strategies import texts

KINDS = ("email", "phone", "card", "iban", "ssn", "ip")
NARRATIVES = Path(__file__).parents[2].parent / "shared/data/complaint_narratives_3947.csv.gz"


def test_an_empty_text_stays_empty():
    assert redact("", KINDS) == ("", {})


def test_without_kinds_nothing_is_taken_out():
    assert redact("ana@bank.example", ()) == ("ana@bank.example", {})


def test_an_unknown_kind_is_an_error_not_a_clean_text():
    with pytest.raises(ValueError, match="expected kinds among email, iban, card, ssn, ip, phone, found passport"):
        redact("nothing here", ("email", "passport"))
    assert unknown_kinds(("email", "passport")) == ("passport",)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to ana.o'neil+x@mail.bank.example, please", "write to [email], please"),
        ("bücher@bücher.example", "[email]"),
        ("a@b@c.example", "a@[email]"),
        ("a.b@x.example;c.d@y.example", "[email];[email]"),
        ("card 4111 1111 1111 1111.", "card [card]."),
        ("4111-1111-1111-1111 exp 12/25", "[card] exp 12/25"),
        ("4111111111111111", "[card]"),
        ("4111 1111 1111 1111 123", "[card] 123"),
        ("4000 0000 0000 0000 006", "[card]"),
        ("3782 822463 10005", "[card]"),
        ("30569309025904", "[card]"),
        ("5555 4111 1111 1111 1111", "5555 [card]"),
        ("GB82 WEST 1234 5698 7654 32 thanks", "[iban] thanks"),
        ("from BE68 5390 0754 7034 FROM me", "from [iban] FROM me"),
        ("de89370400440532013000", "[iban]"),
        ("MT84MALT011000012345MTLCAST001S", "[iban]"),
        ("ssn 123-45-6789", "ssn [ssn]"),
        ("123 45 6789", "[ssn]"),
        ("SSN: 123456789", "SSN: [ssn]"),
        ("my social security number is 123456789", "my social security number is [ssn]"),
        ("ITIN 912-78-1234", "ITIN [ssn]"),
        ("from 192.168.0.1:8080", "from [ip]:8080"),
        ("2001:db8::1, fe80::1%eth0", "[ip], [ip]%eth0"),
        ("ip:2001:db8::ff00:42:8329:", "ip:[ip]:"),
        ("::ffff:10.0.0.1", "[ip]"),
        ("call 212-555-0143", "call [phone]"),
        ("(212) 555-0143 ext. 12", "[phone]"),
        ("+1 212.555.0143x77", "[phone]"),
        ("001-212-555-0143", "[phone]"),
        ("2125550143 or 12125550143", "[phone] or [phone]"),
        ("+44 (0)20 7946 0958", "[phone]"),
        ("0044 20 7946 0958", "[phone]"),
        ("020 7946 0958, 07700 900123", "[phone], [phone]"),
        ("+49 30 123456", "[phone]"),
    ],
)
def test_each_form_is_replaced_by_its_kind_and_nothing_around_it(text, redacted):
    assert redact(text, KINDS)[0] == redacted


@pytest.mark.parametrize(
    "text",
    [
        "on 2020-10-15 and 12/31/2020, 31.12.2020 at 10:30:45",
        "they took $2,500.00, then 1.234.567,89 EUR and 10000000 points",
        "XXXX XXXX XXXX 1234, XXX-XX-6789, XX/XX/2020, XXX-XXX-4321",
        "4111 1111 1111 1112",  # Luhn fails
        "1111 1111 1111 1117",  # Luhn holds, no card begins with 1
        "GB83 WEST 1234 5698 7654 32",  # mod 97 fails
        "ZZ82 WEST 1234 5698 7654 32",  # no such country
        "GB82 WEST 1234 5698 7654 3",  # too short
        "000-12-3456 666-12-3456 123-00-4567 123-45-0000",  # never issued
        "1123-45-6789 and 123-45-67890",
        "account 123456789",  # nine digits without the words
        "version v1.2.3.4, build 10.0.19041.1, 256.1.1.1",
        "00:1a:2b:3c:4d:5e",
        "a :: b, std::vector",
        "ZIP 12345-6789, page 2 of 300, epoch 1602763200",
        "order 0123456789012345678901234567890",
        "me @ home, @handle, a@b",
        "1125550143",  # no area code begins with 1
        "complaint 3900001 about issue 17",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert redact(text, KINDS) == (text, {})


def test_only_the_kinds_asked_for_are_taken_out():
    text = "ana@bank.example 212-555-0143"

    assert redact(text, ("phone",)) == ("ana@bank.example [phone]", {"phone": 1})
    assert redact(text, ("email",)) == ("[email] 212-555-0143", {"email": 1})


def test_the_order_of_kinds_does_not_matter():
    text = "DE89 3704 0044 0532 0130 00 4111 1111 1111 1111 123-45-6789 10.0.0.1 212-555-0143 a@b.example"

    assert redact(text, KINDS) == redact(text, tuple(reversed(KINDS)))
    assert redact(text, KINDS)[1] == dict.fromkeys(KINDS, 1)


def test_long_and_short_texts_are_judged_alike():
    filler = "the bank did not answer. " * 40

    assert redact(f"{filler}call 212-555-0143", KINDS) == (f"{filler}call [phone]", {"phone": 1})


def test_the_counts_handed_out_are_the_callers_own():
    redact("212-555-0143", KINDS)[1]["phone"] = 99

    assert redact("212-555-0143", KINDS)[1] == {"phone": 1}


def test_values_are_redacted_each_and_counted_together():
    assert redact_values({}, KINDS) == ({}, {})
    assert redact_values({"a": "10.0.0.1", "b": "x", "c": "10.0.0.2 a@b.example"}, KINDS) == (
        {"a": "[ip]", "b": "x", "c": "[ip] [email]"},
        {"ip": 2, "email": 1},
    )


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


@pytest.mark.parametrize("unit", ["a", "1 ", "1-", "4111 ", "DE12 ", "a@a.example ", "@", "0:", "+1 2 ", "(212) ", "1.", "a.b-", "12"])
def test_time_grows_with_the_text_and_not_with_its_square(unit):
    """A pattern of quadratic time would keep this test busy for minutes instead of a fraction of a second."""
    redacted, counts = redact(unit * 30_000 + " end", KINDS)

    assert redacted.endswith(" end")
    assert all(count > 0 for count in counts.values())


@given(st.lists(texts, max_size=4).map(" ".join))
def test_redacting_twice_changes_nothing_more(text):
    once, _ = redact(text, KINDS)

    assert redact(once, KINDS) == (once, {})


@given(texts, texts)
def test_what_stands_around_an_address_stays(before, after):
    redacted, counts = redact(f"{before}\n ana@bank.example \n{after}", KINDS)

    assert "ana@" not in redacted
    assert counts["email"] >= 1
