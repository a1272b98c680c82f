#!/usr/bin/env bash
# Builds the wheel and the source distribution into dist/, and tries both on each Python from 3.11 that
# is to be had: in a new environment, install, start, say the first message. No compiler is used.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

rm -rf dist
python3 -m venv "$folder/build"
"$folder/build/bin/pip" install --quiet build
"$folder/build/bin/python" -m build --outdir dist . >/dev/null

first_message='
from slack_simulator import Simulator
from slack_simulator.client import SimulatorClient
with Simulator() as slack:
    SimulatorClient(slack.url).say("hello")
    print(slack.feed.after(0, "message")[0]["message"]["text"])
'
tried=0
for python in python3.{11..14} ~/.pyenv/versions/3.*/bin/python ~/.local/share/uv/python/*/bin/python; do
    version=$("$python" -c 'import sys; assert sys.version_info >= (3, 11); print("%d.%d" % sys.version_info[:2])' \
        2>/dev/null) || continue
    [ ! -e "$folder/$version" ] || continue
    for package in dist/*.whl dist/*.tar.gz; do
        rm -rf "${folder:?}/$version"
        began=$(date +%s)
        "$python" -m venv "$folder/$version"
        CC=false CXX=false "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "$package"
        [ "$(cd "$folder" && "$version/bin/python" -c "$first_message")" = hello ]
        (cd "$folder" && "$version/bin/slack-simulator" test true)
        echo "Python $version: $(basename "$package") says hello after $(($(date +%s) - began)) s"
        tried=$((tried + 1))
    done
done
[ "$tried" -gt 0 ] || { echo "no Python from 3.11 was found"; exit 1; }
