"""The tokenizer cuts text as the model's own does."""

import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.examples.minilm import files
from gradloom.examples.minilm.tokenizer import Tokenizer, words
from tests.examples.minilm.small import needs_pretrained

HARD = (
    "", " ", "\t\n\r", "\x00\x0b\x85", "a\u200db", "a\ufffdb", "soft\u00adhyphen",
    "Crème Brûlée", "CAFÉ", "naïve Ångström", "cafe\u0301", "İstanbul", "ΑΣ ΟΔΥΣΣΕΥΣ", "straße",
    "ﬁne ligatures", "e=mc²", "½ + ¼", "你好世界", "日本語のテキスト", "한국어 문장", "नमस्ते",
    "Привет, мир!", "مرحبا", "ไทย", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469\u200d",
    "hello...world!!!", "don't can't l'été", "snake_case and-kebab", "$5.00 100% a@b.co #tag",
    "`~^|<>+=", "«quoted» „so“ – — …", "3,141.59", "antidisestablishmentarianism",
    "pneumonoultramicroscopicsilicovolcanoconiosis", "x" * 100, "x" * 101, "é" * 100 + " end",
    "[SEP] and [MASK] and [cls]", "a[SEP]b", "[ MASK ]", "word " * 300,
    "\u3000wide\u3000spaces\u2003", "𠀀𠀁", "ǅ ǈ", "ñ Ñ", "O\u0308sterreich", "ᾳ", "㋿", "Ω K Å",
)  # fmt: skip


@cache
def ours() -> Tokenizer:
    return Tokenizer(files.vocabulary())


@cache
def reference() -> Any:
    found = pytest.importorskip("tokenizers").Tokenizer.from_file(
        str(files.folder() / "tokenizer.json")
    )
    found.no_padding()
    found.enable_truncation(256)
    return found


def expect_the_same(text: str) -> None:
    ids, mask = ours()([text])
    assert mask.all()
    assert [ours().pieces[i] for i in ids[0]] == reference().encode(text).tokens


@needs_pretrained
@pytest.mark.parametrize("text", HARD, ids=lambda text: ascii(text)[:30])
def test_a_hard_text_is_cut_as_the_reference_does(text: str) -> None:
    expect_the_same(text)


# Later blocks have signs that are newer than the tables of the reference (Unicode 8).
letters = st.one_of(
    st.characters(max_codepoint=0x5FF, exclude_categories=("Cs",)),
    st.sampled_from("你好가\u0301\u200d\u3000𠀀’“—…ﬁ"),
)
pieces = st.one_of(st.text(letters), st.sampled_from(["[SEP]", "[MASK]", "[mask]", "x" * 99]))


@needs_pretrained
@given(st.lists(pieces, max_size=6).map("".join))
def test_any_text_of_long_known_letters_is_cut_as_the_reference_does(text: str) -> None:
    expect_the_same(text)


@needs_pretrained
def test_a_batch_is_padded_to_its_longest_sentence() -> None:
    ids, mask = ours()(["one two three", "one", ""])
    assert ids.shape == mask.shape == (3, 5)
    assert mask.sum(axis=1).tolist() == [5, 3, 2]
    assert not ids[mask == 0].any()
    assert ours()(["one"], length=8)[0].shape == (1, 8)
    assert ours()([])[0].shape == (0, 0)


@needs_pretrained
def test_a_long_sentence_keeps_its_marks_when_it_is_cut() -> None:
    ids, _ = ours()(["word " * 300], longest=6)
    assert [ours().pieces[i] for i in ids[0]] == ["[CLS]", *["word"] * 4, "[SEP]"]


def test_words_are_lower_case_without_accents_and_signs_stand_alone() -> None:
    assert list(words("Über-Größe?!")) == ["uber", "-", "große", "?", "!"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t("one string"), "one string 'one string' where a list of sentences is due"),
        (lambda t: t(["a"], longest=1), "longest=1 leaves no room for the two marks"),
        (lambda t: t(["a a a"], length=4), "a sentence of 5 pieces does not fit in length=4"),
    ],
)
def test_what_does_not_fit_is_told(call: Any, message: str) -> None:
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"])
    with pytest.raises(gl.GradloomError, match=re.escape(message)):
        call(tokenizer)


def test_a_vocabulary_without_the_marks_is_refused() -> None:
    with pytest.raises(gl.GradloomError, match=re.escape("lacks [CLS], [SEP], [MASK]")):
        Tokenizer(["[PAD]", "[UNK]", "a"])


def test_numbers_are_64_bit_integers() -> None:
    tokenizer = Tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    ids, mask = tokenizer(["?"])
    assert ids.dtype == mask.dtype == np.int64
    assert ids.tolist() == [[2, 1, 3]]
