#!/usr/bin/env bash
# Build the docs site from docs/ and check it: warnings are errors, and every link must resolve.
# Needs a Python with the extra [docs]: that of .venv-dev, or the one in $PYTHON. Under half a minute.
#   bash .ci/docs.sh [FOLDER]     # by default docs/_build/html; open index.html in it
set -euo pipefail

cd "$(dirname "$0")/.."
python=${PYTHON:-.venv-dev/bin/python}
site=${1:-docs/_build/html}
rm -rf "$site"
"$python" -m sphinx -W -n --keep-going -q -E -j auto -b html docs "$site" -d "$site/.doctrees"
rm -rf "$site/.doctrees" "$site/.buildinfo"
"$python" .ci/check_site.py "$site"
