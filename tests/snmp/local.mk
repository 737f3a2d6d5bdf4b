# SPDX-License-Identifier: BSD-2-Clause
# Tests with the real snmpd and snmptrapd; contrib/check runs them.
