#!/usr/bin/env bash
# Builds the container image without a daemon: with buildah, which runs the steps of the Dockerfile in a chroot.
#
#   scripts/container-build.sh [--base-from-packages] [name of the image, by default tocsin]
#
# The base is the one that the Dockerfile names. With --base-from-packages, no image registry is needed: a base of the
# same Debian and Node versions is made from the packages of Debian (mmdebstrap) and npm, once for each Node version.
set -euo pipefail
cd "$(dirname "$0")/.."

from_packages=
if [ "${1:-}" = --base-from-packages ]; then
  from_packages=1
  shift
fi
image=${1:-tocsin}

for tool in buildah ${from_packages:+mmdebstrap npm}; do
  command -v "$tool" > /dev/null || { echo "container-build: $tool is not installed" >&2; exit 2; }
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Prints the name of a base image with the Node version of the Dockerfile. Makes it if it does not exist.
make_base() {
  local version arch name root
  version=$(sed -n 's/^FROM node:\([0-9.]*\)-bookworm-slim.*/\1/p' Dockerfile)
  arch=$(node -p process.arch)
  name=localhost/tocsin-base:node-$version
  if ! buildah inspect "$name" > /dev/null 2>&1; then
    echo "container-build: making $name" >&2
    root=$scratch/root
    mmdebstrap --quiet --variant=minbase bookworm "$root" >&2
    (cd "$scratch" && npm pack --silent "node-linux-$arch@$version" npm@10 >&2)
    mkdir -p "$root/usr/local/lib/node_modules/npm"
    tar xzf "$scratch/node-linux-$arch-$version.tgz" -C "$root/usr/local" --strip-components=1 package/bin/node
    tar xzf "$scratch"/npm-*.tgz -C "$root/usr/local/lib/node_modules/npm" --strip-components=1
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
    chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash node
    tar cf "$scratch/base.tar" -C "$root" .
    printf 'FROM scratch\nADD base.tar /\nCMD ["node"]\n' > "$scratch/Dockerfile"
    buildah build --quiet --isolation chroot --tag "$name" --file "$scratch/Dockerfile" "$scratch" >&2
  fi
  echo "$name"
}

options=(--isolation chroot --layers --format docker --tag "$image")
[ -z "$from_packages" ] || options+=(--pull-never --from "$(make_base)")

# A machine whose registry has a certificate of its own names the authority here. The image does not keep it.
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  echo 'cafile=/run/npm-authorities.pem' > "$scratch/npmrc"
  options+=(--volume "$NODE_EXTRA_CA_CERTS:/run/npm-authorities.pem:ro" --volume "$scratch/npmrc:/root/.npmrc:ro")
fi

buildah build "${options[@]}" .
