"""The evidence graph as inline SVG: a column for each stage from signal to closure, what is missing as a dashed box in its column.

Put the drawing's geometry here. What a node is called belongs to ``registry/domain``; marks and colours are the template's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.domain.evidence_graph import Edge, EvidenceGraph, Gap, Node, NodeKind
from reports import wording
from reports.rendering import render_fragment

if TYPE_CHECKING:
    from markupsafe import Markup

_K = NodeKind
COLUMNS: tuple[tuple[NodeKind, ...], ...] = (
    (_K.SIGNAL, _K.IMPLICATED_VERSION),
    (_K.ISSUE, _K.REOPENING, _K.HOLD, _K.HOLD_RELEASE, _K.RISK_ACCEPTANCE, _K.RISK_APPROVAL),
    (_K.CLASSIFICATION, _K.SCOPE, _K.RECOVERY, _K.WAIVER, _K.WAIVER_APPROVAL, _K.CONTAINMENT),
    (_K.ROOT_CAUSE, _K.ELSEWHERE, _K.SAME_CAUSE),
    (_K.CORRECTIVE_ACTION, _K.PREVENTIVE_ACTION),
    (_K.RELEASE_APPROVAL, _K.CHANGE_REQUEST),
    (_K.ARTIFACT_VERSION,),
    (_K.RELEASE, _K.EVAL_RUN, _K.MONITORING_WINDOW, _K.CLOSURE_PROPOSAL, _K.CLOSURE_APPROVAL, _K.CLOSURE_MEMO, _K.REVIEW),
)
HEADINGS = ("Signals", "Issue", "Harm or control", "Cause", "Actions", "Approvals, changes", "Versions", "Release, proof")
KIND_WORDS = {_K.CLASSIFICATION: "severity", _K.IMPLICATED_VERSION: "version then", _K.ELSEWHERE: "may also be in", _K.EVAL_RUN: "proof"}
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _TOP, _EDGE = 138, 44, 28, 14, 34, 14
_MAX_SHOWN = 4  # signals and approvals beyond it are counted in one box
_TITLE_CHARS = 17


@dataclass(frozen=True, slots=True)
class Box:
    """One drawn node: where it stands, its two lines, its tooltip, the place in the page it leads to (empty: none), and its looks."""

    x: int
    y: int
    kind: str
    title: str
    tooltip: str
    anchor: str
    look: str


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What stands in a column: the ids of the nodes it is drawn for, and its box's words."""

    ids: tuple[str, ...]
    kind: str
    title: str
    tooltip: str
    anchor: str = ""
    look: str = ""


def graph_svg(graph: EvidenceGraph, gaps: Iterable[Gap], anchors: Mapping[str, str]) -> Markup:
    """Return the current part of ``graph`` as an accessible inline SVG; ``anchors`` leads from a node to its place in the page."""
    columns = [_column(graph, list(gaps), anchors, kinds) for kinds in COLUMNS]
    height = max(len(column) for column in columns) * (_HEIGHT + _DOWN)
    boxes: list[Box] = []
    places: dict[str, tuple[int, int]] = {}
    for number, column in enumerate(columns):
        x = _EDGE + number * (_WIDTH + _ACROSS)
        y = _TOP + (height - len(column) * (_HEIGHT + _DOWN)) // 2
        for drawn in column:
            boxes.append(Box(x, y, drawn.kind, drawn.title, drawn.tooltip, drawn.anchor, drawn.look))
            places |= dict.fromkeys(drawn.ids, (x, y))
            y += _HEIGHT + _DOWN
    paths = dict.fromkeys(_path(places, edge) for edge in graph.edges if edge.source in places and edge.target in places)
    return render_fragment(
        "graph.svg.j2",
        boxes=boxes,
        lines="".join(path for path in paths if path),
        headings=[(_EDGE + number * (_WIDTH + _ACROSS), heading) for number, heading in enumerate(HEADINGS)],
        width=2 * _EDGE + len(COLUMNS) * (_WIDTH + _ACROSS) - _ACROSS,
        height=_TOP + height,
        box=(_WIDTH, _HEIGHT),
        description=describe(graph, gaps),
    )


def describe(graph: EvidenceGraph, gaps: Iterable[Gap]) -> str:
    """Return what the drawing shows in words."""
    found = [f"{len(graph.of(kind))} {kind_word(kind)}" for kind in NodeKind if graph.of(kind)]
    missing = [kind_word(gap.kind) for gap in gaps]
    return f"{', '.join(found)}; missing: {', '.join(missing) or 'nothing'}"


def kind_word(kind: NodeKind) -> str:
    """Return what a kind of node is called."""
    return KIND_WORDS.get(kind, wording.spoken(kind.value).lower())


def _column(graph: EvidenceGraph, gaps: list[Gap], anchors: Mapping[str, str], kinds: tuple[NodeKind, ...]) -> list[_Drawn]:
    column: list[_Drawn] = []
    for kind in kinds:
        nodes = graph.of(kind)
        shown = nodes if len(nodes) <= _MAX_SHOWN else nodes[: _MAX_SHOWN - 1]
        column += [_drawn(node, anchors) for node in shown]
        if rest := nodes[len(shown) :]:
            column.append(_Drawn(tuple(node.node_id for node in rest), kind_word(kind), f"and {len(rest):,} more", ""))
        column += [
            _Drawn((), kind_word(kind), "missing", gap.reason, look="gap") for gap in gaps if gap.kind is kind and not _is_there(graph, gap)
        ]
    return column


def _is_there(graph: EvidenceGraph, gap: Gap) -> bool:
    """Whether the gap is about a node that is drawn already: it is only not sealed yet."""
    return any(node.node_id == gap.of and node.kind is gap.kind for node in graph.nodes)


def _drawn(node: Node, anchors: Mapping[str, str]) -> _Drawn:
    title = _short(node.detail if node.kind is _K.ISSUE else node.title, keeps_end=node.kind is _K.ARTIFACT_VERSION)
    look = "loud" if node.kind in (_K.HOLD,) or "break-glass" in node.detail else "root" if node.kind is _K.ISSUE else ""
    tooltip = f"{node.title}: {node.detail}" if node.detail else node.title
    return _Drawn((node.node_id,), _label(node), title, tooltip, anchors.get(node.node_id, ""), look)


def _short(name: str, *, keeps_end: bool) -> str:
    """Return as much of a name as fits in a box; of a version its end, which tells it from the others."""
    if len(name) <= _TITLE_CHARS:
        return name
    end = name[-(_TITLE_CHARS // 2) :].lstrip() if keeps_end else ""
    return name[: _TITLE_CHARS - 1 - len(end)].rstrip() + "\u2026" + end


def _label(node: Node) -> str:
    """Return the small line of a box: an approval says whether it was signed."""
    if node.kind not in (_K.RELEASE_APPROVAL, _K.RISK_APPROVAL, _K.WAIVER_APPROVAL, _K.CLOSURE_APPROVAL):
        return kind_word(node.kind)
    return "break-glass approval" if "break-glass" in node.detail else f"{node.detail.split(' as ')[0]} approval"


def _path(places: Mapping[str, tuple[int, int]], edge: Edge) -> str:
    """Return a line with a head from one box to another: on the right of the first, or down its left side within a column."""
    (x, y), (to_x, to_y) = places[edge.source], places[edge.target]
    y, to_y = y + _HEIGHT // 2, to_y + _HEIGHT // 2
    head = f"M{to_x} {to_y}l-6 -3v6z"
    if (x, y) == (to_x, to_y):
        return ""
    if to_x <= x:
        return f"M{x} {y}H{to_x - 9}V{to_y}H{to_x - 5}H{to_x - 9}V{y}z{head}"
    bend = to_x - _ACROSS // 2
    return f"M{x + _WIDTH} {y}H{bend}V{to_y}H{to_x - 5}H{bend}V{y}z{head}"
