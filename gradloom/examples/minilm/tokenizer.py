"""Sentences as rows of numbers: BERT's tokenizer for lower-case text, in plain Python.

Text is cleaned, freed of accents, put in lower case and cut at spaces and punctuation (each Chinese
character and each sign is a word by itself). Each word is then cut into the longest pieces that the
vocabulary has, from the left: WordPiece (Wu et al. 2016, section 4.1; Devlin et al. 2019).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gradloom.ir.errors import ArgumentError

Ints = NDArray[np.int64]

_SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LONGEST_WORD: Final = 100  # characters; a longer word is unknown, as in BERT's own tokenizer
_CHINESE: Final = re.compile(
    # The blocks of CJK ideographs that BERT's tokenizer names.
    "([\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002b73f\U0002b740-\U0002b81f"
    "\U0002b920-\U0002ceaf\uf900-\ufaff\U0002f800-\U0002fa1f])"
)
_SPLIT_SPECIAL: Final = re.compile("(" + "|".join(map(re.escape, _SPECIAL)) + ")")


class Tokenizer:
    """Numbers of the pieces of sentences, by a vocabulary that lists the pieces in order.

    >>> pieces = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##able", "!")
    >>> ids, mask = Tokenizer(pieces)(["Unable!", "Ünablé", "able"])
    >>> ids
    array([[2, 5, 6, 7, 3],
           [2, 5, 6, 3, 0],
           [2, 1, 3, 0, 0]])
    >>> mask.sum(axis=1)
    array([5, 4, 3])
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self._numbers: Final = {piece: number for number, piece in enumerate(pieces)}
        self.pieces: Final = tuple(pieces)
        missing = [name for name in _SPECIAL if name not in self._numbers]
        if missing:
            raise ArgumentError(f"Tokenizer: the vocabulary lacks {', '.join(missing)}")

    def __call__(
        self, sentences: Sequence[str], longest: int = 256, length: int | None = None
    ) -> tuple[Ints, Ints]:
        """`ids` and `mask` (1 where a piece is, 0 where padding is), each [sentences, length].

        A sentence is cut to `longest` pieces, its two marks at begin and end among them; 256 is
        what the model is published with. `length` is that of the longest sentence unless said.
        """
        if isinstance(sentences, str):
            raise ArgumentError(
                f"Tokenizer: one string {sentences[:40]!r} where a list of sentences is due",
                hint="put it in a list",
            )
        if longest < 2:
            raise ArgumentError(f"Tokenizer: longest={longest} leaves no room for the two marks")
        rows = [self._row(sentence, longest) for sentence in sentences]
        needed = max(map(len, rows), default=0)
        length = needed if length is None else length
        if length < needed:
            raise ArgumentError(
                f"Tokenizer: a sentence of {needed} pieces does not fit in length={length}",
                hint=f"give longest={length} as well, which cuts it",
            )
        ids = np.full((len(rows), length), self._numbers["[PAD]"], np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return ids, mask

    def _row(self, sentence: str, longest: int) -> list[int]:
        begin, end = self._numbers["[CLS]"], self._numbers["[SEP]"]
        return [begin, *self._pieces(sentence)[: longest - 2], end]

    def _pieces(self, sentence: str) -> list[int]:
        made: list[int] = []
        for part in _SPLIT_SPECIAL.split(sentence):
            if part in _SPECIAL:
                made.append(self._numbers[part])
                continue
            for word in words(part):
                made += self._cut(word)
        return made

    def _cut(self, word: str) -> list[int]:
        """The longest pieces from the left; the unknown one where they do not cover the word."""
        if len(word) > _LONGEST_WORD:
            return [self._numbers["[UNK]"]]
        made: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._numbers.get(mark + word[start:end])
                if number is not None:
                    break
            else:
                return [self._numbers["[UNK]"]]
            made.append(number)
            start = end
        return made


def words(text: str) -> Iterator[str]:
    """The words of a text in lower case without accents, each sign by itself.

    >>> list(words("Crème brûlée,\\t5€ — 你好"))
    ['creme', 'brulee', ',', '5€', '—', '你', '好']
    """
    cleaned = "".join(map(_cleaned, text))
    spread = unicodedata.normalize("NFD", _CHINESE.sub(r" \1 ", cleaned))
    # Letter by letter: str.lower() of a whole word writes its last sigma in another way.
    lower = (c.lower() for c in spread if unicodedata.category(c) != "Mn")
    for chunk in "".join(lower).split():
        yield from _apart(chunk)


def _cleaned(c: str) -> str:
    """A space for any kind of space, nothing for what cannot be seen, and others as they are."""
    if c in "\t\n\r":
        return " "
    kind = unicodedata.category(c)
    if c == "\ufffd" or kind in ("Cc", "Cf", "Co"):
        return ""
    return " " if kind.startswith("Z") else c


def _apart(chunk: str) -> Iterator[str]:
    start = 0
    for i, c in enumerate(chunk):
        if is_sign(c):
            if start < i:
                yield chunk[start:i]
            yield c
            start = i + 1
    if start < len(chunk):
        yield chunk[start:]


def is_sign(c: str) -> bool:
    """Whether a character is a word by itself: Unicode's punctuation and all of ASCII's signs."""
    return c in string.punctuation or unicodedata.category(c).startswith("P")
