"""The files of the repository, as the tests of the tree see them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tracked(*patterns: str) -> list[Path]:
    """Files that git tracks, or would if they were added, that match any of the patterns.

    A `*` matches any number of folders too; no pattern means every file.
    """
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = (ROOT / name for name in listing.stdout.split("\0") if name)
    return sorted({path for path in found if path.is_file()})


def name(path: Path) -> str:
    """The path as seen from the root: what a test is called by."""
    return path.relative_to(ROOT).as_posix()
