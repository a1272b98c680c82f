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
import time
began = time.monotonic()
from importlib.resources import files
from slack_simulator import Simulator
from slack_simulator.client import SimulatorClient
with Simulator() as slack:
    SimulatorClient(slack.url).say("hello")
    assert slack.feed.after(0, "message")[0]["message"]["text"] == "hello"
    print(f"{time.monotonic() - began:.1f} s")
assert (files("slack_simulator") / "py.typed").is_file()
'
tried=" "
for python in python3.{11..14} ~/.pyenv/versions/3.*/bin/python ~/.local/share/uv/python/*/bin/python; do
    version=$("$python" -c 'import sys; assert sys.version_info >= (3, 11); print("%d.%d" % sys.version_info[:2])' \
        2>/dev/null) || continue
    [[ $tried != *" $version "* ]] || continue
    for package in dist/*.whl dist/*.tar.gz; do
        rm -rf "${folder:?}/$version"
        began=$(date +%s)
        "$python" -m venv "$folder/$version"
        CC=false CXX=false "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "$package"
        installed=$(($(date +%s) - began))
        said=$(cd "$folder" && "$version/bin/python" -c "$first_message")
        (cd "$folder" && "$version/bin/slack-simulator" test true)
        echo "Python $version: $(basename "$package") is installed in $installed s, first message after $said"
    done
    tried+="$version "
done
[ -n "${tried// /}" ] || { echo "no Python from 3.11 was found"; exit 1; }
[[ $tried == *" 3.14 "* ]] || {
    "$folder/build/bin/pip" download --quiet --only-binary :all: --python-version 3.14 --dest "$folder" dist/*.whl
    echo "Python 3.14 was not found; each dependency has a wheel for it"
}
