#!/usr/bin/env bash
# Installs what the tests need (Debian packages, where they are missing), runs all of them and ends with the line
# "N passed, N failed, N skipped". Needs the .NET 10 SDK. Arguments go to `dotnet test`.
# "tests/run.sh torture [COUNT]" is the long run instead: COUNT messages (10^9) on every kind of ring between two threads that go to sleep
# whenever they can, a line for each of them, 10,000 ports that come and go in a Linux guest, and 10,000 VMMs and host programs that come and go.
# "tests/run.sh soak [SECONDS]": for so long (an hour) kills, upgrades, ports that come and go, and migrations at once, with every byte compared; prints what it saw.
# "tests/run.sh kills [COUNT]": COUNT times (1000) the daemon's worker is killed while a Linux guest sends and receives; prints what was lost, and how long it took.
# "tests/run.sh protocol [COUNT]": COUNT sequences (10^6) of up to 50 vhost-user messages to a backend and to a model of it; prints how many, and the first that differs.
# "tests/run.sh fuzz [SECONDS] [TARGET...]": each fuzzing target runs so long (600); ends with 1 if it found anything. "tests/run.sh fuzz-check [SECONDS] [TARGET...]": bugs are planted
# in a copy of the code, and fuzzers have so long for each (600). docs/fuzzing.md.
# "tests/run.sh coverage [lines]": how many lines of the ring and protocol code the fuzzing corpus and the ordinary tests reach, a folder each, and with "lines" which they do not; ends with 1 below 95 %.
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
  [rustc]=rustc
  [pkg-config]=pkg-config
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
  [chromium]=chromium
  [mmdebstrap]=mmdebstrap
  [dpkg-shlibdeps]=dpkg-dev
  [mandoc]=mandoc
  [man]=man-db
  [virt-xml-validate]=libvirt-clients
  [xmllint]=libxml2-utils
  [libvirtd]=libvirt-daemon
  [virt-qemu-run]=libvirt-daemon-driver-qemu
  [podman]=podman
  [newuidmap]=uidmap
  [runc]=runc
)
case ${1:-} in fuzz | fuzz-check) packages=([afl-fuzz]=afl++) ;; esac
missing=()
for program in "${!packages[@]}"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || missing+=("${packages[$program]}")
done
[[ ${1:-} == fuzz* ]] || {
file -b "$(command -v busybox)" 2>/dev/null | grep -q 'statically' || [ -e /usr/share/doc/busybox-static ] || missing+=(busybox-static)
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
[ -e "$(gcc -print-file-name=libc.a 2>/dev/null)" ] || missing+=(libc6-dev)
compgen -G '/boot/vmlinuz-*' >/dev/null || missing+=(linux-image-amd64) # What libguestfs boots.
}
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
if [ "${1:-}" = torture ]; then
  export FASTRING_TORTURE_MESSAGES=${2:-1000000000} FASTRING_HOTPLUG_CYCLES=10000 FASTRING_VISITS=10000
  case $FASTRING_TORTURE_MESSAGES in *[!0-9]* | '') echo "tests/run.sh: torture takes a number of messages, not '$2'" >&2; exit 2 ;; esac
  long() { dotnet run --no-build -c Release --project "tests/$1" -- -noColor -showLiveOutput "${@:2}" || status=1; }
  status=0
  for project in FastRing.Tests FastRing.EndToEnd; do
    dotnet build "tests/$project" -c Release -v quiet --nologo -clp:ErrorsOnly || exit 1
  done
  long FastRing.Tests -class '*.TortureTests'
  long FastRing.EndToEnd -method '*.Ports_come_and_go_under_one_number*'
  long FastRing.EndToEnd -class '*.HostileWorldTests'
  exit "$status"
fi

if [ "${1:-}" = kills ]; then
  export FASTRING_KILLS=${2:-1000}
  case $FASTRING_KILLS in *[!0-9]* | '' | 0) echo "tests/run.sh: kills takes a number of kills, not '$2'" >&2; exit 2 ;; esac
  dotnet build tests/FastRing.EndToEnd -c Release -v quiet --nologo -clp:ErrorsOnly || exit 1
  exec dotnet run --no-build -c Release --project tests/FastRing.EndToEnd -- -noColor -showLiveOutput -method '*.Workers_killed_at_random_moments*'
fi

if [ "${1:-}" = protocol ]; then
  export FASTRING_PROTOCOL_SEQUENCES=${2:-1000000}
  case $FASTRING_PROTOCOL_SEQUENCES in *[!0-9]* | '' | 0) echo "tests/run.sh: protocol takes a number of sequences, not '$2'" >&2; exit 2 ;; esac
  dotnet build tests/FastRing.VhostUser.Tests -c Release -v quiet --nologo -clp:ErrorsOnly || exit 1
  exec dotnet run --no-build -c Release --project tests/FastRing.VhostUser.Tests -- -noColor -showLiveOutput -class '*.ProtocolModelTests'
fi

if [ "${1:-}" = soak ]; then
  export FASTRING_SOAK_SECONDS=${2:-3600} FASTRING_MOVES=100
  case $FASTRING_SOAK_SECONDS in *[!0-9]* | '' | 0) echo "tests/run.sh: soak takes a number of seconds, not '$2'" >&2; exit 2 ;; esac
  dotnet build tests/FastRing.EndToEnd -c Release -v quiet --nologo -clp:ErrorsOnly || exit 1
  exec dotnet run --no-build -c Release --project tests/FastRing.EndToEnd -- -noColor -showLiveOutput -class '*.SoakTests' -class '*.DaemonMigrationTests'
fi

case ${1:-} in
  fuzz) exec tests/FastRing.Fuzz/fuzz.sh fuzz "${@:2}" ;;
  fuzz-check) exec tests/FastRing.Fuzz/fuzz.sh check "${@:2}" ;;
  coverage) exec tests/coverage/coverage.sh "${@:2}" ;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT

[ $# -gt 0 ] || export FASTRING_WHOLE_RUN=1 # Packages are built beforehand.

# Release, as users run it. One assembly after the other: guests and torture tests share two cores badly.
dotnet build FastRing.sln -c Release -v quiet --nologo -clp:ErrorsOnly || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
# With signals as they are by default: a shell that starts this with & has interrupts ignored, nohup has hangups, and what tests start is ended by both.
env --default-signal=HUP,INT,QUIT dotnet test --solution FastRing.sln -c Release --no-build --no-ansi --no-progress --max-parallel-test-modules 1 "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
awk '/^ *failed:/{f+=$2} /^ *succeeded:/{s+=$2} /^ *skipped:/{k+=$2} END{printf "%d passed, %d failed, %d skipped\n", s, f, k}' "$log"
exit "$status"
