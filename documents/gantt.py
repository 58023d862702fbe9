"""The schedule as a picture: an SVG Gantt chart that reads on screen, on paper and aloud.

Drawn for a width of 800 units with type of 11 units and more, in shades that stay apart in gray.
"""

from collections.abc import Iterable
from datetime import date
from xml.sax.saxutils import escape

from rules.schedule import TITLES, Milestone, Schedule, Step

_WIDTH, _LEFT, _RIGHT = 800, 250, 54
_ROW, _TOP, _BOTTOM = 22, 78, 58
_PLOT = _WIDTH - _LEFT - _RIGHT
_MIN_LABEL_GAP = 30

_INK, _MUTED, _RULE = "#1b1b1b", "#595959", "#c9c9c9"
_USED, _NEEDED, _CRITICAL = "#9bb8d3", "#1f4e79", "#8a1c1c"
_SHADE = "#f3f5f8"

_SHOWN = (
    ("package_accepted", "sources_sought_published"),
    ("sources_sought_published", "sources_sought_response"),
    ("rfi_published", "rfi_response"),
    ("sources_sought_response", "market_research_complete"),
    ("market_research_complete", "requirement_baselined"),
    ("requirement_baselined", "strategy_approved"),
    ("presolicitation_published", "rfp_issue"),
    ("rfp_issue", "closing"),
    ("questions_due", "answers_posted"),
    ("closing", "evaluation_complete"),
    ("evaluation_complete", "decision"),
    ("decision", "award"),
)
"""Steps that are drawn as bars; the others only bound them."""


def gantt(schedule: Schedule, title: str) -> str:
    """The chart as a complete SVG document. ``title`` names the acquisition.

    A light bar is the time planned, the dark part of it the least time that a rule sets; a red
    outline marks the critical path, a diamond a milestone. Works without colors as well.
    """
    scale = _Scale(schedule)
    steps = [step for step in schedule.steps if (step.start, step.end) in _SHOWN]
    gates = [milestone for milestone in schedule.milestones if milestone.gate]
    height = _TOP + _ROW * (len(steps) + len(gates)) + _BOTTOM
    heading = f"Schedule of {title}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'width="{_WIDTH}" height="{height}" role="img" aria-labelledby="title desc" '
            'font-family="Arial, Helvetica, sans-serif" font-size="12">',
            f'<title id="title">{escape(heading)}</title>',
            f'<desc id="desc">{escape(_described(schedule))}</desc>',
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(12, 24, _shortened(heading, 90), size=15, weight="bold"),
            _text(12, 42, _summary(schedule), fill=_MUTED),
            *_months(scale, height),
            *(
                line
                for index, step in enumerate(steps)
                for line in _bar(
                    step,
                    _TOP + _ROW * index,
                    scale,
                    critical={step.start, step.end} <= set(schedule.critical_path),
                )
            ),
            *(
                line
                for index, milestone in enumerate(gates)
                for line in _diamond(
                    milestone,
                    _TOP + _ROW * (len(steps) + index),
                    scale,
                    critical=milestone.name in schedule.critical_path,
                )
            ),
            *_legend(height - 22),
            "</svg>",
            "",
        ]
    )


class _Scale:
    """From days to units of the drawing."""

    def __init__(self, schedule: Schedule) -> None:
        days = [milestone.planned for milestone in schedule.milestones if milestone.gate]
        days += [day for step in schedule.steps for day in (step.begins, step.ends)]
        self.first = min(days).replace(day=1)
        self.last = _next_month(max(days))
        self._per_day = _PLOT / (self.last - self.first).days

    def x(self, day: date) -> float:
        return _LEFT + (day - self.first).days * self._per_day

    def length(self, days: int) -> float:
        return days * self._per_day


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _months(scale: _Scale, height: int) -> Iterable[str]:
    month, labeled, shaded = scale.first, float("-inf"), False
    while month < scale.last:
        following = _next_month(month)
        x, width = scale.x(month), scale.x(following) - scale.x(month)
        if shaded:
            yield (
                f'<rect x="{x:.1f}" y="{_TOP - 8}" width="{width:.1f}" '
                f'height="{height - _TOP - _BOTTOM + 12}" fill="{_SHADE}"/>'
            )
        if x - labeled >= _MIN_LABEL_GAP:
            name = f"{month:%b %Y}" if width >= 52 else f"{month:%b}"
            if month.month == 1 and width < 52:
                name = f"{month:%Y}"
            yield _text(x + 3, _TOP - 12, name, size=11, fill=_MUTED)
            labeled = x
        month, shaded = following, not shaded


def _bar(step: Step, top: int, scale: _Scale, *, critical: bool) -> Iterable[str]:
    y, x = top + 5, scale.x(step.begins)
    width = max(scale.length(step.calendar_days), 1.5)
    least = min(scale.length(max(step.calendar_days - step.slack, 0)), width)
    tip = (
        f"{step.title}: {step.begins:%d %b %Y} to {step.ends:%d %b %Y}, {step.calendar_days} "
        f"calendar days, slack {step.slack:+d}"
    )
    outline = f' stroke="{_CRITICAL}" stroke-width="1.6"' if critical else ""
    yield "<g>"
    yield f"<title>{escape(tip)}</title>"
    yield _text(12, top + 15, _shortened(TITLES[step.end][0], 38))
    yield (f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="12" fill="{_USED}"{outline}/>')
    if step.least:
        yield f'<rect x="{x:.1f}" y="{y + 4}" width="{least:.1f}" height="4" fill="{_NEEDED}"/>'
    yield _beside(x + width + 5, x - 5, top + 15, f"{step.calendar_days} d ({step.slack:+d})")
    yield "</g>"


def _diamond(milestone: Milestone, top: int, scale: _Scale, *, critical: bool) -> Iterable[str]:
    x, y = scale.x(milestone.planned), top + 11
    fill = _CRITICAL if critical else _NEEDED
    slack = "" if milestone.slack is None else f", slack {milestone.slack:+d} days"
    yield "<g>"
    yield f"<title>{escape(f'{milestone.title}: {milestone.planned:%d %b %Y}{slack}')}</title>"
    yield _text(12, top + 15, _shortened(f"{milestone.gate}  {milestone.title}", 38))
    yield (
        f'<line x1="{_LEFT}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}" stroke="{_RULE}" '
        'stroke-dasharray="2 3"/>'
    )
    yield (
        f'<path d="M{x:.1f} {y - 6} L{x + 6:.1f} {y} L{x:.1f} {y + 6} L{x - 6:.1f} {y} Z" '
        f'fill="{fill}"/>'
    )
    label = f"{milestone.planned.day} {milestone.planned:%b}"
    if milestone.slack is not None:
        label += f" ({milestone.slack:+d})"
    yield _beside(x + 10, x - 10, top + 15, label)
    yield "</g>"


def _beside(right: float, left: float, y: float, text: str) -> str:
    """A label to the right of its mark, or to the left where it would leave the drawing."""
    if right + 6.5 * len(text) <= _WIDTH - 4:
        return _text(right, y, text, size=11)
    return _text(left, y, text, size=11, anchor="end")


def _legend(y: int) -> Iterable[str]:
    yield f'<rect x="12" y="{y - 9}" width="26" height="12" fill="{_USED}"/>'
    yield _text(44, y + 1, "planned", size=11)
    yield f'<rect x="110" y="{y - 5}" width="26" height="4" fill="{_NEEDED}"/>'
    yield _text(142, y + 1, "needed at least", size=11)
    yield (
        f'<rect x="246" y="{y - 9}" width="26" height="12" fill="none" stroke="{_CRITICAL}" '
        'stroke-width="1.6"/>'
    )
    yield _text(278, y + 1, "critical path", size=11)
    yield f'<path d="M372 {y - 9} l6 6 l-6 6 l-6 -6 Z" fill="{_NEEDED}"/>'
    yield _text(384, y + 1, "gate; in brackets the days to spare", size=11)


def _described(schedule: Schedule) -> str:
    """The chart in words, for those who cannot see it."""
    parts = [
        f"{milestone.title} on {milestone.planned.day} {milestone.planned:%B %Y}"
        + (f", slack {milestone.slack} days" if milestone.slack is not None else "")
        for milestone in schedule.milestones
        if milestone.gate
    ]
    path = ", ".join(TITLES[name][0] for name in schedule.critical_path)
    return f"{'; '.join(parts)}. Critical path: {path}. {_summary(schedule)}."


def _summary(schedule: Schedule) -> str:
    award = next((m.planned for m in schedule.milestones if m.name == "award"), None)
    parts = [f"Award {award.day} {award:%B %Y}"] if award else []
    if schedule.palt is not None:
        parts.append(f"PALT {schedule.palt} calendar days")
    parts.append(f"margin {schedule.margin} days")
    if schedule.problems:
        count = len(schedule.problems)
        parts.append(f"{count} step{'s' if count > 1 else ''} shorter than the rules allow")
    return ", ".join(parts)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    fill: str = _INK,
    weight: str = "",
    anchor: str = "",
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    end = f' text-anchor="{anchor}"' if anchor else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"{bold}{end}>'
        f"{escape(text)}</text>"
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}\u2026"
