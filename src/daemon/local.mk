# SPDX-License-Identifier: BSD-2-Clause
# cdatd: libdaemon holds all but main, for the unit tests.
