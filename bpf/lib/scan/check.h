/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_BPF_SCAN_CHECK_H
#define WEIR_BPF_SCAN_CHECK_H

/* Pure functions over bytes: is this window an identifier? Compiled for the kernel and, as they are, for unit tests. bytes is a
 * buffer of WEIR_CHECK_MASK + 1 bytes, indexes wrap: that is what lets the verifier see that they stay inside. */

#ifndef __bpf__
#include <linux/types.h>
#endif

#define WEIR_CHECK_MASK 8191u

/* What walks a whole window is a call in the kernel: its frame is gone when it returns, and the calls that lead here have 512 bytes
 * of stack together. */
#ifdef __bpf__
#define WEIR_INLINE static __always_inline
#define WEIR_CALL   static __noinline
#else
#define WEIR_INLINE static inline
#define WEIR_CALL   static inline
#endif

/* Comparisons that are arithmetic: 1 or 0, for numbers below 2^31. The verifier walks both ways of every branch, and a window has
 * some forty of them. The empty assembly keeps the compiler from turning them back into branches. */
WEIR_INLINE __u32 weir_lt(__u32 a, __u32 b)
{
	__u32 less = (a - b) >> 31;

	__asm__ volatile("" : "+r"(less));
	return less;
}

WEIR_INLINE __u32 weir_eq(__u32 a, __u32 b)
{
	return weir_lt(a ^ b, 1);
}

WEIR_INLINE __u32 weir_between(__u32 x, __u32 low, __u32 high)
{
	return weir_lt(x, high + 1) & (weir_lt(x, low) ^ 1);
}

WEIR_INLINE __u32 weir_byte_at(const __u8 *bytes, __u32 i)
{
	return bytes[i & WEIR_CHECK_MASK];
}

WEIR_INLINE __u32 weir_is_digit(__u32 c)
{
	return weir_between(c, '0', '9');
}

WEIR_INLINE __u32 weir_is_letter(__u32 c)
{
	return weir_between(c | 32, 'a', 'z');
}

/* Not 0 when one of the eight bytes of x is no digit. */
WEIR_INLINE __u64 weir_not_digits(__u64 x)
{
	x ^= 0x3030303030303030ULL;
	return ((x + 0x7676767676767676ULL) | x) & 0x8080808080808080ULL;
}

/* Its top bit is set exactly when v is 0. */
WEIR_INLINE __u64 weir_is_zero(__u64 v)
{
	return (v - 1) & ~v;
}

/* The number that n digits from start on write. */
WEIR_INLINE __u32 weir_number_at(const __u8 *bytes, __u32 start, int n)
{
	__u32 value = 0;

	for (int i = 0; i < n; i++)
		value = value * 10 + weir_byte_at(bytes, start + i) - '0';
	return value;
}

/* GB/T 2260 provinces (first two digits) that a resident number may start with: 11-15, 21-23, 31-37, 41-46, 50-54, 61-65, 71,
 * 81-83. */
WEIR_INLINE __u32 weir_is_province(__u32 p)
{
	return weir_between(p, 11, 15) | weir_between(p, 21, 23) | weir_between(p, 31, 37) |
	       weir_between(p, 41, 46) | weir_between(p, 50, 54) | weir_between(p, 61, 65) |
	       weir_eq(p, 71) | weir_between(p, 81, 83);
}

/* GB 11643-1999: 18 characters that end at end; the last a digit, x or X; MOD 11-2, province, plausible date. */
WEIR_CALL __u32 weir_is_resident_id(const __u8 *bytes, __u32 end)
{
	__u32 start = end - 17, sum = 0, weight = 7, check, c;

	for (int i = 0; i < 17; i++) {
		sum += (weir_byte_at(bytes, start + i) - '0') * weight;
		weight = weight * 6 % 11; /* 2^(17-i) mod 11, and 6 is the inverse of 2 */
	}
	c = weir_byte_at(bytes, end);
	c -= weir_eq(c, 'x') * ('x' - 'X');
	check = (12 - sum % 11) % 11;
	check += '0' + weir_eq(check, 10) * ('X' - '0' - 10);
	/* Read anew: else the compiler keeps the bytes on the stack from the first round on. */
	__asm__ volatile("" : "+r"(start));
	return weir_eq(c, check) & weir_is_province(weir_number_at(bytes, start, 2)) &
	       weir_between(weir_number_at(bytes, start + 6, 2), 19, 20) &
	       weir_between(weir_number_at(bytes, start + 10, 2), 1, 12) &
	       weir_between(weir_number_at(bytes, start + 12, 2), 1, 31);
}

/* ISO/IEC 7812: are cards of len digits common today under these leading digits? UnionPay, Visa, Mastercard, American Express, JCB,
 * Discover. Rarer ones need a word beside them, and words are left to user space: else the kernel would refuse tables of
 * numbers that the policy lets pass. */
WEIR_INLINE __u32 weir_is_issuer(__u32 first4, __u32 len)
{
	__u32 two = first4 / 100, three = first4 / 10;
	__u32 unionpay = weir_eq(two, 62);
	__u32 only16 = weir_between(two, 40, 49) | weir_between(two, 51, 55) |
		       weir_between(first4, 2221, 2720) | weir_between(first4, 3528, 3589) |
		       weir_eq(first4, 6011) | weir_between(three, 644, 649) | unionpay;
	__u32 only15 = weir_eq(two, 34) | weir_eq(two, 37);

	return (only16 & weir_eq(len, 16)) | (only15 & weir_eq(len, 15)) |
	       (unionpay & weir_eq(len, 19));
}

/* len digits (15 to 19) that end at end: issuer, Luhn, and other digits than five neighbours: lists of strokes and of ratings have
 * no others. */
WEIR_CALL __u32 weir_is_card(const __u8 *bytes, __u32 end, __u32 len)
{
	__u32 sum = 0, seen = 0, lowest;

	for (__u32 i = 0; i < 19; i++) {
		__u32 inside = weir_lt(i, len), c = weir_byte_at(bytes, end - i);
		__u32 value = ((c - '0') << (i & 1)) & 31;

		seen |= inside << ((c - '0') & 15);
		sum += (value - weir_lt(9, value) * 9) * inside;
	}
	lowest = seen & (0 - seen);
	return weir_eq(sum % 10, 0) & weir_lt(lowest * 32 - 1, seen) &
	       weir_is_issuer(weir_number_at(bytes, end - len + 1, 4), len);
}

/* What may not stand straight before a card number: it is then part of a path, a name, a decimal or a longer group. */
WEIR_INLINE __u32 weir_binds_left(__u32 c)
{
	return weir_is_letter(c) | weir_eq(c, '_') | weir_eq(c, '.') | weir_eq(c, '/') |
	       weir_eq(c, '-');
}

/* Keyed 64-bit hash of len bytes (at most 19) that end at end, x and X alike. */
WEIR_CALL __u64 weir_value_hash(const __u8 *bytes, __u32 end, __u32 len, __u64 key)
{
	__u64 h = key ^ len;

	for (__u32 i = 0; i < 19; i++) {
		__u32 c = weir_byte_at(bytes, end - i);

		c -= weir_eq(c, 'x') * ('x' - 'X');
		h = (h ^ c * weir_lt(i, len)) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	h *= 0xbf58476d1ce4e5b9ULL;
	return h ^ h >> 32;
}

#endif
