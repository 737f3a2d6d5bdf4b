# SPDX-License-Identifier: BSD-2-Clause
# Samples for Prometheus, Alertmanager and Grafana.
prometheussampledir = $(docdir)/prometheus
dist_prometheussample_DATA = \
	contrib/prometheus/README \
	contrib/prometheus/alertmanager.yml \
	contrib/prometheus/cdat-rules.yml \
	contrib/prometheus/generator.yml \
	contrib/prometheus/grafana.json \
	contrib/prometheus/prometheus.yml \
	contrib/prometheus/snmp.yml
EXTRA_DIST += contrib/prometheus/cdat-rules-test.yml contrib/prometheus/make-snmp-yml
