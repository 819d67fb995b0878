/* module_hashes.h — what each module sounds like, as a hash: every compiler and machine must give these bits. Written
 * by scripts/update-module-hashes. A module that is not listed is not compared. */
#include <stdint.h>

/* clang-format off */
static const struct {
	const char *name;
	uint64_t hash;
} module_hashes[] = {
    {"adsr", 0xb7921522a206154e},
    {"chorus", 0x3be6fb073413f430},
    {"clap", 0x618ee06abfe45b8f},
    {"clock", 0x09310dcf28b00f0e},
    {"crossfade", 0xa068a86ffd3b9b2f},
    {"delay", 0x8a61ef0d490ef38b},
    {"euclid", 0x7194a2de00cbc515},
    {"fault", 0x047fdcb8d6af5691},
    {"filter", 0x084a5adbabbf4772},
    {"fm", 0x08b2bbfff8761623},
    {"follower", 0x722a2a330a41c455},
    {"gain", 0xa14e1aea3b6250f6},
    {"grain", 0x7ab40a136d258130},
    {"hat", 0x24a40b3e976cefdb},
    {"hold", 0x003475e7da9a28f8},
    {"in", 0x35ecde5a9b939dc5},
    {"kick", 0x85d1e71c48cf0289},
    {"ladder", 0x0b380f630720abee},
    {"lfo", 0x7eeddc1d009244e1},
    {"limiter", 0xa0e0270b4377dd0d},
    {"looper", 0x693351f75f768988},
    {"metal", 0x6f14328a9d064f81},
    {"mixer", 0x1f55e6e6ce7fab13},
    {"modal", 0xa0960babca3fe310},
    {"noise", 0x7cff1b7433d415b4},
    {"out", 0x58ab33475cc1bf23},
    {"pan", 0xe7fc0ac667607ff4},
    {"pattern", 0x79cf6f6a1d049dc5},
    {"pluck", 0xff19cda8b5dba4bb},
    {"pulse", 0x624404cca9e5dfb1},
    {"quantize", 0x08100da801d2da8d},
    {"random", 0x52f1f4fb12370ad4},
    {"reverb", 0x903f9510bfed043e},
    {"sampler", 0xe02398e082ad1b87},
    {"saw", 0x2e57228846e4d761},
    {"sine", 0x79f2371c390d002f},
    {"slew", 0x7f6855d2af022332},
    {"snare", 0x212184ba9ddcfaf7},
    {"supersaw", 0x758aeb5262ffefee},
    {"triangle", 0x0a0a320d27a2881e},
    {"vca", 0x1ccd7e0752ee9af8},
    {"wavetable", 0xfdb77ab01dedac84},
};
