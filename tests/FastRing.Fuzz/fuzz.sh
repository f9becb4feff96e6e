#!/usr/bin/env bash
# Fuzzing with AFL++; docs/fuzzing.md. Called by tests/run.sh, which has installed what it takes.
# "fuzz.sh fuzz [SECONDS] [TARGET...]": every target, or those named, so long (600); a line for each. Ends with 1 if anything was found.
# "fuzz.sh check [SECONDS] [TARGET...]": plants one bug after the other in a copy of the code, and says how each is found: by the corpus alone, or by fuzzing for no longer than so many
# seconds (600). Ends with 1 if one was not.
set -uo pipefail
cd "$(dirname "$0")/../.."
mode=$1 seconds=${2:-600}
case $seconds in *[!0-9]* | '' | 0) echo "tests/run.sh: $mode takes a number of seconds, not '$seconds'" >&2; exit 2 ;; esac
shift $(($# < 2 ? $# : 2))

folder=$(mktemp -d "${TMPDIR:-/tmp}/fastring-fuzz-XXXXXX")
program=$folder/program
export AFL_SKIP_BIN_CHECK=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_FORKSRV_INIT_TMOUT=60000 DOTNET_TieredPGO=0

run() { dotnet "$program/FastRing.Fuzz.dll" "$@"; }

build() { dotnet build "$1" -c Release -v quiet --nologo -clp:ErrorsOnly || exit 1; }

# Copies the program from a tree it was built in; the copies of the libraries note which branches they take.
prepare() {
  rm -rf "$program"
  cp -r "$1/tests/FastRing.Fuzz/bin/Release/net10.0" "$program" && dotnet "$1/tests/FastRing.Fuzz/bin/Release/net10.0/FastRing.Fuzz.dll" instrument "$program" || exit 1
}

# A figure of the last run of a target.
figure() { awk -v name="$2" '$1 == name { print $3 }' "$folder/$1/default/fuzzer_stats" 2>/dev/null; }

afl() { # target, seconds
  rm -rf "${folder:?}/$1"
  local words=tests/FastRing.Fuzz/Dictionaries/$1.dict
  [ -e "$words" ] && words=(-x "$words") || words=()
  nice -n 10 afl-fuzz -i "tests/FastRing.Fuzz/Corpus/$1" -o "$folder/$1" "${words[@]}" -t 5000 -m none -V "$2" -- dotnet "$program/FastRing.Fuzz.dll" "$1" >"$folder/$1.log" 2>&1
}

fuzz() {
  local status=0 target crashes hangs
  build tests/FastRing.Fuzz
  prepare .
  echo "findings in $folder/TARGET/default: crashes/ and hangs/; to see one: dotnet run --project tests/FastRing.Fuzz -c Release TARGET FILE"
  printf '%-16s %12s %10s %8s %8s %8s\n' target executions per-second inputs crashes hangs
  for target in "${@:-$(run)}"; do
    afl "$target" "$seconds" || { echo "$target: afl-fuzz failed: $folder/$target.log" >&2; status=1; continue; }
    crashes=$(figure "$target" saved_crashes) hangs=$(figure "$target" saved_hangs)
    printf '%-16s %12s %10.0f %8s %8s %8s\n' "$target" "$(figure "$target" execs_done)" "$(figure "$target" execs_per_sec)" "$(figure "$target" corpus_count)" "$crashes" "$hangs"
    [ "$crashes$hangs" = 00 ] || status=1
  done
  return "$status"
}

# Builds the library that a planted bug is in, and instruments it.
plant() { # number, file
  local project library
  project=$(cut -d/ -f1,2 <<<"$2")
  library=$(basename "$project")
  [ "$library" = FastRing ] && library=FastRing.Core
  mkdir -p "$folder/planted/$1"
  cp "$tree/$2" "$folder/original"
  dotnet "$original" plant "$tree" "$1" &&
    dotnet build "$tree/$project" -c Release --no-restore -p:BuildProjectReferences=false -v quiet --nologo -clp:ErrorsOnly &&
    cp "$tree/$project/bin/Release/net10.0/$library.dll" "$folder/planted/$1" &&
    dotnet "$original" instrument "$folder/planted/$1" "$library.dll"
  cp "$folder/original" "$tree/$2"
}

plant_all() {
  tree=$folder/tree
  original=$tree/tests/FastRing.Fuzz/bin/Release/net10.0/FastRing.Fuzz.dll
  mkdir -p "$tree"
  git ls-files -z -- src device interop tests/FastRing.Fuzz tests/FastRing.Tests tests/Directory.Build.props Package.props Directory.Build.props Directory.Packages.props global.json .editorconfig |
    xargs -0 cp --parents -t "$tree" || exit 1
  build "$tree/tests/FastRing.Fuzz"
  prepare "$tree"
  cp -r "$program" "$folder/whole"
  planted "$@" | while IFS=$'\t' read -r number target file; do plant "$number" "$file" </dev/null; done
}

# Looks for a planted bug. A line; 1: not found.
find_planted() { # number, target, file
  local started executions=- how="not built"
  started=$(date +%s)
  cp "$folder"/whole/*.dll "$program"
  if cp "$folder/planted/$1"/*.dll "$program" 2>/dev/null; then
    if ! timeout 60 dotnet "$program/FastRing.Fuzz.dll" "$2" "tests/FastRing.Fuzz/Corpus/$2" >"$folder/replay.log" 2>&1; then
      how=corpus
    else
      AFL_BENCH_UNTIL_CRASH=1 afl "$2" "$seconds"
      executions=$(figure "$2" execs_done)
      how=fuzzing
      [ "$(figure "$2" saved_crashes)$(figure "$2" saved_hangs)" = 00 ] && how="not found"
      [ -n "$executions" ] || how="afl-fuzz failed"
    fi
  fi
  printf '%3s %-15s %-28s %-15s %5s s %10s\n' "$1" "$2" "${3##*/}" "$how" "$(($(date +%s) - started))" "$executions"
  [ "$how" = fuzzing ] || [ "$how" = corpus ]
}

# The planted bugs of some targets, or all: number, target, file.
planted() {
  dotnet "$original" planted . | awk -F'\t' -v OFS='\t' -v only=" $* " 'only == "  " || index(only, " " $1 " ") { print NR - 1, $0 }'
}

check() {
  local status=0 number target file
  plant_all "$@"
  printf '%3s %-15s %-28s %-15s %7s %10s\n' no target file "found by" after executions
  while IFS=$'\t' read -r number target file; do
    find_planted "$number" "$target" "$file" </dev/null || status=1
  done < <(planted "$@")
  rm -rf "$tree"
  return "$status"
}

"$mode" "$@"
