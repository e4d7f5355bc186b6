#!/bin/sh
# Checks that the tools of `make deploy-check` are there that are not Go modules: systemd-analyze, and Prometheus's promtool.
# Prints the path of promtool. On Debian and Ubuntu, as root, installs them if they are missing. Otherwise prints what to run
# and exits with 1.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/followgraph/promtool

# find_promtool prints the path of a promtool that runs.
find_promtool() {
	for program in "$(command -v promtool || true)" "$cache/usr/bin/promtool"; do
		if [ -n "$program" ] && "$program" --version >/dev/null 2>&1; then
			echo "$program"
			return 0
		fi
	done
	return 1
}

has_systemd() { command -v systemd-analyze >/dev/null 2>&1; }

# install_debian installs systemd-analyze, and takes promtool out of Debian's package of Prometheus. To install that package
# would start a server.
install_debian() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get update || echo 'apt-get update failed: using the existing package lists' >&2
	has_systemd || apt-get install -y --no-install-recommends systemd
	if ! find_promtool >/dev/null; then
		dir=$(mktemp -d)
		chown _apt "$dir" 2>/dev/null || : # apt downloads as this user
		(cd "$dir" && apt-get download prometheus && dpkg -x prometheus_*.deb files)
		mkdir -p "$cache/usr/bin"
		mv "$dir/files/usr/bin/promtool" "$cache/usr/bin/promtool"
		rm -rf "$dir"
	fi
}

if ! has_systemd || ! find_promtool >/dev/null; then
	if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
		install_debian >&2
	else
		echo 'systemd-analyze or promtool is missing. Install both, such as with:' >&2
		echo '  sudo apt-get install --no-install-recommends systemd prometheus' >&2
		exit 1
	fi
fi
find_promtool
