"""An address as a QR code (ISO/IEC 18004): a drawing inside the page, in black on white with its quiet zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

QUIET_MODULES = 4  # white around the code, ISO/IEC 18004, section 6.3.8; it stays white on dark pages


def qr_code(address: str) -> Markup:
    """The drawing as `<svg>`, with error correction M (15 %). It has no name: what is around it says what it is."""
    import segno  # imported late: only two kinds of pages have one
    from markupsafe import Markup

    code = segno.make_qr(address, error="m", boost_error=False)
    return Markup(
        code.svg_inline(border=QUIET_MODULES, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
    )
