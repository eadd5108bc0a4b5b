"""Descriptions for tests: the template filled in, and packages of files in memory."""

import io
import zipfile

from xacle_eval.submissions.description import description_template

VALUES = {
    "<Name of the system>": "Cloud listener",
    "<Abbrev>": "Cloud",
    "<Last name>": "Kumo",
    "<First name>": "Aoi",
    "<name@example.org>": "aoi@example.org",
    "<Institute>": "University of Examples",
    "<Inst>": "UEx",
    "<Department>": "Department of Sound",
    "<City, Country>": "Nowhere",
    "<BYOL-A>": "BYOL-A",
    "<RoBERTa-large>": "RoBERTa-large",
    "<One or two sentences about the rest of the system>": "An LSTM over both.",
    "<BookCorpus>": "BookCorpus",
    "<English Wikipedia>": "English Wikipedia",
    "<text encoder>": "text encoder",
    "<https://example.org/model>": "https://example.org/model",
    "<AudioCaps>": "AudioCaps",
    "<https://example.org/data>": "https://example.org/data",
    "<audio and captions>": "audio and captions",
    "<XACLE train>": "XACLE train",
    "<Number>": "371000000",
}


def description(label="Kumo_01", **changes):
    """The template filled in like a team would; `changes` are further replacements in its text."""
    text = description_template(label)
    for old, new in VALUES.items():
        assert old in text, old
        text = text.replace(old, new)
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """Return a ZIP of names and texts or bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return memory.getvalue()
