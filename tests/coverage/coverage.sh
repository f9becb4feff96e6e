#!/usr/bin/env bash
# Which lines of the ring and protocol code tests reach; docs/fuzzing.md. Called by tests/run.sh. Prints a line a folder: its lines, how many of a hundred the fuzzing corpus reaches, and how many
# it reaches together with ordinary tests. "coverage.sh lines" prints those as well that are not reached. Ends with 1 where less than 95 % are.
set -uo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d "${TMPDIR:-/tmp}/fastring-coverage-XXXXXX")
folders=(src/FastRing/Queues src/FastRing/Memory src/FastRing/Devices/State src/FastRing.VhostUser/Protocol src/FastRing.VhostUser/Backend src/FastRing.Transports src/FastRing.Transports/Mmio src/FastRing.Transports/Pci src/FastRing.VfioUser/Protocol src/FastRing.VfioUser/Server device/FastRing.Console/State device/FastRing.Console/Endpoints/Resumable)

# The libraries are instrumented in a copy of the program's folder, which stays within the repository: tests look for its files.
measure() { # test project, filter
  local program=tests/$1/bin/Coverage
  dotnet build "tests/$1" -c Release -v quiet --nologo -clp:ErrorsOnly || exit 1
  rm -rf "$program" && cp -r "tests/$1/bin/Release/net10.0" "$program" || exit 1
  dotnet build tests/coverage/coverage.proj -t:Restore,Measure -v quiet --nologo -nodeReuse:false \
    -p:Program="$PWD/$program/$1.dll" -p:Lines="$folder/$1.info" -p:Filter="${2:-}" >"$folder/$1.log" 2>&1 || { cat "$folder/$1.log"; exit 1; }
  rm -rf "$program"
  grep -q ' Failed: 0,' "$folder/$1.info.log" || { tail -20 "$folder/$1.info.log"; echo "$1: tests failed"; exit 1; }
}

measure FastRing.Fuzz.Tests
measure FastRing.Tests
measure FastRing.VhostUser.Tests
measure FastRing.Transports.Tests
measure FastRing.Console.Tests "-namespace FastRing.Console.Tests.State -namespace FastRing.Console.Tests.Endpoints.Resumable"

awk -v root="$PWD/" -v folders="${folders[*]}" -v least=95 -v show="${1:-}" '
  function part(n, of) { return of == 0 ? "-" : sprintf("%.1f %%", int(1000 * n / of) / 10) }
  /^SF:/ { file = substr($0, 4); sub(root, "", file); at = file; sub("/[^/]*$", "", at) }
  /^DA:/ { split(substr($0, 4), line, ","); key = file ":" line[1]; where[key] = at; reached[key] += line[2]; if (FILENAME ~ /FastRing.Fuzz.Tests/) corpus[key] += line[2] }
  END {
    for (key in where) { all[where[key]]++; any[where[key]] += reached[key] > 0; fuzzed[where[key]] += corpus[key] > 0 }
    printf "%-44s %7s %8s %8s\n", "folder", "lines", "corpus", "all"
    for (i = 1; i <= split(folders, name, " "); i++) {
      f = name[i]
      printf "%-44s %7d %8s %8s\n", f, all[f], part(fuzzed[f], all[f]), part(any[f], all[f])
      status += all[f] == 0 || 100 * any[f] < least * all[f]
    }
    for (key in where) if (show == "lines" && reached[key] == 0 && index(" " folders " ", " " where[key] " ")) print key | "sort -t: -k1,1 -k2,2n"
    exit status > 0
  }' "$folder"/*.info
status=$?
rm -rf "$folder"
exit "$status"
