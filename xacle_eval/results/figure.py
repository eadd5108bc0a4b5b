"""A figure: an SVG document that notebooks show and that can be written to a file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from io import BytesIO
from typing import overload

from xacle_eval.errors import UsageError, check_arguments

__all__ = ["Figure"]

Path = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart of a result, as an SVG document with its own style.

    It has light colours on white, and text is text: it can be selected, searched and edited.

    Attributes
    ----------
    title : str
        What it shows.
    svg : str
        The document.
    """

    title: str
    svg: str = field(repr=False)

    def _repr_svg_(self) -> str:
        """Return the document, for a notebook."""
        return self.svg

    def _repr_html_(self) -> str:
        """Return the document in a block that scrolls if it is too wide, for a notebook."""
        return f'<div style="overflow-x: auto">\n{self.svg}</div>\n'

    @overload
    def to_svg(self) -> str: ...
    @overload
    def to_svg(self, path: Path) -> None: ...
    def to_svg(self, path: Path | None = None) -> str | None:
        """Return the document, or write it to a file.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        if path is None:
            return self.svg
        from xacle_eval.io.outputs import write_text

        check_arguments(path=path)
        write_text(path, self.svg)
        return None

    @overload
    def to_pdf(self) -> bytes: ...
    @overload
    def to_pdf(self, path: Path) -> None: ...
    def to_pdf(self, path: Path | None = None) -> bytes | None:
        """Return the figure as PDF with text that can be selected, or write it to a file.

        The same figure gives the same bytes.

        Raises
        ------
        UsageError
            If CairoSVG or the library cairo is not installed.
        OutputError
            If the file cannot be written.
        """
        if path is None:
            return _pdf(self)
        from xacle_eval.io.outputs import write_bytes

        check_arguments(path=path)
        write_bytes(path, _pdf(self))
        return None


def _pdf(figure: Figure) -> bytes:
    try:
        from cairosvg import svg2pdf
    except ImportError as error:
        raise UsageError(
            "figures as PDF need CairoSVG: pip install cairosvg; to_svg needs nothing more"
        ) from error
    except OSError as error:  # its library is not there
        raise UsageError(
            "figures as PDF need the library cairo, which CairoSVG uses: install libcairo2 "
            "(Debian) or cairo (Homebrew); to_svg needs nothing more"
        ) from error
    from pypdf import PdfWriter

    # cairo writes the time into the file; only the page is kept.
    writer = PdfWriter()
    writer.append(BytesIO(svg2pdf(bytestring=figure.svg.encode())))
    writer.add_metadata({"/Title": figure.title})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
