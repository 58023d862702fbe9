"""Texts in the characters that rules look for, whatever characters they were typed in."""

import re
import unicodedata

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control characters, and those that print nothing or turn the direction of a line."""

_DASHES = str.maketrans(
    {
        **dict.fromkeys("\u02d7\u058a\u2010\u2011\u2012\u2013\u2043\u2212", "-"),
        # These part sentences, never a number.
        **dict.fromkeys("\u2014\u2015\u2e3a\u2e3b", " - "),
    }
)


def plain(text: str) -> str:
    """The same words with plain letters, digits, blanks and hyphens, and nothing invisible."""
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(_DASHES)
