"""Structured personal data is found, counted and replaced; ordinary text is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.redaction import redact, redact_values, unknown_kinds
from tests.strategies import texts

KINDS = ("email", "phone", "card", "iban", "ssn", "ip")


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
        "me @ home, @handle, a@b, @bank.example",
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
    assert redact(text, KINDS) == ("[iban] [card] [ssn] [ip] [phone] [email]", dict.fromkeys(KINDS, 1))


def test_an_account_inside_another_account_is_one():
    assert redact("LC16 HEMM NO93 8601 1117 947 0 0010 0120.", ("iban",)) == ("[iban].", {"iban": 1})


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
