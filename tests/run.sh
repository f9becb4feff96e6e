#!/usr/bin/env bash
# Installs what the tests need (Debian packages, where they are missing), runs all of them and ends with the line
# "N passed, N failed, N skipped". Needs the .NET 10 SDK. Arguments go to `dotnet test`.
set -uo pipefail
cd "$(dirname "$0")/.."

# Real guests and clients; gcc and zlib for the NativeAOT publish.
declare -A packages=(
  [linux.uml]=user-mode-linux
  [qemu-ga]=qemu-guest-agent
  [socat]=socat
  [openssl]=openssl
  [curl]=curl
  [python3]=python3
  [setpriv]=util-linux
  [gcc]=gcc
  [dpdk-testpmd]=dpdk-dev
  [strace]=strace
  [valgrind]=valgrind
  [tmux]=tmux
  [zsh]=zsh
  [fish]=fish
  [udevadm]=udev
  [systemd-analyze]=systemd
  [file]=file
  [guestfish]=libguestfs-tools
)
missing=()
for program in "${!packages[@]}"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || missing+=("${packages[$program]}")
done
file -b "$(command -v busybox)" 2>/dev/null | grep -q 'statically' || [ -e /usr/share/doc/busybox-static ] || missing+=(busybox-static)
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
[ -e "$(gcc -print-file-name=libc.a 2>/dev/null)" ] || missing+=(libc6-dev)
compgen -G '/boot/vmlinuz-*' >/dev/null || missing+=(linux-image-amd64) # What libguestfs boots.
if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "tests/run.sh: install these packages as root first: ${missing[*]}" >&2; exit 2; }
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}"
  { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null \
    || { echo "tests/run.sh: apt-get could not install: ${missing[*]}" >&2; exit 2; }
fi

export TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Release, as users run it. One assembly after the other: guests and torture tests share two cores badly.
dotnet build FastRing.sln -c Release -v quiet --nologo -clp:ErrorsOnly || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
dotnet test --solution FastRing.sln -c Release --no-build --no-ansi --no-progress --max-parallel-test-modules 1 "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
awk '/^ *failed:/{f+=$2} /^ *succeeded:/{s+=$2} /^ *skipped:/{k+=$2} END{printf "%d passed, %d failed, %d skipped\n", s, f, k}' "$log"
exit "$status"
