"""Hostile prediction files."""

from hostile_cases import ROWS, YAML, case
from hostile_parts import Entry, deflate_stored, raw_zip

# --- predictions ---------------------------------------------------------------------------------
TEXT = ROWS.decode()
FIRST = TEXT.split(",")[2].split("\n")[0]  # the first prediction


def rows(name, what, codes, text, **settings):
    """Add a prediction file."""
    case(f"csv_{name}.csv", what, codes, text, **settings)


rows("field", "one field of 9.9 MB", "XAC009", lambda: b"x" * 9_900_000, kept=False)
rows("rows", "15 million rows", "XAC003", lambda: b"a,1\n" * 15_000_000, kept=False)
rows("rows_blank", "10 million blank lines", "XAC008", lambda: b"\n" * 9_900_000, kept=False)
rows("rows_many", "a million rows", "XAC008", lambda: b"a,1\n" * 1_000_000, kept=False)
rows("commas", "a row of 9.9 million commas", "XAC009", lambda: b"," * 9_900_000, kept=False)
rows(
    "wide", "75 rows of 65,000 fields", "XAC010", lambda: (b"a," * 65_000 + b"\n") * 75, kept=False
)
rows(
    "columns",
    "18,000 columns",
    "XAC010",
    lambda: ",".join(f"c{n}" for n in range(18_000)).encode(),
    kept=False,
)
rows("open", "a quotation mark that is never closed", "XAC007 XAC008",
     lambda: b'wav_file_name,pred_score\n"' + b"a,1\n" * 400_000, kept=False)  # fmt: skip
rows(
    "spanning",
    "a row that spans a million lines",
    "XAC007 XAC008",
    lambda: b'"a\n",' * 1_600_000,
    kept=False,
)
rows("broken", "a million broken rows", "XAC007", lambda: b'"a"b\n' * 1_000_000, kept=False)
rows("zeros", "nine MB of zeros", "XAC004", lambda: bytes(9_000_000), kept=False)
rows(
    "long_ids",
    "6,000 unknown ids of 1,500 letters",
    "XAC021",
    lambda: b"".join(b"q%d%s.wav,1\n" % (n, b"z" * 1500) for n in range(6_000)),
    kept=False,
)
rows(
    "id_long",
    "an id of 5,000 characters",
    "XAC117",
    TEXT.replace("001.wav", "./" * 2_496 + "/001.wav", 1),
)
rows(
    "ids_long",
    "70 ids of 131,000 characters",
    "XAC117",
    lambda: TEXT.encode() + (b"./" * 65_000 + b",1\n") * 70,
    kept=False,
)
rows(
    "ids_at_the_limit",
    "70 unknown ids of 4,096 characters",
    "XAC021",
    lambda: TEXT.encode() + (b"./" * 2_048 + b",1\n") * 70,
    kept=False,
)
case(
    "ids_long.zip",
    "ids of 131,000 characters in 2 kB",
    "XAC117",
    lambda: raw_zip(
        Entry("Hibari_01.csv", ROWS + (b"./" * 65_000 + b",1\n") * 3, 8),
        Entry("Hibari_01.yaml", YAML.encode()),
    ),
    kept=False,
)
rows(
    "columns_alike",
    "1,900 columns that are nearly the name that is missing",
    "XAC011",
    lambda: ",".join(
        ["wav_file_name", *(f"pred_{n}_" + "scores" * 9 for n in range(1900))]
    ).encode(),
    kept=False,
)
rows(
    "digits",
    "a number of 130,000 digits",
    "XAC034",
    lambda: TEXT.replace(FIRST, "9" * 130_000, 1).encode(),
    kept=False,
)
for number, (written, codes, what) in enumerate(
    [
        ("1e999", "XAC034", "a number beyond a float"),
        ("-1e999", "XAC034", "a number below a float"),
        ("inf", "XAC033", "infinity"),
        ("-Infinity", "XAC033", "minus infinity"),
        ("nan", "XAC032", "not a number"),
        ("nan(0x7ff)", "XAC031", "not a number, with a payload"),
        ("0x1p3", "XAC031", "a hexadecimal number"),
        ("1_0", "XAC031", "an underscore in a number"),
        ("\u0667", "XAC031", "an Arabic digit"),
        ("\uff17", "XAC031", "a full-width digit"),
        ("\u00bd", "XAC031", "a fraction"),
        ("7,5", "XAC014", "a decimal comma"),
        ("__import__('os')", "XAC031", "an expression"),
        ("=1+1", "XAC031", "a formula"),
        ("\x1b[2J", "XAC031", "an escape sequence"),
        ("[bold]9[/bold]", "XAC031", "markup of the terminal"),
        ("7\u202e", "XAC031", "a right-to-left override"),
        ("1e101", "XAC034", "a number whose square overflows"),
        ("", "XAC030", "nothing"),
        ("110.001", "XAC039", "a number just above the accepted range"),
        ("-2e7", "XAC039", "a number that hides all other errors in the MSE"),
    ],
    start=1,
):
    rows(
        f"number_{number:02d}",
        f"a prediction that is {what}",
        codes,
        TEXT.replace(FIRST, written, 1),
    )
for number, (written, what) in enumerate(
    [
        ("::error file=x::forged", "a command of GitHub"),
        ("a\u202ebw", "a right-to-left override"),
        ("\x1b]0;title\x07", "an escape sequence"),
        ("[link=file:///etc/passwd]x[/link]", "markup of the terminal"),
        ("=HYPERLINK(x)", "a formula"),
        ("<img src=x>", "HTML"),
        ("../../etc/passwd", "a path"),
        ("\u00300\uff11.wav", "full-width digits"),
        ("001.wav\u200b", "a zero-width space"),
        ("{0.__class__}", "a format string"),
        ("%s%n", "a format of C"),
    ],
    start=1,
):
    code = "XAC145" if what in ("full-width digits", "a zero-width space") else "XAC024"
    rows(f"id_{number:02d}", f"an id that is {what}", code, TEXT.replace("001.wav", written, 1))
rows("nul", "a NUL", "XAC004", TEXT.replace("003", "0\x003"))
rows("utf16", "UTF-16", "XAC004", TEXT.encode("utf-16"))
rows("utf32", "UTF-32", "XAC004", TEXT.encode("utf-32"))
rows("latin1", "Latin-1", "XAC005", TEXT.replace("003.wav", "\u00e9.wav").encode("latin-1"))
rows("surrogate", "a lone surrogate", "XAC005", TEXT.replace("003.wav", "\ud800.wav"))
rows(
    "header",
    "a header of escape sequences",
    "XAC011",
    TEXT.replace("pred_score", "\x1b[31mpred\u202e", 1),
)
rows(
    "header_twice",
    "a header that names a column twice",
    "XAC012",
    TEXT.replace("pred_score", "wav_file_name", 1),
)
rows("header_only", "a header alone", "XAC002", "wav_file_name,pred_score\n")
rows("nothing", "nothing", "XAC002", "")
rows("blank", "a blank", "XAC002", " \n")
rows("workbook", "an Excel workbook", "XAC004", raw_zip(Entry("[Content_Types].xml", b"<x/>")))
rows("gzip", "a gzip archive", "XAC004", b"\x1f\x8b\x08" + bytes(7) + deflate_stored(b"x" * 9))
rows("array", "a NumPy array", "XAC004", b"\x93NUMPY\x01\0v\0{'descr': '|O'}")
rows("pickle", "a pickle", "XAC004", b"\x80\x04\x95\0\0\0\0\0\0\0\0cos\nsystem\n")
rows("semicolons", "semicolons", "XAC006", TEXT.replace(",", ";"))
rows("pipes", "bars", "XAC006", TEXT.replace(",", "|"))
rows("twice", "every row twice", "XAC023", TEXT + "".join(TEXT.splitlines(keepends=True)[1:]))
rows("half", "half of the rows", "XAC024", "".join(TEXT.splitlines(keepends=True)[:13]))
rows("order", "carriage returns alone", "", TEXT.replace("\n", "\r"), status=0)
