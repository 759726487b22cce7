"""What customers and staff write in the demonstration: invented, generic sentences, some with personal data that must not stay.

Put texts here. Names, banks and places are invented or left out; addresses, numbers and cards are reserved for documentation and tests.
"""

from __future__ import annotations

import random

_OPENINGS = {
    "Card declined": ("My card was refused at the till although there was money on it.", "Three shops refused my card in one day."),
    "Payment held": ("A transfer to my landlord has been held since yesterday.", "The payment is on hold and nobody says for how long."),
    "Card alert late": ("The text message about a payment came hours after it.", "I was warned the next day, which is no use."),
    "Loan refused without a reason": (
        "My loan was refused and the letter gives no reason.",
        "The refusal says 'insufficient score' and no more.",
    ),
    "Statement wording unclear": (
        "I do not understand the new paragraph of my statement.",
        "The wording about interest reads like a riddle.",
    ),
    "Refusal appealed": ("I ask you to look at my application again.", "The income in my file is out of date; please decide again."),
    "Sent to the wrong team": ("I wrote about my card and the mortgage desk answered.", "I have now explained this to three teams."),
    "Reply took too long": ("Two weeks without an answer.", "I was promised a reply within five days."),
    "Answered in the wrong language": (
        "I wrote in Spanish and was answered in English.",
        "The answer came in a language that I cannot read.",
    ),
    "Payment asked about twice": (
        "I confirmed the payment and was asked again an hour later.",
        "Two messages about one purchase, both wanted a yes.",
    ),
    "Shown data of another customer": ("The answer to my complaint quoted another customer's account.",),
}
_DETAILS = (
    "It happened while travelling.",
    "I had to borrow money that day.",
    "Your branch could not help.",
    "I have been a customer for nine years.",
    "Please correct this.",
    "A clerk said that the computer decides.",
)
_PERSONAL = (
    "Write to customer{n}@mail.example.",
    "Call me on 202-555-01{n:02d} after six.",
    "The card is 4111 1111 1111 1111.",
    "My account is DE89 3704 0044 0532 0130 00.",
    "My social security number is 123-45-6789.",
    "I was on the site from 192.0.2.{n}.",
)
PERSONAL_SHARE = 0.15


def narrative(symptom: str, chance: random.Random) -> str:
    """Return a customer's text about ``symptom``; about one in seven holds a piece of structured personal data."""
    parts = [chance.choice(_OPENINGS.get(symptom, (f"{symptom}.",))), chance.choice(_DETAILS)]
    if chance.random() < PERSONAL_SHARE:
        parts.append(chance.choice(_PERSONAL).format(n=chance.randint(10, 99)))
    return " ".join(parts)
