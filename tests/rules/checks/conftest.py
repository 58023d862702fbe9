"""The number of poisoned packages that the checks caught, at the end of the test run."""

import pytest

_POISONED = (
    "::test_one_changed_line_of_the_real_package_is_caught[",
    "::test_further_changes_of_the_real_package_are_caught[",
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print caught and total; nothing when the test did not run."""
    counted = {
        outcome: sum(
            any(test in report.nodeid for test in _POISONED) and report.when == "call"
            for report in terminalreporter.getreports(outcome)
            if isinstance(report, pytest.TestReport)
        )
        for outcome in ("passed", "failed")
    }
    if total := sum(counted.values()):
        terminalreporter.write_line(f"checks: caught {counted['passed']}/{total}")
