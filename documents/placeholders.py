"""Words that stand where something has still to be written."""

PLACEHOLDER = r"\b(?:TBD|TODO|TBC|XXX+|lorem ipsum)\b|\[(?:insert|enter|to be)"
"""A pattern for texts in any case; the last part is the beginning of a remark in brackets."""
