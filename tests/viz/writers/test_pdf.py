"""A PDF is one page of the drawing's size, with its texts as texts."""

import re
import zlib

import pytest

from gradloom.viz.drawing import Drawing, Text
from gradloom.viz.palette import DARK
from gradloom.viz.writers.pdf import pdf
from tests.viz.writers.drawings import EVERYTHING

pytest.importorskip("reportlab", reason="no ReportLab here: no PDFs are written")


def pages(data: bytes) -> list[bytes]:
    return re.findall(rb"/Type /Page\b(?!s)", data)


def streams(data: bytes) -> list[bytes]:
    """What stands in the file's streams, unpacked where they are packed."""
    import base64

    found = []
    for raw in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        text = raw.strip()
        try:
            plain = base64.a85decode(text, adobe=text.endswith(b"~>") and text.startswith(b"<~"))
        except ValueError:
            plain = text
        if text.endswith(b"~>") and not text.startswith(b"<~"):
            plain = base64.a85decode(b"<~" + text, adobe=True)
        try:
            found.append(zlib.decompress(plain))
        except zlib.error:
            found.append(plain)
    return found


def test_it_is_one_page_of_the_drawings_size_in_points() -> None:
    data = pdf(EVERYTHING)
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert len(pages(data)) == 1
    (box,) = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", data)
    assert [float(x) for x in box] == [150, 90]


def test_its_title_and_description_stand_in_the_file() -> None:
    data = pdf(EVERYTHING)
    assert b"All shapes" in data
    assert b"one of each" in data


def test_every_text_is_drawn_as_a_text_and_shapes_as_paths() -> None:
    page = max(streams(pdf(EVERYTHING)), key=lambda s: s.count(b"Tj"))
    assert page.count(b"Tj") >= 2
    assert b" re" in page or b" l" in page
    assert page.count(b" c\n") + page.count(b" c ") >= 4  # a disc is four curves


def test_the_same_drawing_is_the_same_file() -> None:
    assert pdf(EVERYTHING) == pdf(EVERYTHING)
    assert pdf(EVERYTHING) != pdf(EVERYTHING, DARK)


def test_a_drawing_too_long_for_a_page_is_made_smaller() -> None:
    data = pdf(Drawing(100_000, 100, (Text(5, 50, "long"),)))
    (box,) = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", data)
    assert float(box[0]) == pytest.approx(14_400)


@pytest.mark.parametrize("text", ["", "∇ loss → 日本", "\n\t\x00", "\U0001f600", "a" * 5000])
def test_any_text_is_written(text: str) -> None:
    assert pdf(Drawing(100, 40, (Text(5, 20, text),))).startswith(b"%PDF")
