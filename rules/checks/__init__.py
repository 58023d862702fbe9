"""Consistency checks over a whole package: pure functions of facts and extracted text."""

from rules.checks.authorities import statutes_in
from rules.checks.figures import Figures, figures_in
from rules.checks.package import (
    Approval,
    DocumentText,
    Finding,
    PackageAmendment,
    PackageChange,
    PackageClosing,
    PackageDataItem,
    PackageFactor,
    PackageFacts,
    PackageLine,
    PackagePeriod,
    PackageQuestion,
    PackageRequirement,
    PackageSchedule,
    PackageWageDetermination,
    Severity,
)
from rules.checks.table import CHECKS, Check, run_checks

__all__ = [
    "CHECKS",
    "Approval",
    "Check",
    "DocumentText",
    "Figures",
    "Finding",
    "PackageAmendment",
    "PackageChange",
    "PackageClosing",
    "PackageDataItem",
    "PackageFactor",
    "PackageFacts",
    "PackageLine",
    "PackagePeriod",
    "PackageQuestion",
    "PackageRequirement",
    "PackageSchedule",
    "PackageWageDetermination",
    "Severity",
    "figures_in",
    "run_checks",
    "statutes_in",
]
