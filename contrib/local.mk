# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += contrib/build contrib/check contrib/install-deps contrib/packages .ci/run \
	tests/check-budgets tests/check-layers tests/check-mib
EXTRA_DIST += contrib/quickstart
