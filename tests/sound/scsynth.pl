#!/usr/bin/perl
# scsynth.pl Saw|Pulse|LFTri HZ — a score for scsynth -N on stdout: two seconds of one band-limited oscillator.
use strict;
use warnings;

my ($name, $hz) = @ARGV;
die "usage: scsynth.pl UGEN HZ\n" unless @ARGV == 2;
sub short { return pack 'C/a*', shift }
my @constants = ($hz, 0.5, 0);
my $inputs = $name eq 'Saw' ? [0] : $name eq 'Pulse' ? [0, 1] : [0, 2];
my $oscillator = short($name) . pack('c N N n', 2, scalar @$inputs, 1, 0) . join('', map { pack 'l>l>', -1, $_ } @$inputs) . chr 2;
my $out = short('Out') . pack('c N N n', 2, 2, 0, 0) . pack('l>l>', -1, 2) . pack('l>l>', 0, 0);
my $definition = 'SCgf' . pack('N n', 2, 1) . short('wave') . pack('N f>*', scalar @constants, @constants)
	. pack('N N N', 0, 0, 2) . $oscillator . $out . pack('n', 0);

sub text { my $s = shift() . "\0"; return $s . "\0" x (-length($s) % 4) }
sub bundle {
	my ($time, $message) = @_;
	my $body = "#bundle\0" . pack('N N', $time, 0) . pack('N', length $message) . $message;
	print pack('N', length $body), $body;
}
binmode STDOUT;
my $blob = pack('N', length $definition) . $definition;
bundle(0, text('/d_recv') . text(',b') . $blob . "\0" x (-length($blob) % 4));
bundle(0, text('/s_new') . text(',siii') . text('wave') . pack('N3', 1000, 0, 0));
bundle(2, text('/c_set') . text(',if') . pack('N f>', 0, 0));
