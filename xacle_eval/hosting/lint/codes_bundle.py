"""The codes about any bundle: its archive, its files and its YAML."""

from __future__ import annotations

from xacle_eval.submissions.rule import Rule

__all__ = ["BUNDLE_CODES"]

BUNDLE_CODES = (
    Rule("BU001", "bundle-unknown", "error", "no bundle of a known platform",
         "Codabench reads `competition.yaml`, EvalAI `challenge_config.yaml`, each at the root of "
         "the bundle.",
         "Pass the folder or the ZIP that has one of these files, or name the platform."),
    Rule("BU002", "bundle-damaged", "error", "damaged archive",
         "The platforms refuse a ZIP that cannot be unpacked. Some programs accept archives that "
         "others refuse, so only plain ones are safe.",
         "Create the ZIP again with a plain program, without a password and without splitting it."),
    Rule("BU003", "bundle-encrypted", "error", "encrypted file",
         "The platforms have no password: unpacking stops with an error.",
         "Create the ZIP without a password."),
    Rule("BU004", "bundle-too-large", "error", "bundle too large to check",
         "The check stops at limits for the number of files, their sizes and how far they expand, "
         "because an archive can be made to fill a disk.",
         "Remove what the bundle does not need. Data that is large can be uploaded to the platform "
         "as a dataset of its own."),
    Rule("BU005", "bundle-link", "error", "link or special file",
         "In a ZIP, the platforms unpack a symbolic link as a small text file that holds its "
         "target, so the file that it stands for is missing.",
         "Replace the link with the file itself."),
    Rule("BU006", "wrapper-folder", "error", "wrapper folder",
         "Both platforms read the configuration at the root of the ZIP only. A folder around all "
         "files is the most frequent reason for \"competition.yaml is missing\" and \"There is no "
         "YAML file\".",
         "Create the ZIP from inside the folder: `cd FOLDER && zip -r ../bundle.zip .`"),
    Rule("BU007", "litter", "warning", "files of the operating system",
         "macOS adds `__MACOSX` and `._` files to a ZIP, Windows `Thumbs.db`. The platforms unpack "
         "them like any other file; programs that list a folder read them as data.",
         "Create the ZIP without them: `zip -r bundle.zip . -x '__MACOSX*' -x '*.DS_Store'`"),
    Rule("BU008", "unsafe-name", "error", "unsafe name in the archive",
         "EvalAI refuses a ZIP with a name that leads outside of it. Codabench removes the parts "
         "`..` and the leading slash, so the file has another name. A backslash is part of the "
         "name on Linux.",
         "Use relative names with forward slashes."),
    Rule("BU009", "same-name", "warning", "same name twice in the archive",
         "The platforms unpack the files one after the other, and the last one stays.",
         "Keep one file of the name."),
    Rule("BU010", "yaml-invalid", "error", "YAML cannot be read",
         "The platforms refuse a configuration that is not valid YAML, often with the message of "
         "the parser only.",
         "Correct the line; quote texts with a colon, `#`, `@` or `%`."),
    Rule("BU011", "yaml-large", "error", "YAML too complex to check",
         "The check stops at limits for the size, the nesting, the values and the aliases of a "
         "YAML file.",
         "Simplify the file; a configuration needs a few hundred lines at most."),
    Rule("BU012", "yaml-same-key", "warning", "duplicate key in YAML",
         "The platforms use the last value of a key that occurs twice, and say nothing.",
         "Keep one of the keys."),
    Rule("BU013", "file-unreadable", "error", "file or folder cannot be read",
         "What cannot be read here is not checked, and is missing in a ZIP that you create.",
         "Change its permissions."),
    Rule("BU014", "file-not-checked", "info", "file too large to check",
         "The platforms may accept the file; this check does not read a file of this size.",
         "Check by hand what is in it, such as a folder around all files of a ZIP."),
)  # fmt: skip
