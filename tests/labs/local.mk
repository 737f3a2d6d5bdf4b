# SPDX-License-Identifier: BSD-2-Clause
# lib.sh is the harness.  Labs in network namespaces; contrib/check runs them (root).
EXTRA_DIST += tests/labs/lib.sh tests/labs/wan.sh tests/labs/harness \
	tests/labs/fig4 tests/labs/fig5 tests/labs/fig6 tests/labs/fig7 tests/labs/fig8 \
	tests/labs/counter tests/labs/multicast tests/labs/servicer
