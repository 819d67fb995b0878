#!/usr/bin/perl
# jobs.pl FILE LINE…: an interactive bash on a pseudo-terminal of its own. Each LINE is typed, then half a second passes;
# "wait PATTERN" waits until that has been printed since the last line. All that is printed goes to FILE. 77: no terminal.
use strict;
use warnings;
use Fcntl;
use POSIX ();
my ($file, @lines) = @ARGV;
sysopen(my $master, '/dev/ptmx', O_RDWR | O_NOCTTY) or exit 77;
my ($zero, $number) = (pack('i', 0), pack('i', 0));
ioctl($master, 0x40045431, $zero) && ioctl($master, 0x80045430, $number) or exit 77; # TIOCSPTLCK, TIOCGPTN
my $name = '/dev/pts/' . unpack('i', $number);
my $child = fork;
if (!$child) {
	POSIX::setsid();
	open(STDIN, '+<', $name) or die;
	ioctl(STDIN, 0x540e, 0); # TIOCSCTTY
	open(STDOUT, '>&STDIN');
	open(STDERR, '>&STDIN');
	$ENV{PS1} = 'prompt> ';
	$ENV{TERM} = 'xterm';
	exec 'bash', '--norc', '--noprofile', '-i';
}
open my $out, '>', $file or die;
my $seen = '';
sub hear { # for so long, or until it has been seen
	my ($seconds, $pattern) = @_;
	for (my $n = 0; $n < $seconds * 20; $n++) {
		my $bits = '';
		vec($bits, fileno $master, 1) = 1;
		if (select($bits, undef, undef, 0.05)) {
			sysread($master, my $text, 65536) or return;
			syswrite $out, $text;
			$seen .= $text;
		}
		return 1 if $pattern && $seen =~ /$pattern/;
	}
	return !$pattern;
}
hear(10, 'prompt> ');
for my $line (@lines) {
	if ($line =~ /^wait (.*)/) {
		hear(30, $1) or syswrite $out, "\nNEVER CAME: $1\n";
		next;
	}
	$seen = '';
	syswrite $out, "\n<<$line>>\n";
	syswrite $master, "$line\n";
	hear(1.5);
}
kill 'HUP', $child;
hear(0.5);
kill 'KILL', $child;
waitpid $child, 0;
