#!/bin/sh
# Checks that the programs of PostgreSQL 14 to 18 are installed. Prints nothing if they are. On
# Debian and Ubuntu, as root, installs them. Otherwise prints what to run and exits with 1.
# Starts no server, because followgraph starts its own.
set -eu

# is_fit DIR reports whether DIR has the programs in a supported version.
is_fit() {
	for program in postgres initdb pg_ctl; do
		[ -x "$1/$program" ] || return 1
	done
	major=$("$1/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9][0-9]*\).*/\1/p')
	[ -n "$major" ] && [ "$major" -ge 14 ] && [ "$major" -le 18 ]
}

# in_path reports whether a directory of PATH is fit. It runs in a subshell because it changes IFS.
in_path() (
	set -f
	IFS=:
	for dir in $PATH; do
		if is_fit "$dir"; then return 0; fi
	done
	return 1
)

# found reports whether any directory is fit. internal/localpg/programs.go has the same paths.
found() {
	if in_path; then return 0; fi
	for dir in \
		/usr/lib/postgresql/*/bin \
		/usr/pgsql-*/bin \
		/usr/libexec/postgresql* \
		/opt/homebrew/opt/postgresql@*/bin \
		/opt/homebrew/opt/postgresql/bin \
		/usr/local/opt/postgresql@*/bin \
		/usr/local/opt/postgresql/bin \
		/Applications/Postgres.app/Contents/Versions/*/bin \
		/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin \
		/usr/local/pgsql/bin; do
		if is_fit "$dir"; then return 0; fi
	done
	return 1
}

# has_package NAME reports whether a Debian package is installed.
has_package() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

# install_debian installs the programs without the cluster that Debian would create and start. If
# postgresql-common is already installed, its configuration stays.
install_debian() {
	export DEBIAN_FRONTEND=noninteractive
	echo 'PostgreSQL is missing: installing it with apt-get' >&2
	# The update also fails for an unrelated third-party source.
	apt-get update || echo 'apt-get update failed: using the existing package lists' >&2
	if ! has_package postgresql-common; then
		apt-get install -y --no-install-recommends postgresql-common
		config=/etc/postgresql-common/createcluster.conf
		sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' "$config"
		grep -q '^create_main_cluster = false$' "$config" || echo 'create_main_cluster = false' >>"$config"
	fi
	apt-get install -y --no-install-recommends postgresql
}

# advise prints what to run on this system.
advise() {
	echo 'PostgreSQL 14 to 18 is missing. Install its programs (no server needs to run), then try again:' >&2
	case $(uname -s) in
	Darwin)
		echo '  brew install postgresql@17' >&2
		return
		;;
	esac
	if command -v apt-get >/dev/null 2>&1; then
		echo '  sudo apt-get install --no-install-recommends postgresql' >&2
	elif command -v dnf >/dev/null 2>&1; then
		echo '  sudo dnf install postgresql-server' >&2
	elif command -v apk >/dev/null 2>&1; then
		echo '  apk add postgresql17' >&2
	elif command -v pacman >/dev/null 2>&1; then
		echo '  sudo pacman -S postgresql' >&2
	elif command -v zypper >/dev/null 2>&1; then
		echo '  sudo zypper install postgresql-server' >&2
	else
		echo '  the package postgresql or postgresql-server of your system, or https://www.postgresql.org/download/' >&2
	fi
	echo 'Or set DATABASE_URL to a running database.' >&2
}

if found; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
	install_debian
	if found; then exit 0; fi
	echo "This system's package of PostgreSQL is not a version from 14 to 18: see https://www.postgresql.org/download/" >&2
	exit 1
fi
advise
exit 1
