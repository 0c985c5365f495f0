"""Some 260 sentences of all kinds: prose of this project and of its licence, the hard ones, and
those of the example.
"""

import re
from functools import cache

from gradloom.examples.sentence_embedding import QUESTIONS, TOPICS
from tests.examples.minilm.test_tokenizer import HARD
from tests.tree.files import ROOT

_PROSE = ("LICENSE", "docs/plain-python.md", "docs/cluster.md", "docs/nn.md")
_EACH = 45


@cache
def texts() -> tuple[str, ...]:
    """The sentences, each once."""
    made: list[str] = [*HARD, *QUESTIONS]
    made += [sentence for topic in TOPICS.values() for sentence in topic]
    for name in _PROSE:
        found = re.split(r"(?<=[.:;])\s+", (ROOT / name).read_text(encoding="utf-8"))
        made += [s.strip() for s in found if len(s) > 20][:_EACH]
    return tuple(dict.fromkeys(made))
