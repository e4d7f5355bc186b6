#!/bin/sh
# Checks that Chromium and fonts for Latin and Arabic text are installed, for the tests of the web
# pages. Prints nothing if they are. On Debian, as root, installs them. Otherwise prints what to
# do and exits with 1. The variable CHROMIUM selects another browser.
set -eu

# found reports whether there is a browser. web/test/chromium.ts has the same paths.
found() {
	if [ -n "${CHROMIUM:-}" ]; then
		if [ -x "$CHROMIUM" ]; then return 0; fi
		echo "CHROMIUM names $CHROMIUM, which is not a program." >&2
		exit 1
	fi
	for program in \
		/usr/bin/chromium \
		/usr/bin/chromium-browser \
		/usr/bin/google-chrome \
		'/Applications/Chromium.app/Contents/MacOS/Chromium' \
		'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
		if [ -x "$program" ]; then return 0; fi
	done
	return 1
}

# has_fonts reports whether fonts for both scripts are installed.
has_fonts() {
	if command -v fc-list >/dev/null 2>&1; then
		[ -n "$(fc-list :lang=en)" ] && [ -n "$(fc-list :lang=ar)" ]
	else
		[ "$(uname -s)" = Darwin ] || [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name '*.ttf' 2>/dev/null)" ]
	fi
}

# is_debian excludes Ubuntu, whose package installs a snap that does not run in containers.
is_debian() {
	grep -qx 'ID="\{0,1\}debian"\{0,1\}' /etc/os-release 2>/dev/null
}

install_debian() {
	export DEBIAN_FRONTEND=noninteractive
	echo 'Chromium or its fonts are missing: installing them with apt-get' >&2
	# The update also fails for an unrelated third-party source.
	apt-get update || echo 'apt-get update failed: using the existing package lists' >&2
	if found; then
		apt-get install -y --no-install-recommends fonts-dejavu-core
	else
		apt-get install -y --no-install-recommends chromium fonts-dejavu-core
	fi
}

# advise prints what to do on this system.
advise() {
	if ! found; then
		echo 'Chromium is missing. Install it, or set CHROMIUM=/path/to/chrome, then try again:' >&2
		case $(uname -s) in
		Darwin)
			echo '  brew install --cask chromium' >&2
			return
			;;
		esac
		if is_debian; then
			echo '  sudo apt-get install --no-install-recommends chromium fonts-dejavu-core' >&2
		elif command -v dnf >/dev/null 2>&1; then
			echo '  sudo dnf install chromium dejavu-sans-fonts' >&2
		elif command -v apk >/dev/null 2>&1; then
			echo '  apk add chromium font-dejavu' >&2
		elif command -v pacman >/dev/null 2>&1; then
			echo '  sudo pacman -S chromium ttf-dejavu' >&2
		else
			echo '  https://www.google.com/chrome/ has packages for most systems' >&2
		fi
	else
		echo 'Fonts for Latin and Arabic text are missing. Install some, such as DejaVu, then try again:' >&2
		echo '  the package fonts-dejavu-core, dejavu-sans-fonts, font-dejavu or ttf-dejavu of your system' >&2
	fi
}

if found && has_fonts; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && is_debian; then
	install_debian
	if found && has_fonts; then exit 0; fi
fi
advise
exit 1
