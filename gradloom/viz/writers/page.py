"""Pages: one HTML file each, with all that it needs inside; no server, nothing from the network."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

from gradloom.viz.writers.svg import escaped, variables

_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
"""What a page may load: nothing. Its own script and style stand inside."""


def page(
    title: str,
    body: str,
    data: Any,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
    theme: str = "auto",
    connects: str = "",
) -> str:
    """A page that shows `data` (of numbers, text, lists and dicts) in `body` (HTML).

    `scripts` and `styles` name files in gradloom/viz/web, which come after those that all pages
    share (base.js, base.css). `base.js` gives the scripts the data as `gradloom.data`. `theme` is
    "light", "dark" or "auto" (the reader's). `connects` is where a page with a server may call.
    """
    policy = f"{_POLICY}; connect-src {connects}" if connects else _POLICY
    fixed = f' data-theme="{escaped(theme)}"' if theme != "auto" else ""
    style = "\n".join(_web(name) for name in ("base.css", *styles))
    script = "\n".join(f"<script>\n{_web(name)}\n</script>" for name in ("base.js", *scripts))
    return f"""<!doctype html>
<html lang="en"{fixed}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gradloom">
<title>{escaped(title)}</title>
<style>
{variables()}
{style}
</style>
</head>
<body>
{body}
<script type="application/json" id="data">{embedded(data)}</script>
{script}
</body>
</html>
"""


def embedded(data: Any) -> str:
    """The data as JSON that may stand inside a script element: no text in it ends the element.

    Numbers that JSON has no word for are the texts "NaN", "Infinity" and "-Infinity".

    >>> embedded({"name": "</script>", "norm": float("inf")})
    '{"name":"\\\\u003c/script\\\\u003e","norm":"Infinity"}'
    """
    write = functools.partial(json.dumps, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    try:
        text = write(data)
    except ValueError:  # seldom; going through millions of numbers takes seconds
        text = write(_finite(data))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        if data != data:
            return "NaN"
        return data if abs(data) != float("inf") else "Infinity" if data > 0 else "-Infinity"
    if isinstance(data, dict):
        return {str(key): _finite(x) for key, x in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(x) for x in data]
    return data


@functools.cache
def _web(name: str) -> str:
    return files("gradloom.viz").joinpath("web", name).read_text(encoding="utf-8")
