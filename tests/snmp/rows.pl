# SPDX-License-Identifier: BSD-2-Clause
# rows.pl AGENT ROOT FILE: makes and destroys nodes with their adapter, one after the other, at
# most 100 SETs a second, while FILE is there; prints how many SETs were committed.
use strict;
use warnings;
use Net::SNMP qw(:asn1);
use Time::HiRes qw(time sleep);
my ($agent, $root, $file) = @ARGV;
my ($host, $port) = split /:/, $agent;
my ($s, $error) = Net::SNMP->session(-hostname => $host, -port => $port, -version => 'snmpv2c',
	-community => 'private', -timeout => 10, -retries => 0);
die $error unless $s;
my ($done, $due) = (0, time);
for (my $n = 0; -e $file; $n++) {
	my $node = 20 + $n % 7;
	my @make = ("$root.1.3.2.1.2.$node", OCTET_STRING, "x$node", "$root.1.3.2.1.20.$node", INTEGER, 4,
		"$root.1.4.1.1.6.$node.1", OCTET_STRING, pack('C4', 9, 1, 1, 100 + $node),
		"$root.1.4.1.1.24.$node.1", INTEGER, 4);
	for my $vars ([@make], ["$root.1.3.2.1.20.$node", INTEGER, 6]) {
		$done++ if $s->set_request(-varbindlist => $vars);
		$due += 0.01;
		sleep($due - time) if $due > time;
	}
}
print "$done\n";
