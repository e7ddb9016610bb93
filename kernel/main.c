// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The C shim: what the kernel offers as macros and inline functions only, what
 * differs between its versions, the fault hook and the device. All else is in
 * the Rust library.
 */
#include <linux/ftrace.h>
#include <linux/genalloc.h>
#include <linux/hash.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <asm/fpu/api.h>
#include <asm/sync_core.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>
#include "shim.h"
#include "wasmjit.h"

#undef pr_fmt
#define pr_fmt(fmt) "wasmjit: " fmt

#ifdef CONFIG_PREEMPT_RT
#error "the stack of compiled code was never tried with PREEMPT_RT"
#endif

static struct gen_pool *arena_pool;
static void *arena_alias;
static atomic64_t contexts, runs, faults, traps;

/* ---- memory ---- */

void *wj_alloc(size_t size, size_t align)
{
	if (align > 8)
		size = max(size, align);
	if (align > 32)
		size = roundup_pow_of_two(size);
	return kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

void wj_free(void *memory)
{
	kvfree(memory);
}

void *wj_stack_alloc(size_t size)
{
	return __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

void wj_stack_free(void *stack)
{
	vfree(stack);
}

unsigned long wj_copy_from_user(void *to, unsigned long from, size_t size)
{
	return copy_from_user(to, (const void __user *)from, size);
}

unsigned long wj_copy_to_user(unsigned long to, const void *from, size_t size)
{
	return copy_to_user((void __user *)to, from, size);
}

unsigned long wj_task_size(void)
{
	return TASK_SIZE_MAX;
}

/* ---- code ---- */

unsigned long wj_code_alloc(size_t size)
{
	return gen_pool_alloc(arena_pool, size);
}

/* Where code can be written. */
void *wj_code_alias(unsigned long code)
{
	return arena_alias + (code - (unsigned long)wj_arena);
}

static void sync_this_core(void *unused)
{
	sync_core();
}

/*
 * Addresses are used again, and a CPU may have fetched what stood there before:
 * each executes a serialising instruction before anything runs new code.
 */
void wj_code_publish(void)
{
	on_each_cpu(sync_this_core, NULL, 1);
}

void wj_code_free(unsigned long code, size_t size)
{
	memset(wj_code_alias(code), 0xcc, size);
	gen_pool_free(arena_pool, code, size);
}

/* ---- the running task ---- */

/*
 * Which context a task runs. A task's slot is one of a few behind its hash; only
 * the task itself fills, reads and clears it.
 */
#define SLOT_BITS	10
#define SLOT_WINDOW	64

static struct slot {
	struct task_struct *task;
	struct wj_context *context;
} slots[(1 << SLOT_BITS) + SLOT_WINDOW];

static struct slot *first_slot(void)
{
	return &slots[hash_ptr(current, SLOT_BITS)];
}

static bool enter_context(struct wj_context *context)
{
	struct slot *slot = first_slot();
	int i;

	for (i = 0; i < SLOT_WINDOW; i++, slot++) {
		if (READ_ONCE(slot->task) || cmpxchg(&slot->task, NULL, current))
			continue;
		slot->context = context;
		return true;
	}
	return false;
}

static struct slot *own_slot(void)
{
	struct slot *slot = first_slot();
	int i;

	for (i = 0; i < SLOT_WINDOW; i++, slot++)
		if (READ_ONCE(slot->task) == current)
			return slot;
	return NULL;
}

static void leave_context(void)
{
	struct slot *slot = own_slot();

	slot->context = NULL;
	smp_store_release(&slot->task, NULL);
}

struct wj_context *wj_current_context(void)
{
	struct slot *slot = own_slot();

	return slot ? slot->context : NULL;
}

void *wj_current_task(void)
{
	return current;
}

void *wj_current_mm(void)
{
	if (current->mm)
		mmgrab(current->mm);
	return current->mm;
}

void wj_mm_drop(void *mm)
{
	if (mm)
		mmdrop(mm);
}

bool wj_mm_is_current(const void *mm)
{
	return mm == current->mm;
}

const void *wj_attention_word(void)
{
	return &current_thread_info()->flags;
}

u32 wj_attention_mask(void)
{
	u32 mask = _TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL | _TIF_NEED_RESCHED;
#ifdef _TIF_NEED_RESCHED_LAZY
	mask |= _TIF_NEED_RESCHED_LAZY;
#endif
	return mask;
}

void wj_cond_resched(void)
{
	cond_resched();
}

bool wj_signal_pending(void)
{
	return signal_pending(current);
}

bool wj_fatal_signal_pending(void)
{
	return fatal_signal_pending(current);
}

void wj_section_begin(void)
{
	kernel_fpu_begin();
}

void wj_section_end(void)
{
	kernel_fpu_end();
}

/* Features of the processor, as src/platform.rs numbers them. */
u32 wj_cpu_features(void)
{
	return boot_cpu_has(X86_FEATURE_XMM3) << 0 |
	       boot_cpu_has(X86_FEATURE_SSSE3) << 1 |
	       boot_cpu_has(X86_FEATURE_XMM4_1) << 2 |
	       boot_cpu_has(X86_FEATURE_XMM4_2) << 3 |
	       boot_cpu_has(X86_FEATURE_POPCNT) << 4 |
	       boot_cpu_has(X86_FEATURE_BMI1) << 5 |
	       boot_cpu_has(X86_FEATURE_BMI2) << 6 |
	       boot_cpu_has(X86_FEATURE_ABM) << 7 |
	       boot_cpu_has(X86_FEATURE_CX16) << 8;
}

void wj_log(const char *text, size_t length)
{
	pr_err("%.*s\n", (int)length, text);
}

void wj_count_run(void)
{
	atomic64_inc(&runs);
}

void wj_info(struct wasmjit_info *info)
{
	info->version = WASMJIT_VERSION;
	info->code_bytes = gen_pool_size(arena_pool);
	info->code_used = info->code_bytes - gen_pool_avail(arena_pool);
	info->contexts = atomic64_read(&contexts);
	info->runs = atomic64_read(&runs);
	info->faults = atomic64_read(&faults);
	info->traps = atomic64_read(&traps);
}

/* ---- faults of compiled code ---- */

/* Makes the page accessible, if the task may access it. */
static bool resolve(unsigned long address, unsigned long error_code)
{
	struct mm_struct *mm = current->mm;
	bool write = error_code & X86_PF_WRITE;
	struct vm_area_struct *vma;
	bool done = false;

	if (mmap_read_lock_killable(mm))
		return false;
	vma = vma_lookup(mm, address);
	if (vma && (vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		done = !fixup_user_fault(mm, address, write ? FAULT_FLAG_WRITE : 0, NULL);
	mmap_read_unlock(mm);
	return done;
}

/*
 * Takes the place of fixup_exception for an instruction of compiled code, which
 * runs in its section: the FPU is the kernel's and preemption is off. Either the
 * access can be repeated, or it is a trap.
 */
static int fixup_code(struct pt_regs *regs, int trapnr, unsigned long error_code,
		      unsigned long address)
{
	struct wj_context *context = wj_current_context();
	u8 registers[512] __aligned(16);
	bool resolved = false;
	bool irqs_off = irqs_disabled();

	if (!context || !context->store)
		return 0;
	asm volatile("fxsave64 %0" : "=m"(registers));
	if (irqs_off)
		local_irq_enable();
	kernel_fpu_end();
	if (trapnr == X86_TRAP_PF && address < TASK_SIZE_MAX)
		resolved = resolve(address, error_code);
	if (resolved) {
		kernel_fpu_begin();
		asm volatile("fxrstor64 %0" : : "m"(registers));
		atomic64_inc(&faults);
	} else {
		regs->di = (unsigned long)context->store;
		regs->si = regs->ip;
		regs->dx = regs->bp;
		regs->cx = address;
		regs->sp = (regs->sp & ~15UL) - 8;
		regs->ip = (unsigned long)wasmjit_trap_landing;
		regs->flags &= ~X86_EFLAGS_AC;
		atomic64_inc(&traps);
	}
	if (irqs_off)
		local_irq_disable();
	return 1;
}

static void notrace hook_fixup(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct pt_regs *call = ftrace_get_regs(fregs);
	struct pt_regs *regs = (struct pt_regs *)call->di;

	if (regs->ip >= (unsigned long)wj_arena && regs->ip < (unsigned long)wj_arena_end)
		call->ip = (unsigned long)fixup_code;
}

static struct ftrace_ops fixup_ops = {
	.func = hook_fixup,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY |
		 FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_PERMANENT,
};

/* ---- the device ---- */

struct wj_file {
	struct mutex lock;
	void *context;
};

/* Whether something wants to see the task's system calls. */
static bool is_watched(void)
{
	return READ_ONCE(current_thread_info()->syscall_work) &
	       (SYSCALL_WORK_SECCOMP | SYSCALL_WORK_SYSCALL_TRACE |
		SYSCALL_WORK_SYSCALL_EMU | SYSCALL_WORK_SYSCALL_AUDIT |
		SYSCALL_WORK_SYSCALL_USER_DISPATCH);
}

static int wj_open(struct inode *inode, struct file *file)
{
	struct wj_file *own;

	if (is_watched())
		return -EPERM;
	own = kzalloc(sizeof(*own), GFP_KERNEL_ACCOUNT);
	if (!own)
		return -ENOMEM;
	own->context = wasmjit_context_new();
	if (!own->context) {
		kfree(own);
		return -ENOMEM;
	}
	mutex_init(&own->lock);
	file->private_data = own;
	atomic64_inc(&contexts);
	return 0;
}

static int wj_release(struct inode *inode, struct file *file)
{
	struct wj_file *own = file->private_data;

	wasmjit_context_free(own->context);
	kfree(own);
	atomic64_dec(&contexts);
	return 0;
}

static long wj_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	struct wj_file *own = file->private_data;
	long result;

	if (_IOC_TYPE(request) != 'w')
		return -ENOTTY;
	if (is_watched())
		return -EPERM;
	if (!mutex_trylock(&own->lock))
		return -EBUSY;
	if (enter_context(own->context)) {
		result = wasmjit_command(own->context, _IOC_NR(request),
					 _IOC_SIZE(request), argument);
		leave_context();
	} else {
		result = -EBUSY;
	}
	mutex_unlock(&own->lock);
	return result;
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = wj_open,
	.release = wj_release,
	.unlocked_ioctl = wj_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "wasmjit",
	.fops = &device_operations,
	.mode = 0660,
};

/* ---- loading ---- */

/* What compiled code does not take account of yet. */
static const char *unsupported(void)
{
#ifdef X86_FEATURE_IBT
	if (boot_cpu_has(X86_FEATURE_IBT))
		return "indirect branch tracking";
#endif
	if (boot_cpu_has(X86_FEATURE_RETHUNK))
		return "return thunks";
#ifdef X86_FEATURE_FRED
	if (boot_cpu_has(X86_FEATURE_FRED))
		return "FRED";
#endif
	if (!boot_cpu_has(X86_FEATURE_XMM4_1))
		return "a processor without SSE4.1";
	return NULL;
}

static int make_arena(void)
{
	size_t size = wj_arena_end - wj_arena;
	size_t i, count = size / PAGE_SIZE;
	struct page **pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	int error;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		pages[i] = vmalloc_to_page(wj_arena + i * PAGE_SIZE);
	arena_alias = vmap(pages, count, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	if (!arena_alias)
		return -ENOMEM;
	memset(arena_alias, 0xcc, size);
	arena_pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	error = arena_pool ? gen_pool_add(arena_pool, (unsigned long)wj_arena, size, NUMA_NO_NODE)
			   : -ENOMEM;
	if (error) {
		if (arena_pool)
			gen_pool_destroy(arena_pool);
		vunmap(arena_alias);
	}
	return error;
}

static void free_arena(void)
{
	gen_pool_destroy(arena_pool);
	vunmap(arena_alias);
}

static int set_hook(void)
{
	static char name[] = "fixup_exception";
	int error = ftrace_set_filter(&fixup_ops, name, strlen(name), 1);

	return error ?: register_ftrace_function(&fixup_ops);
}

static int __init wj_init(void)
{
	const char *reason = unsupported();
	int error;

	if (reason) {
		pr_err("not loaded: %s is not supported\n", reason);
		return -EOPNOTSUPP;
	}
	error = make_arena();
	if (error) {
		pr_err("not loaded: no memory for code\n");
		return error;
	}
	error = set_hook();
	if (error) {
		pr_err("not loaded: ftrace cannot hook fixup_exception (%d)\n", error);
		goto no_hook;
	}
	error = misc_register(&device);
	if (error) {
		pr_err("not loaded: no device (%d)\n", error);
		goto no_device;
	}
	return 0;

no_device:
	unregister_ftrace_function(&fixup_ops);
no_hook:
	free_arena();
	return error;
}

static void __exit wj_exit(void)
{
	misc_deregister(&device);
	unregister_ftrace_function(&fixup_ops);
	free_arena();
}

module_init(wj_init);
module_exit(wj_exit);
MODULE_DESCRIPTION("WebAssembly programs in ring 0");
MODULE_LICENSE("Dual MIT/GPL");
