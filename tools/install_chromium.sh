#!/usr/bin/env bash
# Finds or installs a Chromium for the browser tests: the system's, else apt as root, else Playwright's.
set -euo pipefail
bin="$1"

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq chromium && exit 0
fi
"$bin/python" -m playwright install chromium
