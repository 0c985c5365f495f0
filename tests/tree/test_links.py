"""Links between the pages of the repository lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.tree.files import name, tracked

LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", tracked("*.md"), ids=name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and ":" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []
