#!/bin/sh
# Installs the Debian packages that the browser tests want, where we may; else names them.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
fc-list ":lang=ko" 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing fontconfig >/dev/null
else
  echo "The browser tests want:$missing" >&2
  echo "hint: install them with your package manager; all other tests run without." >&2
fi
