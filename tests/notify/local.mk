# SPDX-License-Identifier: BSD-2-Clause
# cdat-notify with receivers that fail in every way; contrib/check runs them.
EXTRA_DIST += tests/notify/lib.sh tests/notify/receiver.py tests/notify/sinks \
	tests/notify/hooks tests/notify/cluster
