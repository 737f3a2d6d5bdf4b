# SPDX-License-Identifier: BSD-2-Clause
# cdat-notify: events to HTTP(S); built only if HAVE_CURL.
