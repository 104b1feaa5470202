"""A page of the manual as rich text in the colours of the window; links to other pages read `block:Name`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from blocks.block import Port
from blocks.catalogue import CATALOGUE
from blocks.setting import Setting
from blocks.shape import dotted
from designer import numbers
from designer.theme import Theme, fonts
from runtime.manual import ManualPage, Reference, holds, settings_told

WIDTH = 720  # px of a page
BLOCK = "block:"  # before the name of the block to which a link leads
# Names that are no ordinary words: those with a digit or a capital inside.
_NAMES = re.compile(r"\b[A-Z][a-z0-9]*(?:[A-Z][A-Za-z0-9]*|[123]d)\b|\b[A-Z]{3,}\b")


def page_html(page: ManualPage, theme: Theme, pictures: Sequence[tuple[str, str, int, int]]) -> str:
    """The whole page; `pictures` are what they show, and the name and size (px) of each, as the document knows them."""
    first, *rest = page.paragraphs
    parts = [
        f'<p style="{_size(1.6)}; font-weight:600; margin:0">{html.escape(page.kind.label())}</p>',
        _muted(_whence(page), theme, "margin:2px 0 18px 0"),
        f'<p style="{_size(1.08)}; margin:0 0 10px 0">{linked(first, page.name)}</p>',
        *(f'<p style="margin:0 0 10px 0">{linked(told, page.name)}</p>' for told in rest),
        _formula(page.kind.formula, theme),
        *(_picture(*picture, theme) for picture in pictures),
        _ports(page, theme),
        _settings(page.settings, theme),
        _worked(page, theme),
        _references(page.references, theme),
        _related(page, theme),
    ]
    body = f"color:{theme.text}; {_size(1.0)}; line-height:140%"
    style = f"a {{ color: {theme.accent_text}; text-decoration: none }}"
    return f'<html><head><style>{style}</style></head><body style="{body}">{"".join(parts)}</body></html>'


def contents_html(theme: Theme, count: int) -> str:
    """What stands there before a block is chosen."""
    headings: dict[str, list[str]] = {}
    for kind in CATALOGUE:
        headings.setdefault(kind.category, []).append(kind.kind())
    told = "Choose one at the left, or search by name, setting or word. F1 on a selected node leads to its page."
    lines = [f'<p style="{_size(1.6)}; font-weight:600; margin:0">{count:,} blocks</p>']
    lines.append(_muted(html.escape(told), theme, "margin:2px 0 18px 0"))
    for heading, names in headings.items():
        lines.append(_heading(heading, theme) + f"<p style='margin:0'>{_links(names)}</p>")
    style = f"a {{ color: {theme.accent_text}; text-decoration: none }}"
    body = f'<body style="color:{theme.text}; {_size(1.0)}; line-height:150%">{"".join(lines)}</body>'
    return f"<html><head><style>{style}</style></head>{body}</html>"


def linked(text: str, own: str = "") -> str:
    """A text as rich text in which names of other blocks are links."""

    def link(found: re.Match[str]) -> str:
        name = found[0]
        return _link(name) if name in CATALOGUE and name != own else name

    return _NAMES.sub(link, html.escape(text, quote=False))


def _link(name: str) -> str:
    return f'<a href="{BLOCK}{name}">{name}</a>'


def _links(names: Iterable[str]) -> str:
    return "&nbsp;&nbsp; ".join(map(_link, names))


def _size(times: float) -> str:
    return f"font-size:{fonts().body.pointSizeF() * times:.2f}pt"


def _muted(told: str, theme: Theme, style: str = "margin:0") -> str:
    return f'<p style="color:{theme.muted}; {style}">{told}</p>'


def _heading(words: str, theme: Theme) -> str:
    return f'<p style="color:{theme.hint}; {_size(0.92)}; font-weight:600; margin:20px 0 6px 0">{words.upper()}</p>'


def _whence(page: ManualPage) -> str:
    kind = page.kind
    parts = [kind.kind()] if kind.label() != kind.kind() else []
    parts += [kind.category, *(["made of other blocks"] if kind.composite else [])]
    parts += [f"from the package {kind.package}"] if kind.package else []
    return html.escape(" · ".join(parts))


def _boxed(inner: str, theme: Theme) -> str:
    """Text on an inset ground over the whole width."""
    return (
        f'<table width="100%" cellpadding="10" cellspacing="0" style="background-color:{theme.inset};'
        f' border:1px solid {theme.line}; border-collapse:collapse; margin:6px 0"><tr><td>{inner}</td></tr></table>'
    )


def _code(text: str) -> str:
    family = html.escape(fonts().code.family())
    return f"<pre style=\"font-family:'{family}'; {_size(0.92)}; margin:0\">{html.escape(text.rstrip())}</pre>"


def _formula(formula: str, theme: Theme) -> str:
    return _boxed(f'<span style="{_size(1.08)}">{html.escape(formula)}</span>', theme) if formula else ""


def _ports(page: ManualPage, theme: Theme) -> str:
    told = (("Takes", page.kind.inputs), ("Gives", page.kind.outputs))
    rows = [_port(label, port, theme) for label, ports in told for port in ports]
    return _heading("Ports", theme) + _rows(rows) if rows else ""


def _port(label: str, port: Port, theme: Theme) -> str:
    extras = [word for word, yes in (("any number of wires", port.many), ("may stay empty", port.optional)) if yes]
    told = ", ".join([holds(port), *extras]) + (f". {port.doc}" if port.doc else "")
    return _row(f'<span style="color:{theme.muted}">{label}</span> {html.escape(port.name)}', html.escape(told))


def _settings(settings: Sequence[Setting], theme: Theme) -> str:
    if not settings:
        return ""
    return _heading("Settings", theme) + _rows([_setting(setting, theme) for setting in settings])


def _setting(setting: Setting, theme: Theme) -> str:
    default = setting.show(setting.default) or "none"
    unit = f" {setting.unit}" if setting.unit and default[0].isdigit() else ""
    told = f"Takes {setting.expected}; {default}{unit} where nothing is said."
    about = f'{linked(setting.doc)}<br><span style="color:{theme.muted}">{html.escape(told)}</span>'
    return _row(f"<b>{html.escape(setting.name)}</b>", about)


def _row(name: str, about: str) -> str:
    return f'<tr><td width="150" style="padding:3px 12px 3px 0">{name}</td><td style="padding:3px 0">{about}</td></tr>'


def _rows(rows: Sequence[str]) -> str:
    above = '<tr><td style="font-size:2pt">&nbsp;</td></tr>'  # a margin between words and a table is not kept
    return f'<table width="100%" cellpadding="0" cellspacing="0">{above}{"".join(rows)}</table>'


def _picture(title: str, name: str, width: int, height: int, theme: Theme) -> str:
    image = f'<p style="margin:4px 0"><img src="{name}" width="{width}" height="{height}"></p>'
    return _heading(title, theme) + image


def _worked(page: ManualPage, theme: Theme) -> str:
    example = page.example
    if example is None:
        return ""
    given = ", ".join(dotted(shape.sizes) for shape in example.inputs) or "nothing"
    left = ", ".join(dotted(shape.sizes) for shape in example.row.outputs if shape is not None) or "nothing"
    counts = f"{numbers.whole(example.row.parameters)} parameters · {numbers.short(example.row.macs)} MACs, computed"
    told = f"{html.escape(settings_told(example))} &nbsp; {given} → {left}"
    facts = f'<p style="margin:0">{told}</p>{_muted(counts, theme, "margin:2px 0 6px 0")}'
    return _heading("Worked example", theme) + facts + _boxed(_code(page.code), theme)


def _references(references: Sequence[Reference], theme: Theme) -> str:
    words = {"paper": "Paper", "torch": "PyTorch", "page": "Page"}
    rows = [_row(f'<span style="color:{theme.muted}">{words[r.sort]}</span>', _reference(r)) for r in references]
    return _heading("Read more", theme) + _rows(rows) if rows else ""


def _reference(reference: Reference) -> str:
    title = html.escape(reference.title)
    return f'<a href="{html.escape(reference.url)}">{title}</a>' if reference.url else title


def _related(page: ManualPage, theme: Theme) -> str:
    near = page.related
    told = (
        ("Other axes", near.same),
        ("Made of", near.parts),
        ("Is inside", near.users),
        ("Like it", near.alike),
    )
    rows = [_row(f'<span style="color:{theme.muted}">{label}</span>', _links(names)) for label, names in told if names]
    return _heading("Related blocks", theme) + _rows(rows) if rows else ""
