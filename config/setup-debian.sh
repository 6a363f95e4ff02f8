#!/usr/bin/env bash
# Installs the Debian packages that the demo and the tests need; says exactly which when it cannot.
set -euo pipefail

packages=(python3-venv libzbar0 libusb-1.0-0 libatomic1 chromium fonts-noto-mono fonts-dejavu-core gcc libc6-dev postgresql)
missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo)
else
  echo "setup: these Debian packages are missing: ${missing[*]}" >&2
  echo "setup: install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 3
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
