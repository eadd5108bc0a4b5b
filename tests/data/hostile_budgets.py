"""Hostile packages whose files are each within the limits, and too many together."""

from hostile_cases import case, package, system
from hostile_parts import Entry, pdf_tree, raw_zip

SYSTEMS = 49


def many(text, systems=SYSTEMS):
    """Return a package of many systems, all with the same description."""
    parts = (part for n in range(systems) for part in system(f"Hibari_{n:02d}", text))
    return raw_zip(*parts)


def many_rows(rows, systems):
    """Return a package of many systems, all with the same predictions."""
    parts = (part for n in range(systems) for part in system(f"Hibari_{n:02d}", rows=rows))
    return raw_zip(*parts)


def reports():
    """Return a package with 97 reports, each of which takes a second."""
    return package(*(Entry(f"r{n:02d}.pdf", pdf_tree(12, 10)) for n in range(97)))


KEYS = "".join(f"key_number_{n:04d}: 1\n" for n in range(2_400))
HIDDEN = "".join(f'k{n}: "\\u202ex"\n' for n in range(2_400))
TWICE = "".join(f"k: {n}\n" for n in range(2_400))
SPLITS = "results:\n" + "".join(f"  tesst{n:04d}: {{}}\n" for n in range(1_600))
BROKEN = "a: [x, b\n" + "c\n" * 40_000
RESOURCES = "system:\n  pretrained_models:\n" + "".join(
    f"    - {{name: {'x' * 120}{n:03d}}}\n" for n in range(100)
)
HEADER = b"wav_file_name,pred_score"
COMMAS = HEADER + b"," * 130_000 + b"\n" + (b"," * 131_000 + b"\n") * 74
LONG_IDS = HEADER + b"\n" + (b'"' + b"x" * 3_300 + b'.wav",y\n') * 147

for name, what, text in (
    ("keys", "2,400 unknown keys", KEYS),
    ("hidden", "2,400 values with hidden characters", HIDDEN),
    ("twice", "2,400 duplicate keys", TWICE),
    ("splits", "1,600 unknown splits", SPLITS),
    ("broken", "40,000 lines of broken YAML", BROKEN),
    ("resources", "100 resources that are not approved", RESOURCES),
):
    case(
        f"many_{name}.zip",
        f"49 descriptions, each with {what}",
        "XAC098 XAC118",
        lambda text=text: many(text),
        kept=False,
    )
case(
    "many_commas.zip",
    "five files of ten million commas",
    "XAC118",
    lambda: many_rows(COMMAS, 5),
    kept=False,
)
case(
    "many_long_ids.zip",
    "49 files of long quoted ids",
    "XAC118",
    lambda: many_rows(LONG_IDS, 49),
    kept=False,
)
case(
    "many_reports.zip",
    "97 reports of a second each",
    "XAC097",
    reports,
    kept=False,
    status=0,
)
