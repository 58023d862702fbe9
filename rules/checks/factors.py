"""Checks that the evaluation factors are the same in instructions, basis and evaluation."""

import re
from collections.abc import Iterator

from rules.checks.package import DocumentText, Package, PackageFacts, Problem

_PHRASES = (
    "significantly more important than",
    "approximately equal to",
    "significantly less important than",
)
_AGAINST_PRICE = re.compile(
    rf"({'|'.join(_PHRASES)}) (?:the )?(?:total )?(?:evaluated )?(?:cost or )?(?:price|cost)\b",
    re.I,
)
_VOLUME = re.compile(r"\bVolume ([IVX]+|\d+)\b")
_FACTOR_NUMBER = re.compile(r"\bFactor (\d+)\b")
_COMPARED = re.compile(r"\bFactor (\d+) is (?:\w+ )?(more|less) important than Factor (\d+)", re.I)
_EVALUATION_CODES = ("SCORE", "SSEB", "SSDD")


def instructions_feed_factors(package: Package) -> Iterator[Problem]:
    """X05: every factor has instructions and a volume, every volume feeds a factor."""
    facts = package.facts
    for document in package.get("SEC-L"):
        for factor in facts.factors:
            for title in (factor.title, *factor.subfactors):
                if not document.says(title):
                    yield document.problem(f"has no instructions for {title!r} of Section M.")
        volumes = {factor.volume for factor in facts.factors}
        quoted = set(_VOLUME.findall(document.words))
        for volume in sorted(volumes - quoted):
            yield document.problem(f"does not ask for Volume {volume}, which a factor needs.")
        for volume in sorted(quoted - volumes):
            yield document.problem(f"asks for Volume {volume}, which feeds no factor.")


def factors_are_the_same(package: Package) -> Iterator[Problem]:
    """X06: factors, subfactors and their wording agree from the plan to the decision."""
    factors = package.facts.factors
    if not factors:
        return
    codes = {factor.code for factor in factors}
    titles = {factor.title.casefold(): factor for factor in factors}
    labelled = re.compile(
        r"\bFactor (\d+)\W{1,4}(" + "|".join(re.escape(f.title) for f in factors) + r")\b", re.I
    )
    for document in package.get("SSP", "SEC-M", *_EVALUATION_CODES):
        for factor in factors:
            if not document.says(factor.title):
                yield document.problem(f"does not name Factor {factor.code}, {factor.title!r}.")
        for code in sorted(set(_FACTOR_NUMBER.findall(document.words)) - codes):
            yield document.problem(f"speaks of Factor {code}, which Section M does not have.")
        for match in labelled.finditer(document.words):
            factor = titles[match[2].casefold()]
            if match[1] != factor.code:
                yield document.problem(
                    f"calls {factor.title!r} Factor {match[1]}; it is Factor {factor.code}.",
                )
    for document in package.get("SSP", "SEC-M"):
        for title in (title for factor in factors for title in factor.subfactors):
            if not document.says(title):
                yield document.problem(f"does not name the subfactor {title!r}.")
    yield from _order(package)


def _order(package: Package) -> Iterator[Problem]:
    """Plan and Section M state the order of importance, and no document another one."""
    facts = package.facts
    for document in package.get("SSP", "SEC-M"):
        if not document.says(facts.relative_importance):
            yield document.problem(
                "does not state the order of importance in the words of the facts, "
                f"{facts.relative_importance[:160]!r}: add them."
            )
    for document in package.get("SSP", "SEC-M", *_EVALUATION_CODES):
        yield from _importance(document, facts)


def _importance(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    """No sentence or row gives a factor another importance than the facts."""
    stated = set(_COMPARED.findall(facts.relative_importance))
    for pair in sorted(set(_COMPARED.findall(document.words)) - stated if stated else ()):
        yield document.problem(
            f"calls Factor {pair[0]} {pair[1]} important than Factor {pair[2]}; the facts do not."
        )
    known = {factor.importance for factor in facts.factors} - {""}
    for factor in facts.factors:
        for row in document.rows():
            others = known.intersection(row) - {factor.importance}
            if factor.title in row and others:
                yield document.problem(
                    f"calls {factor.title!r} {others.pop()!r}; it is {factor.importance!r}."
                )


def importance_is_stated_once(package: Package) -> Iterator[Problem]:
    """X07: Section M states exactly one of the three phrases, and the plan states the same."""
    expected = package.facts.price_importance.casefold()
    if not expected:
        return
    for document in package.get("SEC-M", "SSP"):
        found = {phrase.casefold() for phrase in _AGAINST_PRICE.findall(document.words)}
        if found == {expected}:
            continue
        stated = " and ".join(repr(phrase) for phrase in sorted(found)) or "none of the phrases"
        yield document.problem(
            f"states {stated} for the factors against price: state exactly {expected!r}.",
        )
