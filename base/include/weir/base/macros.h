/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_MACROS_H
#define WEIR_BASE_MACROS_H

/* Compiler attributes and scope-bound ownership.
 *
 * An owning local is declared with _cleanup_(fn) and initialised; it leaves its scope only through
 * TAKE_PTR or TAKE_FD. Every weir_x_free() accepts NULL and returns nothing;
 * DEFINE_CLEANUP(weir_x_free, struct weir_x *) makes the matching cleanup function weir_x_freep().
 */

#include <stddef.h>

#define _cleanup_(fn)	    __attribute__((cleanup(fn)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _must_use_	    __attribute__((warn_unused_result))
#define _unused_	    __attribute__((unused))

#define DEFINE_CLEANUP(fn, type)                      \
	_unused_ static inline void fn##p(type *slot) \
	{                                             \
		if (*slot)                            \
			fn(*slot);                    \
	}                                             \
	_Static_assert(1, "needs a semicolon")

#define TAKE_PTR(ptr)                           \
	({                                      \
		__typeof__(ptr) taken_ = (ptr); \
		(ptr) = NULL;                   \
		taken_;                         \
	})

#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define WEIR_MIN(a, b)                             \
	({                                         \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})

#define WEIR_MAX(a, b)                             \
	({                                         \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* free() for _cleanup_: char *s _cleanup_(freep) = NULL; */
void weir_freep(void *slot);
#define freep weir_freep

#endif
