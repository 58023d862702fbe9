"""The offline agent: the standard text of the guidance, without any model or key."""

from ai_agents.agent import Brief, Draft
from documents.compose import DraftSection


class FactsAgent:
    """Drafts from guidance and facts alone; the default of an installation."""

    name = "facts"
    refines = False

    async def draft(self, brief: Brief) -> Draft:
        return Draft(
            sections=tuple(
                DraftSection(title=section.title, markdown=section.standard_text)
                for section in brief.guidance.sections
            ),
            agent=self.name,
        )
