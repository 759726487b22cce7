"""Structured identifiers: where in a text an e-mail address, account, card, social security number, IP address or phone number stands.

Put the pattern and the check digits of one kind here. Replacing them is ``checks/redaction.py``.

The rules, in the order the kinds are applied (characters taken by an earlier kind are not seen by a later one):
 * ``email``: a local part, an at sign and a domain with a dot.
 * ``iban``: two letters and two digits, as long as that country's accounts are, with a correct mod 97 check.
 * ``card``: 13 to 19 digits in one piece or in a card's groups, beginning with 2 to 6, with a correct Luhn check.
 * ``ssn``: three, two and four digits with one separator, or nine digits after the words; ranges never issued are left alone.
 * ``ip``: an IPv6 address that parses, or an IPv4 address of four octets.
 * ``phone``: North American in groups, or in one piece where area and exchange can exist; elsewhere with ``+``, ``00`` or a trunk ``0``.
Dates, amounts, version numbers and ``XXXX`` masks are none of these. Every pattern is bounded, so time is linear in the text;
patterns of numbers are tried only in the ``windows`` that ``checks/redaction.py`` finds worth it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv6Address

Span = tuple[int, int]

_DIGIT = re.compile("[0-9]")
_IPV4_HINT = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]")
_IPV6_HINT = re.compile(":[0-9A-Fa-f]{0,4}:")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=([A-Za-z]{2}[0-9]{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}))")
_CARD = re.compile(
    r"(?<![0-9])(?<![0-9][.,])(?:"
    r"(?P<short>[2-6][0-9]{3}(?P<gap>[ .\u00a0-]?)[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4})(?:(?P=gap)[0-9]{3})?"
    r"|3[0-9]{3}[ .\u00a0-]?[0-9]{6}[ .\u00a0-]?[0-9]{4,5}"
    r"|[2-6][0-9]{12,18})(?![0-9])"
)
_SSN = re.compile(
    r"(?<![0-9])(?<![0-9][-.])(?:(?!000|666)[0-8][0-9]{2}([- .])(?!00)[0-9]{2}|9[0-9]{2}([- .])[5-9][0-9])(?:\1|\2)(?!0000)[0-9]{4}"
    r"(?![0-9])(?![-.][0-9])"
    r"|(?i:(?<=ssn)|(?<=security)|(?<=security number)|(?<=security no)|(?<=tin))[ :#.]{0,4}(?:is )?(?P<bare>[0-9]{9})(?![0-9])"
)
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = re.compile(rf"(?<![0-9.vV])(?:{_OCTET}\.){{3}}{_OCTET}(?![0-9]|\.[0-9])")
_IPV6 = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{0,4})(?![0-9A-Za-z])")
_PHONE = re.compile(
    r"(?<![0-9A-Za-z+])(?<![0-9][-./,])(?:"
    r"\+1(?:[ ()./\u00a0-]{0,3}[0-9]){10}"
    r"|\+[2-9](?:[ ()./\u00a0-]{0,3}[0-9]){7,14}"
    r"|00[1-9][0-9]{0,2}(?:[ ()./-]{1,3}[0-9]{2,6}){2,5}"
    r"|(?:(?:001|1)[-. ]{0,3})?\([0-9]{3}\)[-. ]{0,3}[0-9]{3}[-. ]{0,3}[0-9]{4}"
    r"|(?:(?:001|1)[-. ]{1,3})?[0-9]{3}[-. /]{1,3}[0-9]{3}[-. ]{1,3}[0-9]{4}"
    r"|1?[2-9][0-9]{2}[2-9][0-9]{6}"
    r"|\(?0[1-9][0-9]{1,3}\)?[ /-][0-9]{3,4}[ -]?[0-9]{3,5}"
    r")(?![0-9])(?:[ ,]{0,2}(?:x|ext\.?|extension)[ .:]{0,2}[0-9]{1,6}(?![0-9]))?"
)
_COUNTRIES = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 "
    "FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 "
    "LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 "
)
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _COUNTRIES.split()}


def _matches(pattern: re.Pattern[str], text: str, windows: list[Span]) -> Iterator[re.Match[str]]:
    for start, end in windows:
        yield from pattern.finditer(text, start, end)


def _find_emails(text: str, _windows: list[Span]) -> Iterator[Span]:
    end, sign = 0, text.find("@")
    while sign >= 0:
        start = sign
        while start > max(end, sign - 64) and (text[start - 1].isalnum() or text[start - 1] in "._%+-'"):
            start -= 1
        domain = _DOMAIN.match(text, sign + 1)
        if domain and start < sign:
            end = domain.end()
            yield start, end
        sign = text.find("@", sign + 1)


def _find_ibans(text: str, windows: list[Span]) -> Iterator[Span]:
    end = 0
    for match in _matches(_IBAN, text, windows):
        start, length = match.start(), _IBAN_LENGTHS.get(match[1][:2].upper(), 0)
        places = [start + offset for offset, character in enumerate(match[1]) if character.isalnum()]
        if start < end or not 0 < length <= len(places) or text[places[length - 1] + 1 :][:1].isalnum():
            continue
        account = "".join(text[place] for place in places[:length])
        if int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1:
            end = places[length - 1] + 1
            yield start, end


def _find_cards(text: str, windows: list[Span]) -> Iterator[Span]:
    for start, stop in windows:
        match = _CARD.search(text, start, stop)
        while match:
            ends = (match.end(), match.end("short")) if match["gap"] else (match.end(),)
            end = next((end for end in ends if _passes_luhn(text[match.start() : end])), 0)
            if end:
                yield match.start(), end
            match = _CARD.search(text, end or match.start() + 1, stop)


def _passes_luhn(text: str) -> bool:
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _find_ssns(text: str, windows: list[Span]) -> Iterator[Span]:
    for match in _matches(_SSN, text, windows):
        yield match.span("bare") if match["bare"] else match.span()


def _find_ipv6(text: str, _windows: list[Span]) -> Iterator[Span]:
    for match in _IPV6.finditer(text) if _IPV6_HINT.search(text) else ():
        start, end = match.span()
        start += match[0].startswith(":") and not match[0].startswith("::")
        end -= match[0].endswith(":") and not match[0].endswith("::")
        if _DIGIT.search(text, start, end) and _is_ipv6(text[start:end]):
            yield start, end


def _find_ipv4(text: str, _windows: list[Span]) -> Iterator[Span]:
    return (match.span() for match in _IPV4.finditer(text)) if _IPV4_HINT.search(text) else iter(())


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _find_phones(text: str, windows: list[Span]) -> Iterator[Span]:
    return (match.span() for match in _matches(_PHONE, text, windows))


# In order of precedence; a kind with two patterns applies them in turn.
FINDERS: dict[str, tuple[Callable[[str, list[Span]], Iterator[Span]], ...]] = {
    "email": (_find_emails,),
    "iban": (_find_ibans,),
    "card": (_find_cards,),
    "ssn": (_find_ssns,),
    "ip": (_find_ipv6, _find_ipv4),
    "phone": (_find_phones,),
}
