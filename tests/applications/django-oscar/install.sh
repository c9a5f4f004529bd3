#!/bin/sh
# Installs the shop into target/applications/django-oscar, in pinned versions; once.
set -eu
home=$(cd "$(dirname "$0")/../../.." && pwd)
venv=$home/target/applications/django-oscar
versions="django-oscar==4.2.1 django-oscar-api==3.3.0 Django==5.2.19 djangorestframework==3.18.3 sorl-thumbnail==13.4.0 psycopg[binary]==3.3.9 gunicorn==27.0.1"
if [ "$(cat "$venv/installed" 2>/dev/null)" = "$versions" ]; then
    exit 0
fi
mkdir -p "$(dirname "$venv")"
python3 -m venv "$venv"
# Each word is a package.
# shellcheck disable=SC2086
"$venv/bin/pip" install --quiet --disable-pip-version-check $versions
printf '%s\n' "$versions" > "$venv/installed"
