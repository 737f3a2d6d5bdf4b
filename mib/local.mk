# SPDX-License-Identifier: BSD-2-Clause
# The module as installed carries the root arc given to configure.
mibdir = $(datadir)/snmp/mibs
mibbasedir = $(datadir)/cdat/mib-base
nodist_mib_DATA = mib/build/CDAT-MIB.txt
dist_mibbase_DATA = \
	mib/base/IANAifType-MIB.txt \
	mib/base/IF-MIB.txt \
	mib/base/INET-ADDRESS-MIB.txt \
	mib/base/SNMP-FRAMEWORK-MIB.txt \
	mib/base/SNMPv2-CONF.txt \
	mib/base/SNMPv2-MIB.txt \
	mib/base/SNMPv2-SMI.txt \
	mib/base/SNMPv2-TC.txt
EXTRA_DIST += mib/CDAT-MIB.txt mib/set-root
CLEANFILES += mib/build/CDAT-MIB.txt

if CUSTOM_MIB_ROOT
cdat_mib_value = $(CDAT_MIB_VALUE)
endif
mib/build/CDAT-MIB.txt: mib/CDAT-MIB.txt mib/set-root config.status
	$(AM_V_GEN)$(MKDIR_P) mib/build && \
	$(SHELL) $(top_srcdir)/mib/set-root "$(cdat_mib_value)" <$(top_srcdir)/mib/CDAT-MIB.txt >$@.tmp && \
	mv $@.tmp $@
