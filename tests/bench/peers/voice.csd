<CsoundSynthesizer>
; The bench voice. What stands in @…@ is filled in by tests/bench/speed: the filter, its resonance, how many voices, the
; notes. Csound's adsr cannot be retriggered, so the gate is smoothed instead, which costs less.
<CsOptions>
--nosound --nodisplays --messagelevel=0
</CsOptions>
<CsInstruments>
sr = 48000
ksmps = 64
nchnls = 2
0dbfs = 1

instr 1
	ipitch = 55 * 1.01 ^ (p4 % 200)
	know times
	kgate = frac(know * 2) < 0.6 ? 1 : 0
	ksweep portk kgate, 0.02
	kshape portk kgate, 0.03
	alow vco2 0.5, ipitch
	ahigh vco2 0.5, ipitch * 1.006
	afiltered @FILTER@ alow + ahigh, 200 + 4000 * ksweep, @RESONANCE@
	aleft, aright pan2 afiltered * kshape / @VOICES@, (p4 % 17) / 16
	outs aleft, aright
endin
</CsInstruments>
<CsScore>
@SCORE@
</CsScore>
</CsoundSynthesizer>
