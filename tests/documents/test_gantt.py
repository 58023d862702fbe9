"""The picture of the schedule: well-formed, described in words, inside its frame."""

import re
from xml.etree import ElementTree

from documents.gantt import gantt
from documents.timeline import timeline
from rules.schedule import Schedule
from tests.documents.acquisitions import alms

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(schedule: Schedule, title: str = "ALMS") -> ElementTree.Element:
    return ElementTree.fromstring(gantt(schedule, title))


def test_the_picture_has_a_title_and_says_in_words_what_it_shows() -> None:
    root = _drawn(timeline(alms()), "Logistics & <Stores>")
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Schedule of Logistics & <Stores>"
    for words in ("Proposals close on 30 April 2027", "Critical path:", "PALT 170 calendar days"):
        assert words in (description.text or ""), words


def test_every_mark_stays_inside_a_frame_of_800_units() -> None:
    root = _drawn(timeline(alms()))
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    assert (width, root.get("viewBox")) == (800, f"0 0 800 {height:.0f}")
    for element in root.iter(f"{SVG}rect"):
        right = float(element.get("x", "0")) + float(element.get("width", "0"))
        assert right <= width, ElementTree.tostring(element)
    for element in root.iter(f"{SVG}text"):
        x, text = float(element.get("x", "0")), element.text or ""
        room = x if element.get("text-anchor") == "end" else width - x
        assert 6 * len(text) <= room, f"{text!r} leaves the frame"
        assert float(element.get("font-size", "0")) >= 11, f"{text!r} is too small to read"
        assert float(element.get("y", "0")) < height


def test_bars_are_as_long_as_the_days_they_stand_for() -> None:
    schedule = timeline(alms())
    lengths = {
        (group[0].text or "").partition(":")[0]: float(
            group.findall(f"{SVG}rect")[0].get("width", 0)
        )
        for group in _drawn(schedule).iter(f"{SVG}g")
        if group.find(f"{SVG}rect") is not None
    }
    response = lengths["Solicitation issued to proposals close"]
    evaluation = lengths["Proposals close to evaluation complete"]
    assert abs(evaluation / response - 91 / 45) < 0.01


def test_labels_carry_days_and_slack() -> None:
    texts = {element.text for element in _drawn(timeline(alms())).iter(f"{SVG}text")}
    assert {"45 d (+15)", "15 d (+0)", "30 Apr (+123)", "G5  Solicitation issued"} <= texts


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    drawn = gantt(timeline(alms()), "ALMS")
    outside = re.findall(r"(?:href|src|url\()[^>]*", drawn)
    assert outside == [], "a document or a page embeds the picture as it is"
    assert "<script" not in drawn
