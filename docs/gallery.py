"""Makes the pictures of docs/gallery.md: runs the page's programs, takes screenshots of its pages.

    python docs/gallery.py [FOLDER]

The folder is docs/gallery without an argument. A picture `NAME.png` of the page that no program
writes is a screenshot of `NAME.html`, which one does; without chromium and Playwright it is left as
it is, and that is told.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

PAGE = Path(__file__).with_name("gallery.md")
_FENCE = re.compile(r"^```python([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"!\[([^\]]*)\]\(gallery/([\w.-]+)\)")
_LARGE = 1280, 800


def pictures() -> dict[str, str]:
    """The page's pictures by name, with what they show."""
    text = PAGE.read_text(encoding="utf-8")
    return {name: " ".join(alt.split()) for alt, name in _PICTURE.findall(text)}


def programs() -> list[tuple[str, str]]:
    """The page's programs in order, with the names of their files."""
    found = []
    for i, (words, text) in enumerate(_FENCE.findall(PAGE.read_text(encoding="utf-8"))):
        names = [word for word in words.split() if word.endswith(".py")]
        found.append((names[0] if names else f"example{i}.py", text))
    return found


def run(folder: Path, console: Console) -> None:
    """Run the programs in a folder, one namespace for all."""
    namespace: dict[str, Any] = {"__name__": "page"}
    before = Path.cwd()
    os.chdir(folder)
    try:
        for name, text in track(
            programs(), "drawing", console=console, disable=not console.is_terminal
        ):
            Path(name).write_text(text, encoding="utf-8")  # lines in pictures show their source
            exec(compile(text, str(folder / name), "exec"), namespace)
    finally:
        os.chdir(before)


def photographed(page: Path, picture: Path) -> bool:
    """Whether a screenshot of a page could be taken."""
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return False
    if program is None:
        return False
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=program, args=["--no-sandbox"])
        width, height = _LARGE
        shown = browser.new_page(viewport={"width": width, "height": height})
        shown.goto(page.as_uri())
        shown.wait_for_timeout(500)
        shown.screenshot(path=str(picture))
        browser.close()
    return True


def main(target: Path) -> None:
    """Make all pictures, and put them where they belong."""
    console = Console(stderr=True)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gallery-") as name:
        folder = Path(name)
        run(folder, console)
        for picture in pictures():
            made = folder / picture
            page = made.with_suffix(".html")
            if not made.exists() and not photographed(page, made):
                console.print(f"{picture} is a screenshot: it needs chromium and Playwright")
                continue
            shutil.copyfile(made, target / picture)
            print(f"{picture}: {made.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE.with_suffix(""))
