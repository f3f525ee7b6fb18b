#!/bin/sh
# Plays samples/khoreia/topology.yaml with one agent per host, on the embedded store, in a scratch folder: shows the
# dance, deletes one file, shows the heal, ends with a status table. Usage: demo.sh KHOR
set -eu
khor=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/khor-demo.XXXXXX")
export KHOR_STORE="sqlite:$scratch/store.db" KHOR_STATE="$scratch/state"
agents=
cleanup() {
    # shellcheck disable=SC2086  # a list of numbers
    [ -z "$agents" ] || { kill $agents 2>/dev/null || true; wait $agents 2>/dev/null || true; }
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
say() { printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }

say '$ khor compile samples/khoreia/topology.yaml'
"$khor" compile khoreia/topology.yaml

say '$ khor agent --host bsd1 &  khor agent --host chromebook &'
for host in bsd1 chromebook; do
    "$khor" agent --host "$host" --root "$scratch/root" &
    agents="$agents $!"
done
"$khor" status --wait 60 >/dev/null

file=$(find "$scratch/root/bsd1" -type f | sort | head -n 1)
say "\$ rm ${file#"$scratch/root"}"
rm "$file"
tries=0
until [ -e "$file" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "error: $file did not come back" >&2; exit 1; }
    sleep 0.1
done
"$khor" status --wait 60 >/dev/null
ls -l "$file"

say '$ khor status'
"$khor" status
