"""DOCX to PDF by whichever engine is there: Word, LibreOffice or the embedded one.

Every engine gets a copy that cannot reach out of itself; the engine and its version travel with
the PDF. Only the embedded engine gives the same bytes everywhere.
"""

import os
import shutil
from pathlib import Path
from typing import Literal

from documents.rendering.embedded import EmbeddedConverter
from documents.rendering.engines import Converter
from documents.rendering.errors import ConversionFailed
from documents.rendering.programs import LibreOfficeConverter, WordConverter, word_is_installed

_MOST_PROCESSES = 2

Preference = Literal["auto", "word", "libreoffice", "embedded"]


def choose_converter(preference: Preference = "auto") -> Converter:
    """The preferred engine; `auto` takes Word, then LibreOffice, then the embedded engine.

    Raises ConversionFailed when an engine is asked for by name that is not installed.
    """
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    if preference == "word" or (preference == "auto" and word_is_installed()):
        if not word_is_installed():
            raise ConversionFailed("word", "Microsoft Word is not installed here")
        return WordConverter()
    if preference == "libreoffice" or (preference == "auto" and soffice):
        if soffice is None:
            raise ConversionFailed("libreoffice", "no soffice or libreoffice program was found")
        return LibreOfficeConverter(Path(soffice))
    return EmbeddedConverter(processes=min(_MOST_PROCESSES, os.cpu_count() or 1))
