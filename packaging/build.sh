#!/usr/bin/env bash
# Makes what is installed where there is no checkout:
#   packaging/build.sh OUT [ARTIFACTS [ARGUMENT...]]
# puts into OUT  fastring-VERSION-linux-x64.tar.gz     both programs, compiled ahead of time, to be unpacked below /usr/local
#                fastring_VERSION_amd64.deb            the host's program, and fastring-guest_VERSION_amd64.deb, the guest's
#                FastRing.Tool.VERSION.nupkg           the host's program for "dotnet tool install"
# ARTIFACTS is the folder dotnet compiles in (default: artifacts/ of the checkout), and ARGUMENTs go to each "dotnet publish".
# Needs the .NET 10 SDK and Debian's gcc, zlib1g-dev, libc6-dev, dpkg-dev. With CI=true, two builds of one commit in one folder give the same bytes.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,8s/^# \?//p' "$0" >&2; exit 2; }
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
artifacts=$(realpath -m "${2:-artifacts}")
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
maintainer="The FastRing authors <fastring@users.noreply.github.com>"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

publish() {
  dotnet publish "device/$1" -c Release -r linux-x64 -p:PublishAot=true -v quiet --nologo -o "$artifacts/packages/$1" --artifacts-path "$artifacts" "${@:2}"
}

# fill PREFIX SOURCE TARGET: a file whose text says where things are.
fill() {
  sed "s:@PREFIX@:$1:g; s:@VERSION@:$version:g; s:@MAINTAINER@:$maintainer:g; s:/usr/local/bin/:$1/bin/:g" "$2" | install -D -m "${4:-644}" /dev/stdin "$3"
}

# The host's files: stage_host ROOT PREFIX ZSH, below ROOT, which will be PREFIX; ZSH is where its zsh looks for completions.
stage_host() {
  local root=$1 prefix=$2 zsh=$3 program=$artifacts/packages/FastRing.Host/fastring unit
  install -D -m 755 "$program" "$root/bin/fastring"
  fill "$prefix" packaging/vhost-user/vhost-user-console "$root/libexec/fastring/vhost-user-console" 755
  fill "$prefix" packaging/vhost-user/50-fastring-console.json "$root/share/qemu/vhost-user/50-fastring-console.json"
  for unit in packaging/systemd/*.service; do
    fill "$prefix" "$unit" "$root/lib/systemd/system/${unit##*/}"
  done
  "$program" completion bash | install -D -m 644 /dev/stdin "$root/share/bash-completion/completions/fastring"
  "$program" completion zsh | install -D -m 644 /dev/stdin "$root/share/zsh/$zsh/_fastring"
  "$program" completion fish | install -D -m 644 /dev/stdin "$root/share/fish/vendor_completions.d/fastring.fish"
  "$program" man | gzip -9n | install -D -m 644 /dev/stdin "$root/share/man/man1/fastring.1.gz"
  mkdir -p "$root/share/doc/fastring/examples"
  cp -r packaging/grafana packaging/prometheus "$root/share/doc/fastring/examples/"
  cp -r docs "$root/share/doc/fastring/"
  chmod -R u=rwX,go=rX "$root/share/doc"
  document "$root" fastring README.md
}

# The guest's: stage_guest ROOT PREFIX.
stage_guest() {
  local root=$1 prefix=$2 program=$artifacts/packages/FastRing.GuestTool/fastring-guest
  install -D -m 755 "$program" "$root/bin/fastring-guest"
  install -D -m 644 device/FastRing.Guest/linux/60-fastring.rules "$root/lib/udev/rules.d/60-fastring.rules"
  fill "$prefix" device/FastRing.Guest/linux/fastring-agent@.service "$root/lib/systemd/system/fastring-agent@.service"
  "$program" man | gzip -9n | install -D -m 644 /dev/stdin "$root/share/man/man1/fastring-guest.1.gz"
  document "$root" fastring-guest device/FastRing.Guest/linux/README.md
}

# What every package says of itself: document ROOT PACKAGE README.
document() {
  local to=$1/share/doc/$2
  mkdir -p "$to"
  install -m 644 "$3" "$to/README.md"
  { cat packaging/debian/copyright; sed 's/^$/./; s/^/ /' LICENSE | tail -n +5; } >"$to/copyright"
}

# A Debian package of what is staged for it: deb PACKAGE [DEPENDS].
deb() {
  local package=$1 root=$work/debian/$1 script
  { printf 'fastring (%s) unstable; urgency=medium\n\n  * This version. What is new in it: CHANGELOG.md of the sources.\n\n' "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"; } | gzip -9n >"$root/usr/share/doc/$package/changelog.gz"
  mkdir -p "$root/DEBIAN"
  (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  sed "s/@VERSION@/$version/; s/@MAINTAINER@/$maintainer/; s/@SIZE@/$(du -ks --exclude=DEBIAN "$root" | cut -f1)/; s/@DEPENDS@/${2:-}/" "packaging/debian/$package.control" >"$root/DEBIAN/control"
  for script in postinst prerm postrm; do
    install -m 755 "packaging/debian/$package.$script" "$root/DEBIAN/$script"
  done
  dpkg-deb --build --root-owner-group "$root" "$out" >/dev/null
}

# The libraries the host's program is linked with, as a control file names their packages.
libraries() {
  printf 'Source: fastring\n\nPackage: fastring\nArchitecture: amd64\n' >"$work/debian/control"
  (cd "$work" && dpkg-shlibdeps -O -edebian/fastring/usr/bin/fastring) | sed -n 's/^shlibs:Depends=//p'
}

publish FastRing.Host "${@:3}"
publish FastRing.GuestTool "${@:3}"

tree=$work/fastring-$version-linux-x64
stage_host "$tree" /usr/local site-functions
stage_guest "$tree" /usr/local
install -m 644 LICENSE "$tree/share/doc/fastring/"
tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - "${tree##*/}" | gzip -9n >"$out/${tree##*/}.tar.gz"

stage_host "$work/debian/fastring/usr" /usr vendor-completions
mkdir -p "$work/debian/fastring/etc/fastring" "$work/debian/fastring/DEBIAN"
depends=$(libraries)
deb fastring "$depends"
stage_guest "$work/debian/fastring-guest/usr" /usr
deb fastring-guest

dotnet pack device/FastRing.Host -c Release -o "$out" -v quiet --nologo --artifacts-path "$artifacts" "${@:3}"
