"""One spec a kind of chart, made with Altair once a build of the shared files; pages only add their numbers.

Colours and domains are words that begin with @: the page puts its own in their place before it draws, so one
spec serves every brand, both themes and every range. Specs hold no address and no expression of anybody's.
"""

import json
from typing import Any

Spec = dict[str, Any]
_FORBIDDEN_MARKS = frozenset(("image",))
_FORBIDDEN_KEYS = frozenset(("url", "href", "expr", "signal", "loader", "usermeta"))


def specs() -> dict[str, Spec]:
    """The specs by kind; ValueError if one could fetch or evaluate anything."""
    made = {"line": _line(), "bar": _bar(), "histogram": _histogram()}
    for kind, spec in made.items():
        if faults := sorted(forbidden(spec)):
            raise ValueError(f"the spec {kind} may not have {', '.join(faults)}")
    return made


def forbidden(spec: Any) -> set[str]:
    """What in a spec could reach outside or run."""
    if isinstance(spec, list):
        return set().union(*map(forbidden, spec)) if spec else set()
    if not isinstance(spec, dict):
        return set()
    mark = spec.get("mark")
    kind = mark.get("type") if isinstance(mark, dict) else mark
    here = {key for key in spec if key in _FORBIDDEN_KEYS}
    here |= {f"mark {kind}"} if kind in _FORBIDDEN_MARKS else set()
    return here.union(*(forbidden(value) for value in spec.values()))


def _x(alt: Any, name: str = "t") -> Any:
    # The marks and their words come with the numbers, as the customer's locale writes them.
    axis = alt.Axis(
        title=None,
        grid=False,
        labelFlush=True,
        labelOverlap=True,
        labelSeparation=10,
        labelPadding=6,
        ticks=False,
        labelExpr=_words_of("xlabels"),
    )
    return alt.X(f"{name}:T", axis=axis, scale=alt.Scale(type="utc", nice=False))


def _y(alt: Any, name: str = "v", scale: Any = None) -> Any:
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        labelPadding=8,
        labelOverlap=True,
        labelExpr=_words_of("ylabels"),
    )
    if scale is None:
        return alt.Y(f"{name}:Q", axis=axis)
    return alt.Y(f"{name}:Q", axis=axis, scale=scale)


def _words_of(labels: str) -> str:
    return f"{labels}[toNumber(datum.value)]"


def _tips(alt: Any) -> list[Any]:
    return [
        alt.Tooltip("label:N", title=" "),
        alt.Tooltip("text:N", title="@this"),
        alt.Tooltip("before:N", title="@before"),
    ]


def _weekends(alt: Any) -> Any:
    return (
        alt.Chart(alt.NamedData("weekends"))
        .mark_rect(color="@shade")
        .encode(
            x=_x(alt, "a"),
            x2="b:T",
        )
    )


def _scale(alt: Any) -> Any:
    return alt.Scale(domain=["@y0", "@y1"], nice=False)


def _target(alt: Any) -> Any:
    base = alt.Chart(alt.NamedData("target"))
    return base.mark_rule(color="@ink2", strokeDash=[4, 4], strokeWidth=1).encode(y=_y(alt, "v", _scale(alt)))


def _target_words(alt: Any) -> Any:
    """What the target is called: above the lines, on a little of the ground where one crosses it."""
    base = alt.Chart(alt.NamedData("target"))
    words = {"fontSize": 12}
    place = {"x": alt.value("width"), "y": _y(alt), "text": "label:N"}
    halo = base.mark_text(color="@surface", stroke="@surface", strokeWidth=6, strokeJoin="round", **words)
    return alt.layer(halo.encode(**place), base.mark_text(color="@ink2", **words).encode(**place))


def _line() -> Spec:
    import altair as alt

    base = alt.Chart(alt.NamedData("points")).encode(x=_x(alt), y=_y(alt))
    before = base.mark_line(color="@faint", strokeWidth=1.5).encode(y=_y(alt, "p"))
    area = base.mark_area(color="@accent", opacity=0.08, line=False).encode(y=_y(alt, "a"))
    line = base.mark_line(color="@accent", strokeWidth=2, strokeJoin="round", strokeCap="round").encode(
        y=_y(alt, "d")
    )
    rest = base.mark_line(color="@accent", strokeWidth=2, strokeDash=[2, 4], strokeCap="round").encode(
        y=_y(alt, "r")
    )
    alone = base.mark_point(color="@accent", filled=True, size=24, opacity=1).encode(y=_y(alt, "o"))
    near = alt.selection_point(on="pointerover", clear="pointerout", fields=["t"], empty=False, name="near")
    # A column for each bucket: whatever is pointed at, the bucket there is meant.
    catch = base.mark_rect(opacity=0).encode(
        x=_x(alt, "ca"), x2="cb:T", y=alt.value(0), y2=alt.value("height"), tooltip=_tips(alt)
    )
    catch = catch.add_params(near)
    rule = base.mark_rule(color="@ink2", strokeWidth=1).encode(
        y=alt.value(0), y2=alt.value("height"), opacity=alt.condition(near, alt.value(0.5), alt.value(0))
    )
    dot = base.mark_point(color="@accent", fill="@surface", size=48, strokeWidth=2).encode(
        opacity=alt.condition(near, alt.value(1), alt.value(0))
    )
    return _with_labels(
        alt.layer(
            _weekends(alt),
            area,
            _target(alt),
            before,
            line,
            rest,
            alone,
            _target_words(alt),
            rule,
            dot,
            catch,
        )
    )


def _bar() -> Spec:
    import altair as alt

    base = alt.Chart(alt.NamedData("points")).encode(x=_x(alt), y=_y(alt), tooltip=_tips(alt))
    before = base.mark_rect(color="@faint", opacity=0.55).encode(
        x=_x(alt, "pa"), x2="pb:T", y=_y(alt, "p"), y2=alt.datum(0)
    )
    bars = base.mark_rect(color="@accent", cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(
        x=_x(alt, "ba"), x2="bb:T", y=_y(alt, "d"), y2=alt.datum(0)
    )
    rest = base.mark_rect(color="@accent", fillOpacity=0.18, stroke="@accent", strokeDash=[3, 3]).encode(
        x=_x(alt, "ba"), x2="bb:T", y=_y(alt, "w"), y2=alt.datum(0)
    )
    catch = base.mark_rect(opacity=0).encode(x=_x(alt), x2="e:T", y=alt.value(0), y2=alt.value("height"))
    return _with_labels(
        alt.layer(_weekends(alt), before, bars, rest, _target(alt), _target_words(alt), catch)
    )


def _histogram() -> Spec:
    import altair as alt

    base = alt.Chart(alt.NamedData("points"))
    axis = alt.Axis(
        title="@unit", grid=False, ticks=False, tickCount=6, labelFlush=True, titleFontWeight="normal"
    )
    bars = base.mark_rect(color="@accent").encode(
        x=alt.X("a:Q", axis=axis, scale=alt.Scale(domain=["@x0", "@x1"], nice=False)),
        x2="b:Q",
        y=_y(alt, "v", _scale(alt)),
        y2=alt.datum(0),
        tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("text:N", title="Count")],
    )
    return _with_labels(bars)


def _with_labels(chart: Any) -> Spec:
    """With the places that a page fills in: marks of the axes and their words, and the end where a target is named."""
    plain = _spec(chart)
    labels = [{"name": name, "value": f"@{name}"} for name in ("xlabels", "ylabels")]
    plain["params"] = [*plain.get("params", []), *labels]
    _fill_in(plain)
    return plain


def _fill_in(spec: Any) -> None:
    for part in spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ():
        _fill_in(part)
    if not isinstance(spec, dict):
        return
    # Marks of time are set by the page: written here they would become expressions that give no times.
    if spec.get("labelExpr") == _words_of("ylabels"):
        spec["values"] = "@yticks"
    mark = spec.get("mark")
    if isinstance(mark, dict) and mark["type"] == "text":
        mark.update(align="@align", baseline="@baseline", dy="@dy")
        spec["encoding"]["x"] = {"value": "@end"}


def _spec(chart: Any) -> Spec:
    """The chart as plain values, as wide and high as the place it stands in."""
    plain: Spec = json.loads(chart.properties(width="container", height="container").to_json())
    plain.pop("$schema", None)
    plain.pop("config", None)
    plain["config"] = {
        "background": "transparent",
        "autosize": {"type": "fit", "contains": "padding"},
        "view": {"stroke": None},
        "font": "Inter, system-ui, sans-serif",
        "axis": {
            "labelColor": "@ink2",
            "labelFontSize": 12,
            "titleColor": "@ink2",
            "titleFontSize": 12,
            "gridColor": "@hair",
            "domainColor": "@hair",
        },
    }
    return plain
