"""Hostile packages: their files, reports (PDF) and system descriptions (YAML)."""

from hostile_cases import ROWS, YAML, case, describe, package, system
from hostile_parts import CATALOG, PAGE, Entry, pdf, pdf_bomb, pdf_tree, raw_zip

# --- packages ------------------------------------------------------------------------------------

case(
    "package_orphan.zip",
    "a description of nothing",
    "XAC091 XAC098",
    package(system("Hibari_02")[1]),
)
case(
    "package_label.zip",
    "two descriptions of a system",
    "XAC062 XAC098",
    package(Entry("Hibari_01.yml", YAML.encode())),
)
case("package_teams.zip", "systems of two teams", "XAC093 XAC098", package(*system("Kumo_01")))
case(
    "package_systems.zip",
    "three systems of a team",
    "XAC061 XAC066",
    package(*system("Hibari_02"), *system("Hibari_03")),
)
case(
    "package_nested.zip",
    "predictions in a folder beside others",
    "XAC094",
    package(Entry("d/Hibari_02.csv", ROWS)),
    status=0,
)
case("package_bare.zip", "no description", "XAC092", raw_zip(Entry("Hibari_01.csv", ROWS)))
case(
    "package_markup.zip", "a label of markup", "XAC092", raw_zip(Entry("[red]x[-red]_01.csv", ROWS))
)
case(
    "package_formula.zip",
    "a label that a spreadsheet runs",
    "XAC092",
    raw_zip(Entry("=cmd()'_01.csv", ROWS)),
)
case(
    "package_html.zip",
    "a label of a link",
    "XAC092",
    raw_zip(Entry("[a](javascript;b)_01.csv", ROWS)),
)
case(
    "package_deep_label.zip",
    "a label of 110 letters",
    "XAC092",
    raw_zip(Entry("x" * 110 + "_01.csv", ROWS)),
)
case("package_split.zip", "predictions for another split that is none", "XAC061 XAC092",
     package(*(Entry(f"Hibari_01.{n}.csv", ROWS) for n in range(5))))  # fmt: skip


case("pdf_none.zip", "a report that is no PDF", "XAC095 XAC098", package(Entry("r.pdf", b"hello")))
case("pdf_empty.zip", "an empty report", "XAC095", package(Entry("r.pdf", b"")))
case(
    "pdf_head.zip",
    "a report that is a PDF by its first bytes only",
    "XAC097",
    package(Entry("r.pdf", b"%PDF-1.7")),
    status=0,
)
case("pdf_one.zip", "a report of one page", "XAC096", package(
    Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", PAGE))))  # fmt: skip
case(
    "pdf_count.zip",
    "a report of one page that claims a thousand million",
    "XAC096",
    package(Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 1000000000/Kids[3 0 R]>>", PAGE))),
)
case(
    "pdf_encrypted.zip",
    "an encrypted report",
    "XAC097",
    package(
        Entry(
            "r.pdf",
            pdf(
                CATALOG,
                b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
                PAGE,
                b"<</Filter/Standard/V 5/R 6>>",
                tail=b"/Encrypt 4 0 R",
            ),
        )
    ),
    status=0,
)
case(
    "pdf_tree.zip",
    "a page tree of 10^12 pages",
    "XAC097",
    package(Entry("r.pdf", pdf_tree(12, 10))),
    status=0,
)
case(
    "pdf_wide.zip",
    "a page tree of a million pages",
    "XAC097",
    package(Entry("r.pdf", pdf_tree(3, 100))),
    status=0,
)
case(
    "pdf_loop.zip",
    "a page tree that is its own child",
    "XAC097",
    package(Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 2/Kids[2 0 R 2 0 R]>>"))),
    status=0,
)
case(
    "pdf_prev.zip",
    "tables of places that lead to each other",
    "XAC096",
    package(Entry("r.pdf", pdf(CATALOG, b"<</Type/Pages/Count 0/Kids[]>>", tail=b"/Prev 9"))),
)
case(
    "pdf_deep.zip", "lists in lists", "XAC097", package(Entry("r.pdf", pdf(b"[" * 9_000))), status=0
)
case(
    "pdf_bomb.zip",
    "a stream of 60 MB",
    "",
    lambda: package(Entry("r.pdf", pdf_bomb())),
    kept=False,
    status=-1,
)

# --- descriptions --------------------------------------------------------------------------------


def add_description(name, what, codes, text, **settings):
    """Add a package with a description of text or bytes."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    entries = (Entry("Hibari_01.csv", ROWS), Entry("Hibari_01.yaml", data))
    if len(data) > 30_000:
        case(f"yaml_{name}.zip", what, codes, lambda: raw_zip(*entries), kept=False, **settings)
    else:
        case(f"yaml_{name}.zip", what, codes, raw_zip(*entries), **settings)


def replace_in_yaml(old, new):
    """Return the description with a part replaced."""
    if old not in YAML:
        raise ValueError(old)
    return YAML.replace(old, new, 1)


LAUGHS = "a0: &a0 [lol, lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
add_description("laughs", "a billion laughs", "XAC101", LAUGHS)
FEW = "a0: &a0 [x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 11)
)
add_description("laughs_few", "laughs with few aliases", "XAC101", FEW)
add_description(
    "quadratic",
    "one long text under twenty-one aliases",
    "XAC101",
    "a: &a " + "x" * 9000 + "\nb: [" + "*a, " * 21 + "]",
)
add_description("depth", "fifty levels", "XAC101", "a: " + "{a: " * 50)
add_description("brackets", "50,000 brackets", "XAC101", "a: " + "[" * 50_000)
add_description("questions", "30,000 complex keys", "XAC101 ", "? " * 14_000)
add_description("self", "a list that holds itself", "XAC100", "a: &a [*a]")
add_description(
    "tag_python",
    "a tag that runs a command",
    "XAC100",
    "a: !!python/object/apply:os.system ['touch pwned']",
)
add_description(
    "tag_new", "a tag that makes an object", "XAC100", "a: !!python/object/new:tuple [[1]]"
)
add_description("tag_own", "a tag of its own", "XAC100", "a: !x 1")
add_description("tag_binary", "binary data", "XAC100", "a: !!binary aGVsbG8=")
add_description(
    "twice",
    "a key twice",
    "XAC102",
    replace_in_yaml("  ensemble: false\n", "  ensemble: true\n  ensemble: false\n"),
)
add_description("documents", "two documents", "XAC100", YAML + "---\n" + YAML)
add_description("nul", "a NUL", "XAC100", YAML + "\0")
add_description(
    "escape",
    "an escape sequence in the raw",
    "XAC100",
    replace_in_yaml("Hibari system 1", "\x1b[31mred"),
)
add_description(
    "escape_quoted",
    "an escape sequence written as one",
    "XAC105",
    replace_in_yaml("Hibari system 1", '"\\e[31mred"'),
)
add_description(
    "bidi",
    "a right-to-left override in a name",
    "XAC105",
    replace_in_yaml("Hibari system 1", "a\u202eb"),
)
add_description("bidi_key", "a right-to-left override in a key", "XAC103", YAML + "a\u202eb: 1\n")
add_description("utf16", "UTF-16", "XAC100", YAML.encode("utf-16"))
add_description("latin1", "Latin-1", "XAC100", YAML.replace("Aoi", "Zo\u00eb").encode("latin-1"))
add_description("tab", "a tab that indents", "XAC100", replace_in_yaml("  ensemble", "\tensemble"))
add_description(
    "scalar", "a text of 5 MB", "XAC101", replace_in_yaml("Hibari system 1", "x" * 5_000_000)
)
add_description("keys", "100,000 keys", "XAC101", "".join(f"k{n}: 1\n" for n in range(100_000)))
add_description("values", "6,000 values", "XAC101", "a: [" + "1," * 6_000 + "]")
add_description("merge", "merge keys", "XAC103", YAML + "<<: {a: 1}\n")
add_description(
    "digits", "a number of 5,000 digits", "XAC100", replace_in_yaml("371000000", "9" * 5_000)
)
add_description("large", "a number beyond a float", "XAC105", replace_in_yaml("371000000", "1e400"))
add_description("infinite", "infinity", "XAC105", replace_in_yaml("371000000", ".inf"))
add_description("nan", "not a number", "XAC105", YAML + "results: {test: {SRCC: .nan}}\n")
add_description(
    "claim", "a correlation above one", "XAC105", YAML + "results: {test: {SRCC: 1.5}}\n"
)
add_description(
    "claim_split", "a split that there is not", "XAC105", YAML + "results: {tset: {SRCC: 0.5}}\n"
)
add_description(
    "negative", "a negative number of parameters", "XAC105", replace_in_yaml("371000000", "-1")
)
add_description("label", "another label", "XAC107", describe("Hibari_02"))
add_description(
    "label_forged",
    "a label that forges a command",
    "XAC107",
    replace_in_yaml("label: Hibari_01", 'label: "::error::x"'),
)
add_description(
    "placeholder",
    "a placeholder left",
    "XAC106",
    replace_in_yaml("Hibari system 1", "<Name of the system>"),
)
add_description("script", "a link that runs a script", "XAC105", replace_in_yaml(
    "  ensemble: false", "  source_code: javascript:alert(1)\n  ensemble: false"))  # fmt: skip
add_description(
    "email",
    "an address that is markup",
    "XAC105",
    replace_in_yaml("hibari@example.org", "b@x.y><script>"),
)
add_description(
    "html",
    "markup in a name",
    "",
    replace_in_yaml("Hibari system 1", "<script>alert(1)</script> [x](y) `z`"),
    status=0,
)
add_description(
    "quote",
    "a quotation mark that is never closed",
    "XAC100",
    replace_in_yaml("Hibari system 1", '"open'),
)
add_description("list", "a list", "XAC100", "- a\n- b\n")
add_description("plain", "plain text", "XAC100", "hello")
add_description("none", "nothing", "XAC100", "")
add_description("number_key", "a number for a key", "XAC103", YAML + "7: x\n")
add_description("list_key", "a list for a key", "XAC100", "? [a]\n: b\n")
add_description("directive", "a version that there is not", "XAC100", "%YAML 9.9\n---\n" + YAML)
add_description("bom", "a byte order mark", "", "\ufeff" + YAML, status=0)
add_description("unknown", "an unknown key", "XAC103", YAML + "bonus: 1\n")
add_description(
    "missing", "a key left out", "XAC104", replace_in_yaml("  mixture_of_experts: false\n", "")
)
add_description(
    "authors",
    "no corresponding author",
    "XAC105",
    replace_in_yaml("corresponding: true", "corresponding: false"),
)
CROWD = "    - {lastname: A, firstname: B, email: a@b.cd, affiliation: {institute: C}}\n" * 300
add_description(
    "crowd",
    "300 authors",
    "XAC105",
    replace_in_yaml("system:\n  description", f"{CROWD}system:\n  description"),
)
add_description(
    "not_approved",
    "a resource that is not approved",
    "XAC110",
    replace_in_yaml("name: BYOL-A", "name: Leaked labels"),
)
add_description("requested", "a resource that was asked for", "XAC111", replace_in_yaml(
    "name: BYOL-A\n", "name: Other\n      requested: true\n"), status=0)  # fmt: skip
add_description(
    "trained_on",
    "a model without its data",
    "XAC113",
    replace_in_yaml("      trained_on: [AudioSet]\n", ""),
)
add_description(
    "ensemble", "an ensemble", "XAC114", replace_in_yaml("ensemble: false", "ensemble: true")
)
add_description(
    "collected", "new ratings", "XAC115", replace_in_yaml("ratings: false", "ratings: true")
)
