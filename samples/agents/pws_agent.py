"""An agent of one's own: copy this file, change what it returns, and name it in the settings.

    AGENT_SCRIPTS=PWS=pws_agent:generate_pws
    AGENT_SCRIPTS_PATH=samples/agents

A function may ask for any of these by the name of a parameter: ``requirements`` (a list of
dictionaries), ``facts`` (what each key prints), ``project``, ``document``, ``sections``,
``feedback`` and ``sources``. It returns Markdown, or a dictionary from section titles to Markdown.
Sections that it leaves out keep their standard text, and so do duties and tables. Facts stand as
keys such as ``{{ project.title }}``; a number that the facts do not know is refused when the draft
is reviewed.
"""

from collections import Counter
from typing import Any


def generate_pws(requirements: list[dict[str, Any]], feedback: list[str]) -> dict[str, str]:
    """The scope of a performance work statement, from the areas of its requirements."""
    areas = Counter(str(requirement["area"]) for requirement in requirements)
    listed = "\n".join(f"- {area}" for area in areas)
    comments = "".join(f"\n\nReviewers asked: {comment}" for comment in feedback)
    return {
        "Scope": "{{ project.title }} serves these areas of work, each with outcomes that are "
        f"measured:\n\n{listed}{comments}"
    }
