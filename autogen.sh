#!/bin/sh
# Makes ./configure in a checkout from git; a released archive has it already.
cd "$(dirname "$0")" && exec autoreconf -i
