# SPDX-License-Identifier: BSD-2-Clause
# changes.pl AGENT ROOT FIRST LAST: a change of the cluster's table for each number, one after
# the other; prints how many were committed.
use strict;
use warnings;
use Net::SNMP qw(:asn1);
my ($agent, $root, $first, $last) = @ARGV;
my ($host, $port) = split /:/, $agent;
my ($s, $error) = Net::SNMP->session(-hostname => $host, -port => $port, -version => 'snmpv2c',
	-community => 'private', -timeout => 10, -retries => 0);
die $error unless $s;
my $done = 0;
for my $n ($first .. $last) {
	# cdatAdapterMtu of adapter 2 of node 3, back and forth
	for (1 .. 50) {
		my $ok = $s->set_request(-varbindlist => ["$root.1.4.1.1.12.3.2", GAUGE, 1000 + $n % 400]);
		$done++, last if $ok;
		select undef, undef, undef, 0.02;	# another change is in flight
	}
}
print "$done\n";
