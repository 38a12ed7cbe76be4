"""Plots: valid SVG that says what it shows, every value in it, nothing drawn of nothing."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from bot.reports.charts import NARROW, WIDE, Limit, Plot, Series, described, draw, number, ticks

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<b>&\"'</b>"


def plot(form: str = "columns", **values: object) -> Plot:
    labels = values.pop("labels", ["Jan", "Feb", "Mar"])
    series = values.pop("series", [Series("Rights", [3, 0, 5]), Series("Others", [1, 2, None])])
    return Plot("open", "Open by age", form, labels, series, "month", "Requests", **values)  # type: ignore[arg-type]


def drawn(made: Plot, width: int = WIDE) -> ET.Element:
    """The SVG, parsed as a browser would in XHTML; text is in a namespace only inside HTML."""
    return ET.fromstring(draw(made, width).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_a_plot_names_itself_and_describes_what_it_shows() -> None:
    """Title and description are tied to the picture, and say form, axes, least and greatest."""
    root = drawn(plot())
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Open by age"
    assert desc.text == (
        "Requests by month, stacked by Rights and Others. Least 2 (Feb), most 5 (Mar). "
        "The table beneath has every value."
    )


def test_every_value_is_told_where_it_is_drawn() -> None:
    """Each part carries its label, its series and its value with the unit."""
    told = {each.text for each in drawn(plot(unit=" h")).iter(f"{SVG}title")}
    assert {"Jan, Rights: 3 h", "Mar, Rights: 5 h", "Jan, Others: 1 h", "Feb, Others: 2 h"} <= told
    one = plot("steps", series=[Series("Rate", [50, None, 87.5])], unit=" %", top=100)
    assert {"Jan: 50 %", "Mar: 87.5 %"} <= {each.text for each in drawn(one).iter(f"{SVG}title")}


def test_a_step_line_breaks_where_there_is_no_value() -> None:
    """Two strokes around a gap, one without."""
    whole = draw(plot("steps", series=[Series("Rate", [1, 2, 3])]))
    gap = draw(plot("steps", series=[Series("Rate", [1, None, 3])]))
    assert (whole.count("M", whole.index('class="step"'), whole.index("<circle")), gap.count("<circle")) == (1, 2)
    assert gap[gap.index('class="step"') :].split('"/>')[0].count("M") == 2


def test_nothing_is_drawn_of_nothing() -> None:
    """No labels, no values, or only zeroes and gaps: the page says so in words instead."""
    for series in ([], [Series("a", [])], [Series("a", [0, None, 0])]):
        assert draw(plot(series=series)) == ""


def test_what_is_named_by_people_is_never_markup() -> None:
    """Labels and names with angle brackets and quotes stay text."""
    for form in ("columns", "bars", "steps"):
        root = drawn(plot(form, labels=[NASTY, "b", "c"], series=[Series(NASTY, [1, 2, 3])]))
        assert not list(root.iter(f"{SVG}b"))
        assert any(NASTY in (each.text or "") for each in root.iter(f"{SVG}title"))


def test_a_limit_is_drawn_with_its_words() -> None:
    """The line of 72 hours is inside the plot, also where every value is below it."""
    for form in ("columns", "bars", "steps"):
        made = plot(form, series=[Series("h", [1, 2, 3])], limit=Limit(72, "72 hours"))
        root = drawn(made)
        assert any(each.text == "72 hours" for each in root.iter(f"{SVG}text"))
        width = float(root.get("width") or 0)
        line = next(each for each in root.iter(f"{SVG}path") if each.get("class") == "limit")
        assert 0 < float((line.get("d") or "")[1:].split()[0]) < width


_VALUES = st.one_of(st.none(), st.floats(0, 1e7, allow_nan=False), st.integers(0, 10**9))


@given(
    st.sampled_from(["columns", "bars", "steps"]),
    st.integers(1, 60).flatmap(lambda n: st.lists(st.lists(_VALUES, min_size=n, max_size=n), min_size=1, max_size=6)),
    st.sampled_from([NARROW, WIDE]),
)
def test_any_numbers_make_a_picture_that_stays_in_its_frame(
    form: str, values: list[list[float | None]], width: int
) -> None:
    """Valid XML with all parts inside the picture, for any counts, widths and numbers of labels."""
    made = plot(form, labels=[f"Label {n}" for n in range(len(values[0]))], series=[Series("s", v) for v in values])
    if made.empty:
        assert draw(made, width) == ""
        return
    root = drawn(made, width)
    assert described(made)
    height = float(root.get("height") or 0)
    for box in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(box.get(name) or 0) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert x + wide <= width + 1
        assert y >= 0
        assert y + high <= height + 1


@given(st.floats(0, 1e12, allow_nan=False))
def test_an_axis_is_round_short_and_reaches_the_greatest(greatest: float) -> None:
    """From 0, evenly, at most a few ticks, and the last is not below the greatest value."""
    found = ticks(greatest)
    assert found[0] == 0
    assert found[-1] >= greatest * (1 - 1e-9)
    assert 2 <= len(found) <= 8


def test_numbers_are_written_for_people() -> None:
    """Thousands apart, no needless digits."""
    assert [number(value) for value in (0, 12, 1234.0, 87.25, 1_000_000)] == ["0", "12", "1,234", "87.2", "1,000,000"]
