#!/bin/sh
# Checks that PgBouncer is installed, for the tests that run behind a pooler. Prints nothing if it
# is. On Debian and Ubuntu, as root, installs it. Otherwise prints what to run and exits with 1.
# Starts no PgBouncer, because the tests start their own.
set -eu

# found reports whether there is a PgBouncer. internal/testcluster/pgbouncer.go has the same paths.
found() {
	command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ]
}

# install_debian installs PgBouncer without starting the service of Debian's package.
install_debian() {
	export DEBIAN_FRONTEND=noninteractive
	echo 'PgBouncer is missing: installing it with apt-get' >&2
	# The update also fails for an unrelated third-party source.
	apt-get update || echo 'apt-get update failed: using the existing package lists' >&2
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		trap 'rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	apt-get install -y --no-install-recommends pgbouncer
}

# advise prints what to run on this system.
advise() {
	echo 'PgBouncer is missing. Install its program (no service needs to run), then try again:' >&2
	if [ "$(uname -s)" = Darwin ]; then
		echo '  brew install pgbouncer' >&2
	elif command -v apt-get >/dev/null 2>&1; then
		echo '  sudo apt-get install --no-install-recommends pgbouncer' >&2
	elif command -v dnf >/dev/null 2>&1; then
		echo '  sudo dnf install pgbouncer' >&2
	elif command -v apk >/dev/null 2>&1; then
		echo '  apk add pgbouncer' >&2
	else
		echo '  the package pgbouncer of your system, or https://www.pgbouncer.org/install.html' >&2
	fi
}

if found; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
	install_debian
	if found; then exit 0; fi
fi
advise
exit 1
