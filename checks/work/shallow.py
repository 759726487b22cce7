"""Shallow statements: the better question behind "the model hallucinated" and its like.

Put here how a general statement is turned into a question that leads to a cause. The first topic that a statement touches is asked.
"""

from __future__ import annotations

from checks.work.wording import normalised

# Beginnings of words that touch a topic, and the question to answer instead.
_QUESTIONS = (
    (
        ("halluc", "halluz", "aluc", "invent", "fabricat", "confabul", "made up", "幻觉", "编造"),
        "say why the system let a claim without evidence reach the customer, "
        "like: the answer contract asks for no citation, so claims without a source passed the output check",
    ),
    (
        ("vendor", "supplier", "provider", "third part", "anbieter", "lieferant", "fournisseur", "proveedor", "fornitore", "供应商"),
        "say why contract, change notice and regression test did not cover it, "
        "like: the contract asks for no notice of model updates, and the nightly regression set has no Spanish cases",
    ),
    (
        ("polic", "rule", "regulat", "richtlinie", "politique", "norma", "政策"),
        "say why source owner, effective date and freshness gate did not act, "
        "like: the source registry holds no effective date, so the freshness gate could not see the replaced policy",
    ),
    (
        ("user", "customer", "client", "asked", "question", "nutzer", "kunde", "utilisateur", "usuario", "utente", "用户", "客户"),
        "say which intent, language or journey the evaluation does not cover, "
        "like: the evaluation set has no case of a joint account, although they are 8 % of the chats",
    ),
    (
        ("human", "staff", "employee", "agent", "review", "operator", "mensch", "mitarbeiter", "humain", "humano", "umano", "员工", "人工"),
        "say what in screen, procedure, training or supervision made people trust it, "
        "like: the screen hides the cited source behind two clicks, so reviewers of the night shift confirm without reading",
    ),
    (
        ("data", "daten", "donnée", "datos", "dati", "dados", "数据", "label", "input"),
        "say which data contract or field failed and why validation let it pass, "
        "like: the merchant code arrived empty after the mapping change, and the suite checks its type but not its share of blanks",
    ),
)


def better_question(statement: str, otherwise: str) -> str:
    """Return what to answer instead of ``statement``; ``otherwise`` where it touches no topic.

    >>> better_question("The data was wrong", "").partition(",")[0]
    'say which data contract or field failed and why validation let it pass'
    """
    said = f" {normalised(statement)}"
    return next((question for starts, question in _QUESTIONS if any(_begins(start, said) for start in starts)), otherwise)


def _begins(start: str, said: str) -> bool:
    return (f" {start}" if start.isascii() else start) in said
