/* grid.c — arithmetic of fractions and of the grid that they need: whole numbers, and what is too large for them. See
 * parse.h. */
#include "parse.h"

int64_t us_common(int64_t a, int64_t b)
{
	while (b) {
		const int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a < 0 ? -a : a;
}

int64_t us_product(int64_t a, int64_t b)
{
	int64_t product;
	return __builtin_mul_overflow(a, b, &product) || product > US_PATTERN_TICKS ? 0 : product;
}

int64_t us_least_common(int64_t a, int64_t b)
{
	return a && b ? us_product(a / us_common(a, b), b) : 0;
}

int64_t us_grid_scaled(int64_t grid, int64_t num, int64_t den)
{
	if (num < 0)
		num = -num;
	if (!num || !grid)
		return grid;
	const int64_t g = us_common(num, den);
	num /= g;
	den /= g;
	return us_product(grid / us_common(grid, num), den);
}

bool us_fraction_of(int64_t num, int64_t den, struct fraction *x)
{
	const int64_t g = den ? us_common(num, den) : 0;
	if (!g)
		return false;
	num /= den < 0 ? -g : g;
	den /= den < 0 ? -g : g;
	*x = (struct fraction){(int32_t)num, (int32_t)den};
	return num >= -INT32_MAX && num <= INT32_MAX && den <= INT32_MAX;
}
