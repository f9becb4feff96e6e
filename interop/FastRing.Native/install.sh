#!/usr/bin/env bash
# Puts what `dotnet publish interop/FastRing.Native -c Release -r linux-x64 -p:PublishAot=true -o OUT` made where compilers look for it:
#   interop/FastRing.Native/install.sh OUT PREFIX        # lib/libfastring.so*, lib/pkgconfig/fastring.pc, include/fastring.h
# DESTDIR stands before PREFIX, for packages.
set -euo pipefail
[ $# = 2 ] || { sed -n '2,4s/^# \?//p' "$0" >&2; exit 2; }
here=$(dirname "$0")
out=$1 prefix=$2 to=${DESTDIR:-}$2
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' "$here/../../Directory.Build.props")
soname=libfastring.so.$(sed -n 's/^#define FR_ABI_MAJOR \([0-9]*\)$/\1/p' "$here/include/fastring.h")
minor=$(sed -n 's/^#define FR_ABI_MINOR \([0-9]*\)$/\1/p' "$here/include/fastring.h")
file=$soname.$minor.0
install -D -m 644 "$out/libfastring.so" "$to/lib/$file"
ln -sf "$file" "$to/lib/$soname"
ln -sf "$soname" "$to/lib/libfastring.so"
install -D -m 644 "$here/include/fastring.h" "$to/include/fastring.h"
mkdir -p "$to/lib/pkgconfig"
sed "s:@PREFIX@:$prefix:; s:@VERSION@:$version:" "$here/fastring.pc.in" >"$to/lib/pkgconfig/fastring.pc"
