"""Files with one fault each, for a challenge of twelve pairs, and which of them can be fixed.

`CASES` has the files by name. tests/data/causes.json has the findings of each of them, and
`FIXED` the files that `xacle-eval fix` makes valid.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import xacle_eval as xe

CHALLENGE = """name = "small"
title = "Small Challenge"
default_split = "test"

[ids]
column = "wav_file_name"
aliases = ["wave_file_name", "filename"]
ending = ".wav"
text = { column = "text" }

[predictions]
column = "pred_score"
aliases = ["prediction_score", "prediction", "score"]

[references]
column = "average_score"
aliases = ["average_semantic_alignement_score"]

[ratings]
column = "score"
listener = { column = "listener_id", aliases = ["listener"] }

[scores]
minimum = 0
maximum = 10

[splits.test]
pattern = "{:05d}.wav"
first = 7500
last = 7511

[splits.validation]
pattern = "{:05d}.wav"
first = 5000
last = 5011
"""
PREDICTIONS = [2.11, 3.5, 4.25, 6.72, 5.5, 7.1, 8.33, 1.9, 0.5, 9.2, 6.05, 3.75]
MEANS = [2.5, 3.25, 4.0, 7.0, 5.25, 7.5, 8.0, 2.0, 1.0, 9.5, 6.5, 3.0]
IDS = [f"{i:05d}.wav" for i in range(7500, 7512)]
OTHER_IDS = [f"{i:05d}.wav" for i in range(5000, 5012)]
HEADER = "wav_file_name,pred_score\n"
ROWS = [f"{i},{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)]


def lines(rows, head=HEADER):
    """Return a file of rows, each with its line end."""
    return head + "".join(f"{row}\n" for row in rows)


GOOD = lines(ROWS)
AVERAGES = lines(
    [f"{i},a dog barks,{t}" for i, t in zip(IDS, MEANS, strict=True)],
    "wav_file_name,text,average_score\n",
)
RATINGS = lines(
    [
        f"{i},a dog barks,{int(t) + d},L{k}"
        for i, t in zip(IDS, MEANS, strict=True)
        for k, d in enumerate((-1, 0))
    ],
    "wav_file_name,text,score,listener_id\n",
)
CASES = {}


def with_line(line, new):
    """Return the valid file with another line."""
    rows = list(ROWS)
    rows[line - 2] = new
    return lines(rows)


CASES["bom_twice"] = b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode()
CASES["bom_double_encoded"] = "ï»¿" + GOOD
CASES["zwsp_header"] = GOOD.replace("pred_score", "pred\u200b_score")
CASES["zwsp_id"] = GOOD.replace("07503.wav", "07503\u200b.wav")
CASES["zwsp_all_ids"] = GOOD.replace(".wav", "\u200b.wav")
CASES["nbsp_header_in"] = GOOD.replace("pred_score", "pred\xa0score")
CASES["nbsp_id"] = GOOD.replace("07503.wav", "\xa007503.wav")
CASES["nbsp_id_in"] = GOOD.replace("07503.wav", "07503\xa0.wav")
CASES["shy_header"] = GOOD.replace("wav_file_name", "wav_\xadfile_name")
CASES["shy_id"] = GOOD.replace("07503.wav", "07503.\xadwav")
CASES["fullwidth_comma"] = lines([r.replace(",", "，") for r in ROWS], HEADER.replace(",", "，"))
CASES["fullwidth_comma_rows"] = lines([r.replace(",", "，") for r in ROWS])
CASES["fullwidth_comma_one"] = GOOD.replace("07503.wav,", "07503.wav，")
CASES["fullwidth_digits"] = GOOD.replace("6.72", "６.７２")
CASES["fullwidth_digits_id"] = GOOD.replace("07503", "０７５０３")
CASES["fullwidth_point"] = GOOD.replace("6.72", "6．72")
CASES["minus"] = GOOD.replace("6.72", "\u22126.72")
CASES["sep_line"] = "sep=,\n" + GOOD
CASES["sep_semicolon"] = "sep=;\n" + GOOD.replace(",", ";")
CASES["title"] = "Results of Kumo\n" + GOOD
CASES["title2"] = "Results of Kumo,\n\n" + GOOD
CASES["row_quoted"] = lines([f'"{r}"' for r in ROWS], '"wav_file_name,pred_score"\n')
CASES["row_quoted_rows"] = lines([f'"{r}"' for r in ROWS])
CASES["exchanged"] = lines([f"{p},{i}" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["exchanged_nohead"] = lines([f"{p},{i}" for i, p in zip(IDS, PREDICTIONS, strict=True)], "")
CASES["header_again"] = lines([*ROWS[:6], HEADER.strip(), *ROWS[6:]])
for n, v in {
    "tensor": "tensor([2.11], device='cuda:0')",
    "tensor0": "tensor(2.11)",
    "list": "[6.72]",
    "NA_": "<NA>",
    "na_": "n.a.",
    "qnan": "1.#QNAN",
    "ind": "-1.#IND",
    "inf1": "1.#INF",
    "npf": "np.float64(6.72)",
    "percent": "67.2%",
    "thousand": "1.234,5",
    "tensorg": "tensor(2.1100, grad_fn=<SqueezeBackward0>)",
}.items():
    CASES["v_" + n] = with_line(5, f"07503.wav,{v}" if "," not in v else f'07503.wav,"{v}"')
CASES["v_tensor_unquoted"] = with_line(5, "07503.wav,tensor([2.11], device='cuda:0')")
CASES["v_tensor_all"] = lines(
    [f"{i},\"tensor([{p}], device='cuda:0')\"" for i, p in zip(IDS, PREDICTIONS, strict=True)]
)
CASES["v_list_all"] = lines([f"{i},[{p}]" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["trailing_rows"] = lines([r + "," for r in ROWS])
CASES["trailing_header"] = lines(ROWS, HEADER.strip() + ",\n")
CASES["trailing_both"] = lines([r + "," for r in ROWS], HEADER.strip() + ",\n")
CASES["trailing_one"] = with_line(5, "07503.wav,6.72,")
CASES["cut_line"] = GOOD[:-11]
CASES["cut_line2"] = GOOD[:-6]
CASES["cut_id"] = lines(ROWS[:8]) + "0750"
CASES["ctrl_z"] = GOOD + "\x1a"
CASES["ctrl_z_nl"] = GOOD + "\x1a\n"
CASES["extra_field"] = with_line(5, "07503.wav,a dog,6.72")
CASES["decimal_comma"] = lines(
    [
        r.replace(".wav,", ".wav;").replace(".", "XX", 1).replace(".", ",").replace("XX", ".")
        for r in ROWS
    ],
    HEADER.replace(",", ";"),
)
CASES["decimal_comma_csv"] = lines(
    [
        f"{i},{p:.2f}".replace(".wav", "@").replace(".", ",").replace("@", ".wav")
        for i, p in zip(IDS, PREDICTIONS, strict=True)
    ]
)
CASES["zeros"] = lines([f"{i[1:5]},{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["zeros_wav"] = lines([f"{i[1:]},{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["zeros_nohead"] = lines([f"{i[1:5]},{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)], "")
CASES["zeros_float"] = lines([f"{i[1:5]}.0,{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["zeros_more"] = lines([f"0{i},{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["lfs"] = (
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e"
    "adbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
CASES["html"] = (
    '<!DOCTYPE html>\n<html lang="en">\n<head><title>Sign in</title></head><body></body></html>\n'
)
CASES["html2"] = "\n<html><body>404</body></html>\n"
CASES["json"] = '{"07500.wav": 2.11, "07501.wav": 3.5}\n'
CASES["json_lines"] = '{"id": "07500.wav", "score": 2.11}\n{"id": "07501.wav", "score": 3.5}\n'
CASES["json_list"] = '[\n {"id": "07500.wav", "score": 2.11}\n]\n'
CASES["parquet"] = b"PAR1\x15\x04\x15\x10abc\nfoo\x00PAR1"
CASES["pickle"] = b"\x80\x04\x95\x1b\x00\x00\x00\x00"
CASES["conflict"] = lines(
    [*ROWS[:3], "<<<<<<< HEAD", *ROWS[3:5], "=======", *ROWS[3:5], ">>>>>>> main", *ROWS[5:]]
)
CASES["tsv"] = GOOD.replace(",", "\t")
CASES["tsv_quotes"] = "wav_file_name\ttext\tpred_score\n" + "".join(
    f'{i}\t"a ""dog"" barks"\t{p}\n' for i, p in zip(IDS, PREDICTIONS, strict=True)
)
CASES["tsv_quotes2"] = '"wav_file_name"\t"pred_score"\n' + "".join(
    f'"{i}"\t{p}\n' for i, p in zip(IDS, PREDICTIONS, strict=True)
)
CASES["tsv_quotes3"] = "wav_file_name\ttext\tpred_score\n" + "".join(
    f'{i}\ta "dog" barks\t{p}\n' for i, p in zip(IDS, PREDICTIONS, strict=True)
)
CASES["backslash_quotes"] = "wav_file_name,text,pred_score\n" + "".join(
    f'{i},"a \\"dog\\" barks",{p}\n' for i, p in zip(IDS, PREDICTIONS, strict=True)
)
CASES["semicolon_quotes"] = '"wav_file_name";"pred_score"\n' + "".join(
    f'"{i}";"{str(p).replace(".", ",")}"\n' for i, p in zip(IDS, PREDICTIONS, strict=True)
)
CASES["index"] = "," + HEADER + "".join(f"{k},{r}\n" for k, r in enumerate(ROWS))
CASES["index_unnamed"] = "Unnamed: 0," + HEADER + "".join(f"{k},{r}\n" for k, r in enumerate(ROWS))
CASES["index_nohead"] = "".join(f"{k},{r}\n" for k, r in enumerate(ROWS))
CASES["index_01"] = ",0,1\n" + "".join(f"{k},{r}\n" for k, r in enumerate(ROWS))
CASES["head_01"] = "0,1\n" + "".join(f"{r}\n" for k, r in enumerate(ROWS))
CASES["refs_as_sub"] = AVERAGES
CASES["ratings_as_sub"] = RATINGS
CASES["evaluation_result"] = "metric,value\nSRCC,0.334\nLCC,0.342\nKTAU,0.229\nMSE,4.811\nN,12\n"
CASES["table_of_results"] = "team,system,level,n,SRCC,LCC\nA,A_01,pair,12,0.334,0.342\n"
CASES["other_split"] = lines([f"{i},{p}" for i, p in zip(OTHER_IDS, PREDICTIONS, strict=True)])
CASES["other_split_half"] = lines(
    [f"{i},{p}" for i, p in zip(OTHER_IDS[:6], PREDICTIONS[:6], strict=True)] + ROWS[6:]
)
CASES["utf16"] = GOOD.encode("utf-16")
CASES["folders"] = lines(["wav/test/" + r for r in ROWS])
CASES["upper"] = lines([r.replace(".wav", ".WAV") for r in ROWS])
CASES["noext"] = lines([r.replace(".wav", "") for r in ROWS])
CASES["curly_quotes"] = lines([f"“{i}”,{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["single_quotes"] = lines([f"'{i}',{p}" for i, p in zip(IDS, PREDICTIONS, strict=True)])
CASES["spaces_delim"] = lines([r.replace(",", " ") for r in ROWS], HEADER.replace(",", " "))
CASES["pipe_delim"] = lines([r.replace(",", "|") for r in ROWS], HEADER.replace(",", "|"))
CASES["colon_delim"] = lines([r.replace(",", ":") for r in ROWS], HEADER.replace(",", ":"))
CASES["comment_line"] = "# my results\n" + GOOD
CASES["header_header"] = HEADER + GOOD

NOT_FIXED = frozenset(
    [
        *(
            "conflict",
            "cut_id",
            "cut_line",
            "cut_line2",
            "evaluation_result",
            "extra_field",
            "html",
        ),
        *("html2", "json", "table_of_results"),
        *("json_lines", "json_list", "lfs", "other_split", "other_split_half", "parquet"),
        *("pickle", "ratings_as_sub", "refs_as_sub", "v_NA_", "v_ind", "v_inf1", "v_na_"),
        *("v_percent", "v_qnan", "v_thousand"),
    ]
)
FIXED = [name for name in CASES if name not in NOT_FIXED]


@cache
def small_challenge():
    """Return the challenge of twelve pairs."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "challenge.toml"
        file.write_text(CHALLENGE, encoding="utf-8")
        return xe.load_challenge(file)
