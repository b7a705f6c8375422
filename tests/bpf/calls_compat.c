/* SPDX-License-Identifier: Apache-2.0 */
/* 32-bit calls, made by the gate that 32-bit programs use: the kernel cannot tell the difference. */

#include <errno.h>
#include <stdint.h>

#include "calls.h"

#define I386_WRITE    4
#define I386_WRITEV   146
#define I386_PWRITE64 181
#define I386_SENDFILE 187
#define I386_PWRITEV  334

struct range32 {
	uint32_t base, len;
};

static int call32(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return result < 0 ? -result : 0;
}

static uint32_t low(const void *memory)
{
	return (uint32_t)(uintptr_t)memory;
}

/* Two ranges, behind the bytes in the same page: where 32 bits reach. */
static struct range32 *ranges_of(const struct bytes *bytes)
{
	size_t end = (bytes->len + 7) & ~(size_t)7;
	struct range32 *ranges = (struct range32 *)(void *)(bytes->at + end);

	ranges[0] = (struct range32){low(bytes->at), 33};
	ranges[1] = (struct range32){low(bytes->at) + 33, (uint32_t)bytes->len - 33};
	return ranges;
}

int way_compat_write(int target, const struct bytes *bytes)
{
	return call32(I386_WRITE, (uint32_t)target, low(bytes->at), (uint32_t)bytes->len, 0, 0);
}

int way_compat_writev(int target, const struct bytes *bytes)
{
	return call32(I386_WRITEV, (uint32_t)target, low(ranges_of(bytes)), 2, 0, 0);
}

int way_compat_pwrite(int target, const struct bytes *bytes)
{
	return call32(I386_PWRITE64, (uint32_t)target, low(bytes->at), (uint32_t)bytes->len, 0, 0);
}

int way_compat_pwritev(int target, const struct bytes *bytes)
{
	return call32(I386_PWRITEV, (uint32_t)target, low(ranges_of(bytes)), 2, 0, 0);
}

int way_compat_sendfile(int target, const struct bytes *bytes)
{
	return call32(I386_SENDFILE, (uint32_t)target, (uint32_t)bytes->source, 0,
		      (uint32_t)bytes->len, 0);
}
