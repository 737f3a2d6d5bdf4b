# SPDX-License-Identifier: BSD-2-Clause
# Labs in network namespaces; contrib/check runs them (root).
