/* module_hashes.h — what each module sounds like, as a hash: every compiler and machine must give these bits. Written
 * by scripts/update-module-hashes. A module that is not listed is not compared. */
#include <stdint.h>

static const struct {
	const char *name;
	uint64_t hash;
} module_hashes[] = {
    {"adsr", 0xb7921522a206154e},
    {"fault", 0x047fdcb8d6af5691},
    {"filter", 0x7af49805838fdf05},
    {"gain", 0xa14e1aea3b6250f6},
    {"mixer", 0x1f55e6e6ce7fab13},
    {"out", 0x58ab33475cc1bf23},
    {"sine", 0x348eeb96e0d09f4d},
    {"vca", 0x1ccd7e0752ee9af8},
};
