# SPDX-License-Identifier: BSD-2-Clause
# cdat-agentx: CDAT-MIB for managers; link it with NETSNMP_AGENT_LIBS.
