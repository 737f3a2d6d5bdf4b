# SPDX-License-Identifier: BSD-2-Clause
# For the Zabbix server; README.md says how.  What is installed has the root arc of the build.
zabbixdir = $(docdir)/zabbix
dist_zabbix_DATA = contrib/zabbix/README.md
dist_zabbix_SCRIPTS = contrib/zabbix/cdat-zabbix-map
nodist_zabbix_DATA = contrib/zabbix/build/template_cdat_snmp.yaml
nodist_zabbix_SCRIPTS = contrib/zabbix/build/cdat_zabbix_trap
EXTRA_DIST += contrib/zabbix/template_cdat_snmp.yaml contrib/zabbix/cdat_zabbix_trap tests/check-zabbix \
	tests/monitoring/zabbix tests/monitoring/zabbix.sh tests/monitoring/zabbix_api.py
CLEANFILES += $(nodist_zabbix_DATA) $(nodist_zabbix_SCRIPTS)

contrib/zabbix/build/template_cdat_snmp.yaml: contrib/zabbix/template_cdat_snmp.yaml config.status
contrib/zabbix/build/cdat_zabbix_trap: contrib/zabbix/cdat_zabbix_trap config.status
$(nodist_zabbix_DATA) $(nodist_zabbix_SCRIPTS):
	$(AM_V_GEN)$(MKDIR_P) contrib/zabbix/build && \
	sed 's/1\.3\.6\.1\.4\.1\.8072\.9999\.9999\.173090/$(CDAT_MIB_ROOT)/' \
		$(top_srcdir)/contrib/zabbix/$(@F) >$@.tmp && \
	chmod 755 $@.tmp && mv $@.tmp $@
