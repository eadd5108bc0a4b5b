"""The characters of Unicode 14, which Python 3.11 has, for Pythons with an earlier Unicode.

Messages show a character as it is, or as an escape if it is invisible or unknown. Python 3.7 has
Unicode 11, so it does not know the characters below, such as recent emoji.
"""

from __future__ import annotations

import unicodedata

__all__ = ["category"]

# All visible characters that came with Unicode 12, 13 and 14.
_ADDED = (
    "61d 870-88e 898-89f 8b5 8be-8d2 b55 c3c c5d c77 cdd d04 d81 e86 e89 e8c e8e-e93 e98 ea0 "
    "ea8-ea9 eac eba 170d 1715 171f 180f 1abf-1ace 1b4c 1b7d-1b7e 1cfa 1dfa 20c0 2b97 2bc9 "
    "2bff 2c2f 2c5f 2e4f-2e5d 31bb-31bf 32ff 4db6-4dbf 9ff0-9fff a7ba-a7ca a7d0-a7d1 a7d3 "
    "a7d5-a7d9 a7f2-a7f6 a82c ab66-ab6b fbc2 fd40-fd4f fdcf fdfe-fdff 1019c 10570-1057a "
    "1057c-1058a 1058c-10592 10594-10595 10597-105a1 105a3-105b1 105b3-105b9 105bb-105bc "
    "10780-10785 10787-107b0 107b2-107ba 10e80-10ea9 10eab-10ead 10eb0-10eb1 10f70-10f89 "
    "10fb0-10fcb 10fe0-10ff6 11070-11075 110c2 11147 111ce-111cf 1145a 1145f-11461 "
    "116b8-116b9 11740-11746 11900-11906 11909 1190c-11913 11915-11916 11918-11935 "
    "11937-11938 1193b-11946 11950-11959 119a0-119a7 119aa-119d7 119da-119e4 11a84-11a85 "
    "11ab0-11abf 11fb0 11fc0-11ff1 11fff 12f90-12ff2 16a70-16abe 16ac0-16ac9 16f45-16f4a "
    "16f4f 16f7f-16f87 16fe2-16fe4 16ff0-16ff1 187f2-187f7 18af3-18cd5 18d00-18d08 "
    "1aff0-1aff3 1aff5-1affb 1affd-1affe 1b11f-1b122 1b150-1b152 1b164-1b167 1cf00-1cf2d "
    "1cf30-1cf46 1cf50-1cfc3 1d1e9-1d1ea 1df00-1df1e 1e100-1e12c 1e130-1e13d 1e140-1e149 "
    "1e14e-1e14f 1e290-1e2ae 1e2c0-1e2f9 1e2ff 1e7e0-1e7e6 1e7e8-1e7eb 1e7ed-1e7ee "
    "1e7f0-1e7fe 1e94b 1ed01-1ed3d 1f10d-1f10f 1f16c-1f16f 1f1ad 1f6d5-1f6d7 1f6dd-1f6df "
    "1f6fa-1f6fc 1f7e0-1f7eb 1f7f0 1f8b0-1f8b1 1f90c-1f90f 1f93f 1f971-1f972 1f977-1f979 "
    "1f97b 1f9a3-1f9af 1f9ba-1f9bf 1f9c3-1f9cf 1fa00-1fa53 1fa70-1fa74 1fa78-1fa7c "
    "1fa80-1fa86 1fa90-1faac 1fab0-1faba 1fac0-1fac5 1fad0-1fad9 1fae0-1fae7 1faf0-1faf6 "
    "1fb00-1fb92 1fb94-1fbca 1fbf0-1fbf9 2a6d7-2a6df 2b735-2b738 30000-3134a"
)
_KNOWN: set[int] = set()
_UNKNOWN = "Cn"
_OTHER_LETTER = "Lo"


def category(char: str) -> str:
    """Return the category of a character; that of letters for one that this Python lacks."""
    found = unicodedata.category(char)
    return _OTHER_LETTER if found == _UNKNOWN and ord(char) in _added() else found


def _added() -> set[int]:
    if not _KNOWN:
        for part in _ADDED.split():
            first, _, last = part.partition("-")
            _KNOWN.update(range(int(first, 16), int(last or first, 16) + 1))
    return _KNOWN
