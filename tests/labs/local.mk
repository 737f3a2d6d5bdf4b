# SPDX-License-Identifier: BSD-2-Clause
# lib.sh is the harness.  Labs in network namespaces; contrib/check runs them (root).
EXTRA_DIST += tests/labs/lib.sh tests/labs/harness
