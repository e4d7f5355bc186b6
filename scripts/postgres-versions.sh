#!/bin/sh
# Unpacks PostgreSQL 16 to 18 for tests into a cache outside the repository. Prints nothing if they
# are there. They come from npm's @embedded-postgres, in the versions and with the checksums of
# internal/testcluster/postgres. Needs Node if one is missing; prints what to do and exits with 1 if
# there is no Node. The variable FOLLOWGRAPH_POSTGRES_CACHE selects another cache.
set -eu
cd "$(dirname "$0")/../internal/testcluster/postgres"

# internal/testcluster/versions.go has the same path. Root's servers run as another user, who must
# reach the programs.
if [ -n "${FOLLOWGRAPH_POSTGRES_CACHE:-}" ]; then
	cache=$FOLLOWGRAPH_POSTGRES_CACHE
elif [ "$(id -u)" -eq 0 ]; then
	cache=/var/cache/followgraph/postgres
else
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/followgraph/postgres
fi

versions=$(sed -n 's/.*"[0-9]*-linux-x64": ".*@\([^@"]*\)".*/\1/p' package.json)

# found reports whether all versions are there.
found() {
	for version in $versions; do
		[ -x "$cache/$version/bin/postgres" ] || return 1
	done
}

if found; then exit 0; fi
if ! command -v npm >/dev/null 2>&1; then
	echo 'PostgreSQL 16 to 18 for tests are missing, and npm, which fetches them: install Node, then try again.' >&2
	exit 1
fi
echo 'PostgreSQL 16 to 18 for tests are missing: unpacking them with npm' >&2
umask 022
mkdir -p "$cache"
work=$(mktemp -d "$cache/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp package.json package-lock.json "$work"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund >&2)
# Archives of npm contain no links, so the packages list theirs.
for package in "$work"/node_modules/*-*; do
	(cd "$package" && node -e '
		const fs = require("fs"), path = require("path")
		if (fs.existsSync("native/pg-symlinks.json"))
			for (const {source, target} of JSON.parse(fs.readFileSync("native/pg-symlinks.json", "utf8")))
				if (!fs.existsSync(target)) fs.symlinkSync(path.relative(path.dirname(target), source), target)')
	version=$(cd "$package" && node -p 'require("./package.json").version')
	chmod -R u+rwX,go+rX,go-w "$package/native"
	[ -d "$cache/$version" ] || mv "$package/native" "$cache/$version"
done
if found; then exit 0; fi
echo "npm has no PostgreSQL for this machine ($(uname -s) $(uname -m)): put the programs of versions" $versions "into $cache/VERSION/bin" >&2
exit 1
