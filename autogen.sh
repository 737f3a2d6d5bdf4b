#!/bin/sh
# Makes ./configure in a checkout from git; a released archive has it already.
# The macros of libtool come first and the cache goes: autom4te tells what is stale by whole
# seconds, so one run of autoreconf now and then makes a Makefile.in that ships without them.
cd "$(dirname "$0")" && libtoolize --install --quiet && aclocal -I m4 &&
	rm -rf autom4te.cache && exec autoreconf -i
