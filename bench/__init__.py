"""Measurements of the product on the machine at hand. Run one as ``python -m bench.<name>``."""
