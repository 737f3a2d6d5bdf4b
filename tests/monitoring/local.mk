# SPDX-License-Identifier: BSD-2-Clause
# Monitoring systems against a live cluster; contrib/check runs them unless it is asked to
# be fast.  lib.sh is their harness.
EXTRA_DIST += tests/monitoring/lib.sh tests/monitoring/systemctl.sh tests/monitoring/cluster \
	tests/monitoring/check_cdat tests/monitoring/nagios tests/monitoring/icinga \
	tests/monitoring/prometheus \
	tests/monitoring/notify-alertmanager tests/monitoring/notify-icinga2
