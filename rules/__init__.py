"""The rule book: dated facts, counting of days, estimates, evaluation and checks. Pure, no I/O."""
