#!/usr/bin/env bash
# Measures the server of the work tree against that of a git ref, both with the bench of the work tree.
#
# Every measurement starts its own database, server, sink and publisher, the two variants take turns, and their order
# is reversed in every round, so that neither a slow minute of the machine nor the order favors one of them.
#
#   bench/compare.sh REF
#   SCENARIOS="rest publish-many" ROUNDS=5 bench/compare.sh REF [options of the bench, such as --patience 300]
#   TURNS=24 bench/compare.sh REF [rest|client|many ...]   both at once, in turns of a second: see turns.ts
set -euo pipefail
cd "$(dirname "$0")/.."

ref=${1:?a git ref to compare with, such as main or HEAD}
options=("${@:2}")
rounds=${ROUNDS:-5}
scenarios=${SCENARIOS:-rest}
root=$PWD
base=$(mktemp -d "${TMPDIR:-/tmp}/tocsin-compare-XXXXXX")
trap 'rm -rf "$base"' EXIT

# An archive and not a worktree: it leaves nothing in .git, however this script ends.
mkdir "$base/tree"
git archive "$ref" | tar -x -C "$base/tree"

# Same packages, same folder: every entry is linked. Our own packages must be the ref's, so they are linked again.
if cmp -s package-lock.json "$base/tree/package-lock.json"; then
  mkdir -p "$base/tree/node_modules/@tocsin"
  find "$root/node_modules" -mindepth 1 -maxdepth 1 ! -name @tocsin -exec ln -s -t "$base/tree/node_modules" {} +
  for package in shared server client; do
    ln -s "../../$package" "$base/tree/node_modules/@tocsin/$package"
    if [ -d "$root/$package/node_modules" ]; then
      ln -s "$root/$package/node_modules" "$base/tree/$package/node_modules"
    fi
  done
else
  (cd "$base/tree" && npm ci --no-audit --no-fund >/dev/null)
fi

if [ -n "${TURNS:-}" ]; then
  node --conditions=@tocsin/source --import tsx bench/turns.ts "$base/tree" "$root" "$TURNS" ${options[@]+"${options[@]}"}
  exit
fi

only=()
for scenario in $scenarios; do only+=(--only "$scenario"); done

run_variant() { # <label> <tree> [options]
  npm run -s bench -- "${only[@]}" "${@:3}" --rounds 1 --json --tree "$2" >"$base/$1-$round.json" 2>"$base/log" ||
    { cat "$base/log" >&2; exit 1; }
}

for ((round = 1; round <= rounds; round++)); do
  if ((round % 2)); then
    echo "round $round of $rounds: $ref, work tree" >&2
    run_variant ref "$base/tree" "${options[@]}"
    run_variant work "$root" "${options[@]}"
  else
    echo "round $round of $rounds: work tree, $ref" >&2
    run_variant work "$root" "${options[@]}"
    run_variant ref "$base/tree" "${options[@]}"
  fi
done

node --conditions=@tocsin/source --import tsx bench/compare.ts "$base" "$ref"
