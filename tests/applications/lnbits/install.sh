#!/bin/sh
# Installs the wallet into target/applications/lnbits, in pinned versions; once.
set -eu
home=$(cd "$(dirname "$0")/../../.." && pwd)
venv=$home/target/applications/lnbits
# LNbits 1.6.2 does not start with the bitstring that it would be given without a word: newer
# ones have no ConstBitStream.
versions="lnbits==1.6.2 bitstring==4.4.0"
if [ "$(cat "$venv/installed" 2>/dev/null)" = "$versions" ]; then
    exit 0
fi
mkdir -p "$(dirname "$venv")"
python3 -m venv "$venv"
# Each word is a package.
# shellcheck disable=SC2086
"$venv/bin/pip" install --quiet --disable-pip-version-check $versions
# Its pages are found from the folder that the package lies in.
ln -sfn "$(cd "$venv"/lib/python3.*/site-packages && pwd)" "$venv/home"
printf '%s\n' "$versions" > "$venv/installed"
