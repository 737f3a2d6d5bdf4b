# SPDX-License-Identifier: BSD-2-Clause
# Samples for Icinga 2; plugin and handler of traps are those of contrib/nagios.
icinga2sampledir = $(docdir)/icinga2
dist_icinga2sample_DATA = contrib/icinga2/README contrib/icinga2/cdat.conf \
	contrib/icinga2/cdat-cluster.conf contrib/icinga2/cdat-api.conf contrib/icinga2/icinga.curl
