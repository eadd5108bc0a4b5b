"""Packages: files matched by label, findings by file, and systems valid only with their package."""

import subprocess

import pytest
from pypdf import PdfWriter

import xacle_eval as xe
from tests.helpers import DATA, REPOSITORY, codes
from tests.submissions.descriptions import description, zipped
from xacle_eval.submissions.package import check_package, contents_of
from xacle_eval.submissions.packing import pack
from xacle_eval.submissions.pdf import check_reports
from xacle_eval.submissions.reading import Source

XACLE = xe.load_challenge("xacle2026")
SAMPLES = REPOSITORY / "sample_submissions"
GOOD = (SAMPLES / "Minimal_Reference_01.csv").read_bytes()
OTHER = (SAMPLES / "Minimal_Reference_02.csv").read_bytes()


def pdf(pages=2, password=None):
    """A PDF of blank pages."""
    import io

    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    memory = io.BytesIO()
    writer.write(memory)
    return memory.getvalue()


def whole(**changes):
    """The files of a valid package; a change of None removes a file."""
    files = {"Kumo_01.csv": GOOD, "Kumo_01.yaml": description("Kumo_01"), "Kumo_02.csv": OTHER,
             "Kumo_02.yaml": description("Kumo_02"), "report.pdf": pdf()}  # fmt: skip
    return {name: data for name, data in {**files, **changes}.items() if data is not None}


def check_files(files, challenge=XACLE, team=None):
    """Return the report of a package, and its systems by label."""
    package, *systems = check_package(Source.of_bytes(zipped(files), "Kumo.zip"), challenge, team)
    return package.report, {one.report.system: one for one in systems}


def test_a_sound_package():
    """A valid package has its members, and every system its predictions and description."""
    package, systems = check_files(whole())
    assert (package.kind, package.system, package.team, package.valid) == (
        "package",
        "Kumo",
        "Kumo",
        True,
    )
    assert [member.name for member in package.members] == list(whole())
    assert package.findings == ()
    assert list(systems) == ["Kumo_01", "Kumo_02"]
    for label, one in systems.items():
        assert one.report.path == f"Kumo.zip/{label}.csv"
        assert (one.report.package, one.report.team, one.report.valid) == ("Kumo.zip", "Kumo", True)
        assert codes(one.report.findings) == ["XAC112"]
        assert one.predictions.shape == (3000,)
        assert one.description.submission.label == label


def test_names_of_dcase_and_a_wrapper_folder():
    """DCASE's file names, other YAML endings and a wrapper folder make no difference."""
    files = {
        "x/Kumo_01.output.csv": GOOD,
        "x/Kumo_01.meta.yaml": description("Kumo_01"),
        "x/Kumo_02.csv": OTHER,
        "x/Kumo_02.yml": description("Kumo_02"),
        "__MACOSX/x/._Kumo_01.csv": b"",
        "x/.DS_Store": b"",
    }
    package, systems = check_files(files)
    assert (package.findings, list(systems)) == ((), ["Kumo_01", "Kumo_02"])
    assert systems["Kumo_01"].report.path == "Kumo.zip/x/Kumo_01.output.csv"


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"Kumo_02.csv": None}, "XAC091", "missing predictions: Kumo_02"),
        (
            {"Kumo_01.meta.yaml": description()},
            "XAC062",
            "same label: Kumo_01.meta.yaml, Kumo_01.yaml",
        ),
        (
            {"Kaze_01.csv": GOOD, "Kaze_01.yaml": description("Kaze_01")},
            "XAC093",
            "the labels name several teams: Kaze, Kumo",
        ),
        (
            {f"Kumo_0{n}.csv": GOOD for n in range(3, 6)},
            "XAC061",
            "5 systems; the challenge allows 4 per team",
        ),
        ({"report.pdf": b"%!PS"}, "XAC095", "not a PDF document"),
        ({"report.pdf": pdf(1)}, "XAC096", "1 page; the challenge requires at least 2"),
    ],
)
def test_faults_of_a_package(changes, code, says):
    """An error of the package as a whole makes all its systems invalid."""
    package, systems = check_files(whole(**changes))
    assert not package.valid
    assert says in next(finding.message for finding in package.findings if finding.code == code)
    for one in systems.values():
        assert "XAC098" in codes(one.report.findings)
        assert (one.report.valid, one.predictions) == (False, None)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        (
            {"notes.txt": b"", "x.pt": b"", "a/b.csv": b""},
            "XAC094",
            "3 ignored files: a/b.csv, notes.txt, x.pt",
        ),
        ({"report.pdf": b"%PDF-1.4 nothing"}, "XAC097", "damaged"),
        ({"report.pdf": pdf(2, "secret")}, "XAC097", "encrypted"),
        ({"Kumo_02.csv": GOOD}, "XAC066", "same predictions, within rounding: Kumo_01, Kumo_02"),
    ],
)
def test_warnings_of_a_package(changes, code, says):
    """A possible mistake is a warning of the package; its systems stay valid."""
    package, systems = check_files(whole(**changes))
    assert package.valid
    assert [finding.code for finding in package.findings] == [code]
    assert says in package.findings[0].message
    assert all(one.report.valid for one in systems.values())


def test_an_empty_package():
    """A finding about a package without predictions names the files in it."""
    package, systems = check_files({"a/b/Kumo_01.csv": GOOD, "c.txt": b""})
    assert codes(package.findings) == ["XAC090"]
    assert "it contains a/b/Kumo_01.csv, c.txt" in package.findings[0].message
    assert systems == {}
    assert codes(check_files({})[0].findings) == ["XAC090"]


def test_the_paths_of_a_package_are_those_in_the_archive():
    """A finding names files as the archive does, also if one folder holds all of them."""
    package, _ = check_files({"home/user/Kumo_01.csv": GOOD, "home/user/Kumo_01.yaml": b""})
    assert codes(package.findings) == ["XAC090"]
    assert "it contains home/user/Kumo_01.csv" in package.findings[0].message


def test_predictions_in_a_deeper_folder_are_moved():
    """A finding about a prediction file in a deeper folder advises to move it, not to remove it."""
    package, _ = check_files({"Kumo_01.csv": GOOD, "more/Kumo_02.csv": GOOD})
    found = next(one for one in package.findings if one.code == "XAC094")
    assert "more/Kumo_02.csv" in found.message
    assert found.hint.startswith("Move prediction files to the folder of the others")


def test_faults_of_one_system_leave_the_others():
    """An invalid file is reported under its own name, and only its system is invalid."""
    broken = description("Kumo_02").replace("ensemble: false", "ensemble: true")
    twice = GOOD.replace(b"10500.wav", b"10501.wav")
    package, systems = check_files(whole(**{"Kumo_02.yaml": broken, "Kumo_01.csv": twice}))
    assert package.valid
    assert {"XAC023", "XAC024"} <= set(codes(systems["Kumo_01"].report.findings))
    finding = systems["Kumo_02"].report.findings[0]
    assert (finding.code, finding.file) == ("XAC114", "Kumo.zip/Kumo_02.yaml")
    assert not systems["Kumo_01"].report.valid
    assert not systems["Kumo_02"].report.valid


def test_a_missing_description():
    """A system without a description is invalid only if the challenge requires one."""
    _, systems = check_files(whole(**{"Kumo_02.yaml": None}))
    assert codes(systems["Kumo_02"].report.findings) == ["XAC092"]
    assert systems["Kumo_01"].report.valid
    example = xe.load_challenge(DATA / "example")
    hibari = (DATA / "example/submissions/Hibari_01.csv").read_bytes()
    package, systems = check_files({"Hibari_01.csv": hibari}, example)
    assert package.findings == ()
    assert systems["Hibari_01"].report.findings == ()


def test_answers_without_labels():
    """If labels name no team, the package does; a folder's name takes precedence."""
    voicemos = xe.load_challenge(DATA / "challenges" / "voicemos")
    answer = (DATA / "challenges/voicemos/submissions/T01/answer.txt").read_bytes()
    package, systems = check_files({"answer.txt": answer}, voicemos)
    assert (package.team, systems["answer"].report.team) == ("Kumo", "Kumo")
    assert check_files({"answer.txt": answer}, voicemos, team="T01")[0].team == "T01"


def test_predictions_for_other_splits():
    """LABEL.SPLIT.csv has predictions for that split; they are checked and kept for claims."""
    validation = "".join(f"{n:05d}.wav,{n % 7}\n" for n in range(7500, 10500))
    _, systems = check_files(whole(**{"Kumo_01.validation.csv": validation}))
    assert systems["Kumo_01"].others["validation"].shape == (3000,)
    _, systems = check_files(
        whole(**{"Kumo_01.validation.csv": validation.replace("07500.wav", "10500.wav")})
    )
    found = [f for f in systems["Kumo_01"].report.findings if f.severity == "error"]
    assert codes(found) == ["XAC022", "XAC024"] or set(codes(found)) == {"XAC022", "XAC024"}
    assert {finding.file for finding in found} == {"Kumo.zip/Kumo_01.validation.csv"}
    # With that split selected, the roles are exchanged.
    files = whole(
        **{"Kumo_01.validation.csv": validation, "Kumo_02.csv": None, "Kumo_02.yaml": None}
    )
    _, systems = check_files(files, XACLE.with_split("validation"))
    assert systems["Kumo_01"].report.path == "Kumo.zip/Kumo_01.validation.csv"
    assert list(systems["Kumo_01"].others) == ["test"]


def test_files_by_their_names():
    """Names are sorted into predictions, descriptions, reports and other files."""
    names = [
        "B_01.csv",
        "A_01.CSV",
        "A_01.Yaml",
        "r.PDF",
        "x.txt",
        ".hidden.csv",
        "d/e.csv",
        "A_01.train.csv",
    ]
    contents = contents_of(names, XACLE)
    assert contents.predictions == {"A_01": "A_01.CSV", "B_01": "B_01.csv"}
    assert contents.descriptions == {"A_01": "A_01.Yaml"}
    assert contents.others == {"A_01": {"train": "A_01.train.csv"}}
    assert (contents.reports, contents.surplus) == (["r.PDF"], [".hidden.csv", "d/e.csv", "x.txt"])


def test_packing_gives_the_same_bytes(tmp_path):
    """The same files give the same archive, in any order and at any time."""
    paths = []
    for name, data in whole().items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data if isinstance(data, bytes) else data.encode())
    packed = pack(paths, "Kumo.zip", XACLE)
    assert packed.valid
    paths[0].touch()
    assert pack(list(reversed(paths)), "Kumo.zip", XACLE).data == packed.data
    assert pack([tmp_path], "Kumo.zip", XACLE).data == packed.data


def test_what_cannot_be_packed(tmp_path):
    """A missing file, two files with the same name and a package in a package are usage errors."""
    (tmp_path / "d").mkdir()
    for place in (tmp_path / "a.csv", tmp_path / "d" / "a.csv"):
        place.write_text("x")
    (tmp_path / "b.zip").write_bytes(zipped({}))
    for paths, says in (
        ([tmp_path / "none.csv"], "cannot read"),
        ([tmp_path / "a.csv", tmp_path / "d" / "a.csv"], "the same name"),
        ([tmp_path / "b.zip"], "a package already"),
    ):
        with pytest.raises(xe.UsageError, match=says):
            pack(paths, "Kumo.zip", XACLE)


@pytest.mark.parametrize(
    "answer", [b"", b"damaged", b"encrypted", b"limit reached", b"-1\n", b"damaged\n"]
)
def test_the_answers_of_the_pdf_reader(monkeypatch, answer):
    """Why the reader could not count the pages changes neither the code nor the message."""
    done = subprocess.CompletedProcess([], 0, stdout=answer)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    for data, reason in (
        (b"%PDF-1.7 /Encrypt 5 0 R", "encrypted"),
        (b"%PDF-1.7", "damaged or too complex"),
    ):
        (finding,) = check_reports({"r.pdf": data}, 2)
        assert finding.code == "XAC097"
        assert finding.message == f"cannot count the pages: the PDF is {reason}"


def test_a_report_at_the_limit_of_pages():
    """A report with exactly the required number of pages is accepted; one page less is not."""
    reports = {"a.pdf": pdf(3), "b.pdf": pdf(2), "c.pdf": pdf(3)}
    (finding,) = check_reports(reports, 3)
    assert (finding.code, finding.file) == ("XAC096", "b.pdf")


def test_as_many_systems_as_allowed():
    """A package with exactly as many systems as the challenge allows is valid; one more is not."""
    most = XACLE.submissions.systems_per_team
    for number, found in ((most, []), (most + 1, ["XAC061"])):
        files = {}
        for n in range(1, number + 1):
            files[f"Kumo_0{n}.csv"] = OTHER
            files[f"Kumo_0{n}.yaml"] = description(f"Kumo_0{n}")
        package, _ = check_files(files)
        assert [code for code in codes(package.findings) if code != "XAC066"] == found


def test_packing_at_the_limit_of_size(tmp_path):
    """Files with exactly the allowed number of bytes can be packed; with one more they cannot."""
    limits = XACLE.limits.model_copy(update={"max_package_bytes": 10_000})
    challenge = XACLE.model_copy(update={"limits": limits})
    (tmp_path / "a.txt").write_bytes(b"x" * 9_000)
    (tmp_path / "b.txt").write_bytes(b"x" * 1_000)
    assert pack([tmp_path], "Kumo.zip", challenge).data
    (tmp_path / "b.txt").write_bytes(b"x" * 1_001)
    with pytest.raises(xe.UsageError, match="limit is 10,000 bytes in total"):
        pack([tmp_path], "Kumo.zip", challenge)
