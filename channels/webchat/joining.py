"""The widget's modules as one script: each keeps a scope of its own, and what it imports is handed to it. Pure but for
the reading.

The modules are ES modules of a narrow kind, so that editors and people read them as such and no build step is needed:
`import { a, b } from "./other.js";` on one line, `export const`, no default, nothing renamed, no circle. `given.js` is
none of the files: it stands for what only the served script has, its own element, the English words, and the look.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

STATIC = Path(__file__).with_name("static")

HEAD = """/*! Privacy Desk: the chat for any page. Apache-2.0
 *
 *   <script src="https://desk.example/chat/widget.js" data-site="iomart" defer></script>
 *
 * No cookie; nothing is stored before the first message, and then only this tab's session. Text from the network only
 * ever becomes text nodes. Works under a strict Content-Security-Policy. The source is channels/webchat/static/widget.
 */"""

_IMPORT = re.compile(r'^import \{ ([^}]*) \} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(import|export)\b.*$", re.MULTILINE)
_REMARK = re.compile(r"^\s*(//.*|/\*[\s\S]*?\*/)\n|(?<=[;{,]) // .*", re.MULTILINE)
_INDENT = re.compile(r"^\s+", re.MULTILINE)
_CSS_SPACE = re.compile(r"(?<=[:;,{}])\s+|\s+(?=[{}])")


class BadModule(Exception):
    """A module of another kind than those that can be joined; the text names it and the line."""


def script(folder: Path = STATIC) -> str:
    """The whole widget, from `start.js` and all that it imports. Raises BadModule."""
    sources = {path.stem: path.read_text() for path in (folder / "widget").glob("*.js")}
    english = json.dumps(json.loads((folder / "lang" / "en.json").read_text()), ensure_ascii=False)
    look = json.dumps(_CSS_SPACE.sub("", _shorter((folder / "widget" / "widget.css").read_text())), ensure_ascii=False)
    given = f"({{ SCRIPT, ENGLISH: {english}, CSS: {look} }})"
    return "\n".join([
        HEAD,
        '(() => {\n"use strict";',
        "const SCRIPT = document.currentScript;",
        "if (!SCRIPT || window.PrivacyDesk) return;",
        f"const $given = {given};",
        *joined(sources, "start", {"given": frozenset({"SCRIPT", "ENGLISH", "CSS"})}),
        "})();\n",
    ])  # fmt: skip


def joined(sources: dict[str, str], start: str, given: dict[str, frozenset[str]]) -> list[str]:
    """The modules from the first that needs no other to `start`. Raises BadModule."""
    exports = dict(given)
    scopes: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in exports:
            return
        if name in above or name not in sources:
            raise BadModule(
                f"{name}.js: " + ("imports itself by a circle." if name in above else "there is no such file.")
            )
        source = sources[name]
        for names, other in _IMPORT.findall(source):
            visit(other, (*above, name))
            if missing := set(names.split(", ")) - exports[other]:
                raise BadModule(f"{name}.js: {other}.js exports no {', '.join(sorted(missing))}.")
        exports[name] = frozenset(_EXPORT.findall(source))
        scopes.append(_scope(name, source, exports[name]))

    visit(start, ())
    return scopes


def _scope(name: str, source: str, exports: frozenset[str]) -> str:
    """One module as a function's scope that returns what it exports."""
    body = _EXPORT.sub("", _IMPORT.sub(r"const { \1 } = $\2;", source))
    if left := _OTHER.search(body):
        raise BadModule(f"{name}.js: this form can't be joined: {left.group()}")
    return f"const ${name} = (() => {{\n{_shorter(body)}\nreturn {{ {', '.join(sorted(exports))} }};\n}})();"


def _shorter(text: str) -> str:
    """Without the remarks that have lines of their own and without indents: they are for who reads the source."""
    return _INDENT.sub("", _REMARK.sub("", text)).strip()
