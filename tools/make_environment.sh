#!/usr/bin/env bash
# Makes the virtual environment; on Debian and Ubuntu installs the venv module where it is missing.
set -euo pipefail
python="$1" venv="$2"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Lossoscope needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || echo absent)." >&2
  echo "Install one, or name it: make PYTHON=python3.11 run" >&2
  exit 1
fi
[ -x "$venv/bin/pip" ] && exit 0
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  version=$("$python" -c 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")')
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq "python$version-venv" || apt-get install -y -qq python3-venv
  else
    echo "Python's venv module is missing. Install it: sudo apt-get install python$version-venv" >&2
    exit 1
  fi
fi
echo "Making the environment in $venv (some minutes the first time) ..."
"$python" -m venv "$venv"
