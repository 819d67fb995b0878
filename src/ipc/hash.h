/* hash.h — fast checks of bytes: a 64-bit hash for blocks and checkpoints, CRC-32C for records.
 * [rt] both. Not for secrets. */
#ifndef US_HASH_H
#define US_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <understudy/module.h>

/* Four lanes of multiply-and-rotate over 64-bit words; the tail is zero-padded. */
US_REALTIME uint64_t us_hash(const void *bytes, size_t count);

/* CRC-32C (Castagnoli), as in RFC 3720; start with crc = 0. */
US_REALTIME uint32_t us_crc32c(uint32_t crc, const void *bytes, size_t count);

#endif
