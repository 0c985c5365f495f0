"""What the page is told is what happened."""

import json

import pytest

from gradloom.viz.timelines.pages import data, html
from gradloom.viz.writers.page import embedded
from tests.viz.timelines.runs import HOSTILE, busy, one_call, run, timeline


def test_the_columns_tell_every_event_once() -> None:
    made = timeline(busy(3, 500))
    told = data(made)
    bars, marks, texts = told["bars"], told["marks"], told["texts"]
    assert {len(x) for name, x in bars.items() if name != "shares"} == {len(made.bars)}
    assert {len(x) for x in marks.values()} == {len(made.marks)}
    for i, bar in enumerate(made.bars):
        event = bar.event
        assert texts[bars["kind"][i]] == event.kind
        assert texts[bars["command"][i]] == event.command
        assert told["owners"][told["lanes"][bars["lane"][i]]["owner"]]["name"] == event.who
        assert bars["start"][i] / 1e6 + told["zero"] == pytest.approx(event.start, abs=1e-6)
        assert bars["end"][i] - bars["start"][i] == pytest.approx(
            (event.end - event.start) * 1e6, abs=0.21
        )
        shares = bars["shares"][bars["parts"][i]]
        assert [told["kinds"][k]["name"] for k, _ in shares] == [k for k, _ in bar.parts]


def test_a_call_its_message_and_its_run_have_one_flow() -> None:
    told = data(timeline(one_call()))
    flows = [
        flow
        for table, key in (("bars", "kind"), ("marks", "sign"))
        for flow, kind in zip(told[table]["flow"], told[table][key], strict=True)
        if told["texts"][kind] in ("call", "handle", "run")
    ]
    assert len(flows) == 3
    assert len(set(flows)) == 1


def test_bars_come_lane_by_lane_in_the_order_of_their_starts() -> None:
    bars = data(timeline(busy(3, 500)))["bars"]
    order = list(zip(bars["lane"], bars["start"], strict=True))
    assert order == sorted(order)


def test_the_data_are_json_and_hostile_names_stay_texts() -> None:
    made = timeline([run(0, 1, HOSTILE, command=HOSTILE)])
    assert json.loads(embedded(data(made)))["owners"] == [{"role": "worker", "name": HOSTILE}]
    assert "<img" not in html(made)


def test_the_page_asks_for_nothing() -> None:
    page = html(timeline(one_call()))
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
