/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The interface of /dev/wasmjit.
 *
 * A file description of the device is a context: modules, compiled and
 * instantiated for the task that loaded the first, whose code runs in ring 0
 * inside WASMJIT_IOC_RUN. What ring 0 does not do itself comes back as an exit;
 * the caller serves it and continues. Modules and instances of a context are
 * numbered from zero in the order in which they were made, and freed with it.
 *
 * Every structure begins with its size as the caller knows it. A kernel that
 * knows more takes what is missing as zero; a caller that knows more than the
 * kernel must leave the rest zero, or gets E2BIG. Structures and arrays are
 * copied once. All pointers are addresses of the caller's memory.
 *
 * Imports that are one system call are made in the kernel, on behalf of the task,
 * unless that is traced, filtered or audited. One that fails exits with its error,
 * for the caller to tell the guest. One that a signal interrupts ends the command as
 * it would itself: with EINTR, and the exit written; or the kernel makes the command
 * again, and the import exits without having been made.
 *
 * Errors: EINVAL (malformed, or not now), E2BIG (see above), EFAULT, ENOMEM,
 * EDQUOT (the user, or all together, have too many contexts), ETIME (compiling
 * took too long), EBUSY (another thread is in the context, or too many run), EPERM (the task is
 * not the one that loaded, or is traced, filtered by seccomp or audited), ENOEXEC
 * (not a module that can run here; see message), EPROTOTYPE (an import does not
 * fit; see message), EINTR (killed while compiling; a signal has interrupted a
 * system call, see above), EOPNOTSUPP, EIO (the context failed and cannot be used
 * any more).
 */
#ifndef WASMJIT_H
#define WASMJIT_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define WASMJIT_VERSION 4

/*
 * A value: 16 bytes, the value in the low ones, little endian. A reference is zero
 * when it is null. An external one is any other number, which code passes and
 * keeps, but does not look into. Others come out as one, and only null goes in.
 */
struct wasmjit_value {
	__u64 low;
	__u64 high;
};

struct wasmjit_info {
	__u32 size;
	__u32 version;		/* out: WASMJIT_VERSION */
	__u64 code_bytes;	/* out: room for compiled code, of all contexts */
	__u64 code_used;	/* out: bytes of it in use */
	__u64 contexts;		/* out: contexts that exist */
	__u64 runs;		/* out: entries into WASMJIT_IOC_RUN so far */
	__u64 faults;		/* out: faults of compiled code that were resolved */
	__u64 traps;		/* out: faults of compiled code that were traps */
	__u64 heap_bytes;	/* out: memory of all contexts but stacks and code, and
				   of code that is kept */
	__u64 cache_entries;	/* out: modules whose code is kept */
	__u64 cache_bytes;	/* out: memory that it takes, code and heap */
};

enum wasmjit_load_flags {
	WASMJIT_EXIT_FOR_CALLS = 1,	/* make no system call in the kernel */
	WASMJIT_TIME64 = 2,		/* the program's time_t has 64 bits */
};

/* Validates and compiles. */
struct wasmjit_load {
	__u32 size;
	__u32 flags;		/* enum wasmjit_load_flags */
	__u64 module;		/* address of the binary */
	__u64 module_bytes;
	__u64 stack_bytes;	/* of the guest's stack; zero: the default */
	__u64 message;		/* address for a text that explains ENOEXEC */
	__u64 message_bytes;	/* room there; the text ends with a zero byte */
	__u64 code_bytes;	/* of the first module: room for the code by which the
				   functions of all that the context will have are
				   entered and left; zero: for those of this one */
	__u32 module_number;	/* out */
	__u32 cached;		/* zero; out: 1 if its code was kept of an earlier load
				   by the same user, 0 if it was compiled now */
};

struct wasmjit_memory {
	__u64 base;		/* a mapping of the caller's, of the full reservation */
	__u64 length;		/* bytes that are accessible */
};

/* Where an import comes from. */
struct wasmjit_import {
	__u32 instance;		/* which exports it, or WASMJIT_CALLERS: a function
				   that exits, or a memory of the caller's */
	__u32 export;		/* its number among the exports of that module */
};

#define WASMJIT_CALLERS	(~0U)

/*
 * Instantiates. Active segments are written, also to memories that the caller has
 * filled. The start function is not called: WASMJIT_CALL does that, by its index.
 */
struct wasmjit_instantiate {
	__u32 size;
	__u32 memory_count;	/* memories that are the caller's or the module's own */
	__u64 memories;		/* address of so many struct wasmjit_memory: those
				   that are imported, in order, then the own ones */
	__u64 message;		/* as in wasmjit_load */
	__u64 message_bytes;
	__u32 module;		/* its number */
	__u32 import_count;	/* as many as it has, or zero: all the caller's */
	__u64 imports;		/* address of so many struct wasmjit_import */
	__u32 instance;		/* out: the instance's number */
	__u32 reason;		/* out: WASMJIT_RETURNED, or WASMJIT_TRAPPED by a
				   segment: then the instance cannot be called, but
				   what it wrote to tables and memories stays */
	__u32 trap;		/* out: number of the trap */
	__u32 reserved;		/* zero */
};

enum wasmjit_command {
	WASMJIT_CALL = 1,	/* calls a function; within an exit, on top of it */
	WASMJIT_CONTINUE = 2,	/* after an exit that was served */
	WASMJIT_UNWIND = 3,	/* ends the call that has exited */
};

enum wasmjit_reason {
	WASMJIT_RETURNED = 1,	/* the call is over; its results are in values */
	WASMJIT_UNWOUND = 2,	/* the call is over, as WASMJIT_UNWIND wanted */
	WASMJIT_TRAPPED = 3,	/* the call is over: see trap and frames */
	WASMJIT_HOST_CALL = 4,	/* an import is called: see import and values. If
				   argument[0] is 1, the system call that it is was
				   made and has failed with argument[1] (negative) */
	WASMJIT_GROW = 5,	/* make argument[1] more bytes of the memory at
				   argument[0] accessible; answer by result */
	WASMJIT_ATTENTION = 6,	/* a signal waits, or the task is stopped */
	WASMJIT_WAIT = 7,	/* memory.atomic.wait at argument[0] for wait_timeout
				   nanoseconds (none if negative) while wait_bytes
				   bytes there are argument[1]; answer by result:
				   0, 1, 2 as the instruction, 3 if interrupted */
	WASMJIT_NOTIFY = 8,	/* memory.atomic.notify at argument[0] of argument[1]
				   waiting threads; answer their number by result */
};

/* A frame of the guest's. */
struct wasmjit_frame {
	__u32 function;
	__u32 offset;		/* in the binary; ~0 if not known */
};

struct wasmjit_run {
	__u32 size;
	__u32 command;		/* enum wasmjit_command */
	__u32 function;		/* of WASMJIT_CALL: its index in the module */
	__u32 value_count;	/* room in values; out: values there */
	__u64 values;		/* address of struct wasmjit_value: parameters or
				   results of the command, then of the exit */
	__u64 memory_lengths;	/* address of a __u64 for each memory that was passed
				   to WASMJIT_IOC_INSTANTIATE so far, or zero */
	__u32 memory_count;
	__u32 frame_count;	/* room in frames; out: frames there */
	__u64 frames;		/* address of struct wasmjit_frame */
	__u64 result;		/* of WASMJIT_CONTINUE, after WASMJIT_GROW: 1 done;
				   after WASMJIT_ATTENTION: 1 trap as interrupted;
				   after WASMJIT_WAIT and WASMJIT_NOTIFY: see there */
	__u32 reason;		/* zero; out: enum wasmjit_reason */
	__u32 import;		/* out: index of the imported function */
	__u32 trap;		/* out: number of the trap */
	__u32 depth;		/* out: calls that have not ended */
	__u64 argument[2];	/* out; after a trap or unwinding, the first is the
				   number of frames that were left out */
	__u32 instance;		/* of WASMJIT_CALL: where the function is; out, of
				   WASMJIT_HOST_CALL: whose import is called */
	__u32 wait_bytes;	/* out, of WASMJIT_WAIT: 4 or 8 */
	__s64 wait_timeout;	/* out, of WASMJIT_WAIT */
};

#define WASMJIT_IOC_INFO	_IOWR('w', 0x00, struct wasmjit_info)
#define WASMJIT_IOC_LOAD	_IOWR('w', 0x01, struct wasmjit_load)
#define WASMJIT_IOC_INSTANTIATE	_IOWR('w', 0x02, struct wasmjit_instantiate)
#define WASMJIT_IOC_RUN		_IOWR('w', 0x03, struct wasmjit_run)

#endif
