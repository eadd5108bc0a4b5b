"""The texts of an export for Hugging Face: instructions, front matter, cards of the datasets."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from xacle_eval.hosting.platform_texts import PlatformTexts

__all__ = [
    "EVALUATOR_PAGE",
    "GRADIO",
    "INSTRUCTIONS",
    "PLATFORM",
    "REQUIREMENTS",
    "RESULTS_CARD",
    "SPACE_PAGE",
    "SUBMISSIONS_CARD",
    "fill",
]

GRADIO = "6.31.0"
"""The release of gradio with which the Spaces were tried, and which the hub installs there."""

REQUIREMENTS = """\
# The oldest releases with which the Space was tried.
gradio[oauth]>=6.0,<7
huggingface_hub>=1.0
"""

PLATFORM = PlatformTexts(
    name="The Space",
    upload="Sign in, name your system, and choose a prediction file or a ZIP that has one.",
    order=(
        "The leaderboard compares the scores that are shown, one after the other, until two "
        "systems differ. It shows the best system of each team, or every one."
    ),
    failure=(
        "The Space says so at once, before anything is stored; My submissions shows what became "
        "of each upload."
    ),
    counted=(
        "The time of a submission is that of its commit. Checks without a submission do not count."
    ),
    knows_rules=True,
)

SPACE_PAGE = """\
---
title: $title
emoji: 📊
colorFrom: blue
colorTo: indigo
sdk: gradio
sdk_version: "$gradio"
python_version: "3.12"
app_file: app.py
pinned: false
hf_oauth: true
---

The public Space of a challenge: leaderboard, check and upload. Written by `xacle-eval export
huggingface`.

It has no label. `single_file.py` checks an upload, and `store.py` writes it to the private dataset
`$name-submissions` with the token in the secret `HF_TOKEN`.
"""

EVALUATOR_PAGE = """\
---
title: Evaluator
emoji: 🔒
colorFrom: gray
colorTo: gray
sdk: gradio
sdk_version: "$gradio"
python_version: "3.12"
app_file: app.py
pinned: false
---

**This Space must be private: the folder `labels` has the labels.** It scores new uploads and writes
the results. It stops if it, or the dataset `$name-submissions`, is public.

`app.py` runs all the time. Without a Space that is always awake, run `python evaluate.py --once` by
a schedule on a computer of your own: it handles what waits, then ends. `python evaluate.py --retry`
also scores uploads again whose scoring failed.

With `"error_bars": true` in `config.json`, the standard error of each score is published, too,
rounded as the score. It says a little more about the labels.
"""

SUBMISSIONS_CARD = """\
---
pretty_name: $submissions_title
viewer: false
---

# Submissions

**Private.** The uploads of a challenge, and what became of them.

| File | Written by | Contents |
| --- | --- | --- |
| `uploads/ACCOUNT/ID/submission.json` | the Space | account, phase, system, file, SHA-256 |
| `uploads/ACCOUNT/ID/file/NAME` | the Space | the uploaded file, if the check found it valid |
| `status.jsonl` | the evaluator | one line for each upload: outcome, text, published scores |

`ID` is the time in UTC and eight random digits. The time that counts is that of the commit. Files
under `uploads` are added, never changed: the history of this dataset is the record of the
challenge. Do not edit `status.jsonl`: the limits of a team and its ladder follow from it.

Outcomes: `scored`, `invalid`, `early`, `late`, `over the limit`, `failed`. Only `scored` and
`invalid` uploads count against limits.
"""

RESULTS_CARD = """\
---
pretty_name: $results_title
configs:
- config_name: default
  data_files: results.jsonl
---

# Results

**Public.** One line of `results.jsonl` for each scored system, with the scores as the phase shows
them. The evaluator writes it again after each change.

| Key | Contents |
| --- | --- |
| `id` | the upload |
| `account` | the team, an account of Hugging Face |
| `system` | the name that the team gave |
| `kind` | `competing`, `baseline` or `out of competition` |
| `phase` | the phase |
| `submitted` | the time of the commit, in UTC |
| `scores` | the score of each key, rounded |
| `errors` | the standard error of each key, where it is published |
| `absent` | the optional targets that the system leaves out; it is on no leaderboard of theirs |

Names are written by participants: escape them before you show them.
"""

INSTRUCTIONS = """\
$heading
Written by `xacle-eval export huggingface`. Nothing here is on Hugging Face yet.

| Folder | Becomes | Visibility |
| --- | --- | --- |
| `space` | Space `$name` | public |
| `evaluator` | Space `$name-evaluator`, with the labels | **private** |
| `datasets/submissions` | dataset `$name-submissions` | **private** |
| `datasets/results` | dataset `$name-results` | public |

The labels are in `evaluator/labels` and nowhere else. Never upload this whole folder.

## 1. Try it on this computer

Needs Python 3.11 or later. Nothing leaves the computer: a folder stands for the datasets.

```console
python -m venv venv
venv/bin/pip install -r space/requirements.txt
export XACLE_EVAL_STORE=folder:trial XACLE_EVAL_ACCOUNT=tester
venv/bin/python space/app.py
```

Open the address that it prints, submit a file, then score it in a second terminal and look at the
leaderboard:

```console
export XACLE_EVAL_STORE=folder:trial
venv/bin/python evaluator/evaluate.py --once
```

A phase that is not open takes no submission; change `opens` in `space/config.json` and
`evaluator/config.json` for a trial, and export again afterwards.

## 2. Create the repositories

Everything belongs to one owner: an organisation, or your account. Creating a Gradio Space can need
a paid plan.

```console
pip install -U huggingface_hub
hf auth login
export OWNER=your-organisation
hf repos create $$OWNER/$name-submissions --type dataset --private
hf repos create $$OWNER/$name-results --type dataset --public
hf repos create $$OWNER/$name-evaluator --type space --sdk gradio --private
hf repos create $$OWNER/$name --type space --sdk gradio --public
```

## 3. Create two tokens

At <https://huggingface.co/settings/tokens>, of the type *fine-grained*:

| Token | Rights | Secret of |
| --- | --- | --- |
| for the Space | read and write `$name-submissions`, nothing else | `$name` |
| for the evaluator | read and write both datasets, read its Space | `$name-evaluator` |

The token of the Space must not be able to read the evaluator's Space: whoever takes over the public
Space gets this token. Each command waits for a token, and does
not show it:

```console
(read -rs TOKEN && printf 'HF_TOKEN=%s\\n' "$$TOKEN") |
  hf spaces secrets add $$OWNER/$name --secrets-file -
(read -rs TOKEN && printf 'HF_TOKEN=%s\\n' "$$TOKEN") |
  hf spaces secrets add $$OWNER/$name-evaluator --secrets-file -
```

## 4. Upload the folders

```console
hf upload $$OWNER/$name-submissions datasets/submissions . --type dataset
hf upload $$OWNER/$name-results datasets/results . --type dataset
hf upload $$OWNER/$name-evaluator evaluator . --type space
hf upload $$OWNER/$name space . --type space
```

## 5. Check

- Signed out, open `$name-evaluator` and `$name-submissions`: both must answer 404.
- `hf spaces logs $$OWNER/$name-evaluator`: no line says that the step failed.
- Submit a file as a participant; it appears in *My submissions*, then on the leaderboard.
- In the dataset `$name-results`, the history shows a commit of the evaluator.

## 6. Keep the evaluator awake

A Space on free hardware sleeps while nobody visits it, and then scores nothing; the uploads wait.
Choose paid hardware:

```console
hf spaces settings $$OWNER/$name-evaluator --hardware cpu-upgrade --sleep-time -1
```

Or run it by a schedule on a computer of your own, and create no evaluator Space; run one evaluator
at a time:

```console
export HF_TOKEN=... XACLE_EVAL_OWNER=$$OWNER
python evaluator/evaluate.py --once
```

## After a label fix

Correct the references, export again with `--force`, and upload the evaluator:

```console
hf upload $$OWNER/$name-evaluator evaluator . --type space
```

The evaluator finds that the labels of a phase are not those of its scores, scores every valid
submission of the phase again, in the order of their times, and publishes the new results. The old
ones stay in the history of `$name-results`. Uploads that were invalid stay invalid. Tell the
participants what changed.

A submission that was scored on both files of labels reveals more than one score does; a fix of a
few labels is a reason for fewer decimals.

## If something fails

- The Space shows an error at the start: set its secret `HF_TOKEN`.
- Uploads wait: look at the log of the evaluator. Is it asleep?
- "the dataset ... is public": make it private in its settings; replace the labels if it had any.
- An upload has the outcome `failed`: pause the evaluator's Space, fix the cause, then run
  `evaluate.py` as in step 6 with `--once --retry`.
- A team has two accounts: at the end, pause the evaluator and remove the lines of one account from
  `results.jsonl`; see the rules.

Times are in UTC. The days of a limit begin at midnight in the time zone of the phase.
"""


def fill(text: str, words: Mapping[str, str]) -> str:
    """Return a text with the words of a challenge in it."""
    return Template(text).substitute(words, gradio=GRADIO)
