"""The widget's modules become one script."""

from __future__ import annotations

import re

import pytest

from channels.webchat import joining
from channels.webchat.joining import BadModule, joined

GIVEN = {"given": frozenset({"SCRIPT"})}


def test_modules_come_after_what_they_need_each_once_and_in_a_scope_of_their_own() -> None:
    """Two modules may use one name inside; what is imported is handed over by its own."""
    sources = {
        "start": 'import { b } from "./b.js";\nimport { a } from "./a.js";\n\nconst mine = a + b;\nreport(mine);\n',
        "b": 'import { a } from "./a.js";\n\n// A remark.\nconst mine = 1;\nexport const b = a + mine;\n',
        "a": 'import { SCRIPT } from "./given.js";\n\n/** What it is. */\nexport const a = SCRIPT;\n',
    }
    scopes = joined(sources, "start", GIVEN)
    assert [re.findall(r"^const \$(\w+)", scope) for scope in scopes] == [["a"], ["b"], ["start"]]
    assert (
        scopes[1]
        == "const $b = (() => {\nconst { a } = $a;\nconst mine = 1;\nconst b = a + mine;\nreturn { b };\n})();"
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('import { c } from "./b.js";', "start.js: b.js exports no c."),
        ('import { c } from "./none.js";', "none.js: there is no such file."),
        ('import { x } from "./circle.js";', "circle.js: imports itself by a circle."),
        ('import whole from "./b.js";', "start.js: this form can't be joined: import whole"),
        ("export default 1;", "start.js: this form can't be joined: export default"),
        ("export let changes = 1;", "start.js: this form can't be joined: export let"),
    ],
)
def test_what_can_not_be_joined_names_its_file_and_why(source: str, text: str) -> None:
    """The desk says at its start what is wrong with a changed widget, and serves none that is broken."""
    sources = {"start": source, "b": "export const b = 1;", "circle": 'import { x } from "./circle.js";'}
    with pytest.raises(BadModule, match=re.escape(text)):
        joined(sources, "start", GIVEN)


def test_the_whole_script_is_whole() -> None:
    """Every module is in it, no import or export is left, and neither remarks nor the look's newlines travel."""
    script = joining.script()
    for path in (joining.STATIC / "widget").glob("*.js"):
        assert script.count(f"const ${path.stem} = ") == 1
    body = script.partition("*/")[2]
    assert not re.search(r"^\s*(import|export|//|/\*)", body, re.MULTILINE)
    assert "\\n" not in re.search(r'CSS: "(.*?[^\\])"', body).group(1)  # type: ignore[union-attr]
