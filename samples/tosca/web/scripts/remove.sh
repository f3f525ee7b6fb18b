#!/bin/sh
# Removes a node's folder, and the one around it once that is empty. May run again at any time.
set -eu
rm -rf -- "${folder:?}"
rmdir -- "$(dirname -- "$folder")" 2>/dev/null || true
