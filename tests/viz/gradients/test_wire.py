"""Messages come as they went, and what is no message is told at once."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.gradients.wire import MOST_ARRAYS, Garbled, receive, send


def sent(head: dict[str, Any], **arrays: np.ndarray) -> bytes:
    pipe = io.BytesIO()
    send(pipe, head, arrays)
    return pipe.getvalue()


def test_messages_come_one_after_the_other_as_they_went() -> None:
    x = np.array([[np.nan, 1e300]])
    pipe = io.BytesIO(sent({"do": "compute", "text": "\u2028\0"}, input=x) + sent({}))
    head, arrays = receive(pipe)
    assert head == {"do": "compute", "text": "\u2028\0"}
    np.testing.assert_array_equal(arrays["input"], x)
    assert receive(pipe) == ({}, {})
    with pytest.raises(EOFError):
        receive(pipe)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_message_are_told(data: bytes) -> None:
    with pytest.raises((Garbled, EOFError)):
        receive(io.BytesIO(data))


def test_a_message_with_another_byte_is_read_or_told() -> None:
    whole = sent({"a": 1}, x=np.arange(3))
    for at in range(len(whole)):
        for byte in (0, 0x7B, 0xFF):
            changed = bytearray(whole)
            changed[at] = byte
            try:
                receive(io.BytesIO(changed))
            except (Garbled, EOFError):
                continue


def test_a_message_that_only_announces_its_size_is_not_waited_for() -> None:
    pipe = io.BytesIO(b"gl1\n" + struct.pack(">IQ", 2, MOST_ARRAYS + 1) + b"{}")
    with pytest.raises(Garbled, match="announced a message of"):
        receive(pipe)
    assert pipe.read() == b"{}"
    with pytest.raises(Garbled):
        receive(io.BytesIO(b"gl1\n" + struct.pack(">IQ", 2, 0) + b"[]"))
    with pytest.raises(EOFError):  # nothing is allocated for what never comes
        receive(io.BytesIO(b"gl1\n" + struct.pack(">IQ", 2, MOST_ARRAYS) + b"{}"))
