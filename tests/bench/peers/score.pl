#!/usr/bin/perl
# score.pl KIND N SECONDS — a score for scsynth -N on stdout: N synths of one kind, their definition included.
#   rlpf, moog   the bench voice: two Saws, RLPF or MoogFF swept by an EnvGen, a second EnvGen, Pan2
#   sine         one SinOsc
#   space        a Saw through a chorus of two DelayCs, CombCs of one second and a FreeVerb2
use strict;
use warnings;

my ($kind, $count, $seconds) = @ARGV;
my %is = map { $_ => 1 } qw(rlpf moog sine space);
die "usage: score.pl rlpf|moog|sine|space N SECONDS\n" unless @ARGV == 3 && $is{$kind};

# --- a synth definition, version 2: a list of unit generators whose inputs are constants or earlier outputs ---
my ($CONTROL, $AUDIO, $TIMES, $PLUS) = (1, 2, 2, 0);
my (@constants, @units);
sub constant {
	my $bytes = pack 'f>', shift;
	my ($at) = grep { $constants[$_] eq $bytes } 0 .. $#constants;
	($at = @constants, push @constants, $bytes) unless defined $at;
	return [-1, $at];
}
sub unit {
	my ($name, $rate, $outputs, $special, @inputs) = @_;
	my @refs = map { ref $_ ? $_ : constant($_) } @inputs;
	push @units, pack('C/a* c N N n', $name, $rate, scalar @refs, $outputs, $special)
		. join('', map { pack 'l>l>', @$_ } @refs) . chr($rate) x $outputs;
	my @outs = map { [$#units, $_] } 0 .. $outputs - 1;
	return wantarray ? @outs : $outs[0];
}
sub times { my ($a, $b, $rate) = @_; return scalar unit('BinaryOpUGen', $rate // $AUDIO, 1, $TIMES, $a, $b) }
sub plus { my ($a, $b) = @_; return scalar unit('BinaryOpUGen', $AUDIO, 1, $PLUS, $a, $b) }

my ($freq, $place, $gate) = unit('Control', $CONTROL, 3, 0);
sub adsr {
	my ($attack, $decay, $sustain, $release) = @_;
	my @segments = (1, $attack, 5, -4, $sustain, $decay, 5, -4, 0, $release, 5, -4); # level, time, curve by number
	return scalar unit('EnvGen', $AUDIO, 1, 0, $gate, 1, 0, 1, 0, 0, 3, 2, -99, @segments);
}
sub voice {
	my $saws = plus(scalar unit('Saw', $AUDIO, 1, 0, $freq), scalar unit('Saw', $AUDIO, 1, 0, main::times($freq, 1.006, $CONTROL)));
	my $cutoff = plus(main::times(adsr(.005, .2, .3, .1), 4000), 200);
	my $filtered = $kind eq 'moog' ? unit('MoogFF', $AUDIO, 1, 0, $saws, $cutoff, 2, 0) : unit('RLPF', $AUDIO, 1, 0, $saws, $cutoff, .4);
	my $shaped = main::times(main::times($filtered, adsr(.005, .1, .7, .1)), 1 / ($count || 1));
	return unit('Pan2', $AUDIO, 2, 0, $shaped, $place, 1);
}
sub space {
	my $saw = main::times(scalar unit('Saw', $AUDIO, 1, 0, $freq), .2);
	my @echoes = map {
		my $time = plus(main::times(scalar unit('SinOsc', $AUDIO, 1, 0, .7, $_), .004), .012);
		my $wide = plus($saw, scalar unit('DelayC', $AUDIO, 1, 0, $saw, .05, $time));
		plus($wide, main::times(scalar unit('CombC', $AUDIO, 1, 0, $wide, 1, 1, 4), .4));
	} 0, 1.57;
	return unit('FreeVerb2', $AUDIO, 2, 0, @echoes, .33, .7, .5);
}
my @sides = $kind eq 'space' ? space() : $kind eq 'sine' ? (main::times(scalar unit('SinOsc', $AUDIO, 1, 0, $freq, 0), 1 / ($count || 1))) x 2 : voice();
unit('Out', $AUDIO, 0, 0, 0, @sides);

my $names = join '', map { pack 'C/a* N', @$_ } ['freq', 0], ['place', 1], ['gate', 2];
my $definition = 'SCgf' . pack('N n', 2, 1) . pack('C/a*', 'voice')
	. pack('N', scalar @constants) . join('', @constants)
	. pack('N f>3', 3, 110, 0, 0) . pack('N', 3) . $names
	. pack('N', scalar @units) . join('', @units) . pack('n', 0);

# --- the score: bundles, each behind its length ---
sub text { my $s = shift() . "\0"; return $s . "\0" x (-length($s) % 4) }
sub blob { my $s = shift; return pack('N', length $s) . $s . "\0" x (-length($s) % 4) }
sub message { my ($address, $types, @bytes) = @_; return text($address) . text(",$types") . join('', @bytes) }
sub bundle {
	my ($time, @messages) = @_;
	my $body = "#bundle\0" . pack('N N', int $time, ($time - int $time) * 2**32) . join '', map { pack('N', length $_) . $_ } @messages;
	print pack('N', length $body), $body;
}
sub number { return pack 'f>', shift }
binmode STDOUT;
bundle(0, message('/d_recv', 'b', blob($definition)));
for my $i (0 .. $count - 1) {
	bundle(0, message('/s_new', 'siiisfsf', text('voice'), pack('N3', 1000 + $i, 0, 0),
		text('freq'), number(55 * 1.01**($i % 200)), text('place'), number(($i % 17) / 8 - 1)));
}
for my $half (0 .. 2 * $seconds - 1) {
	for my $turn ([0, 1], [.3, 0]) {
		for (my $i = 0; $i < $count; $i += 64) {
			my $last = $i + 63 < $count ? $i + 63 : $count - 1;
			bundle($half / 2 + $turn->[0], map { message('/n_set', 'isf', pack('N', 1000 + $_), text('gate'), number($turn->[1])) } $i .. $last);
		}
	}
}
bundle($seconds, message('/c_set', 'if', pack('N', 0), number(0)));
