"""The schedule as chart and table: time planned, time that rules need, and what is to spare."""

from collections.abc import Callable

from documents.compose import Markdown, escape, table
from documents.computed import Computed, Package
from documents.gantt import gantt
from documents.timeline import timeline
from rules.schedule import TITLES, Schedule


def _schedule_slack(computed: Computed, _: Package) -> Markdown:
    """The steps that a deadline rule binds and those on the critical path, then the stretches."""
    schedule = timeline(computed)
    steps = table(
        ("Step", "Calendar days", "Business days", "Needed at least", "To spare", "Rule"),
        (
            (
                step.title,
                step.calendar_days,
                step.business_days,
                step.needs or "No minimum",
                step.slack,
                step.citation if step.rule else "Office",
            )
            for step in schedule.steps
            if step.rule or step.critical
        ),
        right=(1, 2, 4),
    )
    stretches = table(
        ("Stretch", "From", "To", "Calendar days", "Business days"),
        (
            (part.title, part.begins, part.ends, part.calendar_days, part.business_days)
            for part in schedule.stretches
        ),
        right=(3, 4),
    )
    return Markdown(
        f"{steps}\n\nTable: Time planned and time needed\n\n{_critical(schedule)}\n\n"
        f"{stretches}\n\nTable: Duration of the phases"
    )


def _critical(schedule: Schedule) -> str:
    path = ", ".join(escape(_lower(TITLES[name][0])) for name in schedule.critical_path)
    return (
        f"The steps that decide the date of award form the critical path: {path}. If each took no "
        f"longer than its least time, the award could come {schedule.margin} calendar days "
        "earlier; that margin is the time set aside for evaluation and for the unforeseen."
    )


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _schedule_chart(computed: Computed, _: Package) -> Markdown:
    chart = gantt(timeline(computed), computed.facts.project.title)
    return Markdown(f"```svg\n{chart}```")


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "schedule_chart": _schedule_chart,
    "schedule_slack": _schedule_slack,
}
