// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The C shim: what the kernel offers as macros and inline functions only, what
 * differs between its versions, the fault hook and the device. All else is in
 * the Rust library. Limits are in limits.c, memory and code in memory.c.
 */
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <asm/fpu/api.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>
#include "shim.h"
#include "wasmjit.h"

#undef pr_fmt
#define pr_fmt(fmt) "wasmjit: " fmt

#ifndef CONFIG_X86_64
#error "this module generates code for x86-64 only"
#endif
#ifdef CONFIG_PREEMPT_RT
#error "the stack of compiled code was never tried with PREEMPT_RT"
#endif

static struct {
	atomic64_t contexts, modules, runs, faults, traps;
	atomic64_t exits[WASMJIT_NOTIFY + 1];
} counters;

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

struct wj_account *wj_current_account(void)
{
	return wj_current_context()->account;
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

void wj_fpu_begin(void)
{
	kernel_fpu_begin();
}

void wj_fpu_end(void)
{
	kernel_fpu_end();
}

/* Only code that uses vector registers needs the FPU, which forbids sleeping. */
void wj_section_begin(void)
{
	if (*wj_current_context()->vectors)
		kernel_fpu_begin();
}

void wj_section_end(void)
{
	if (*wj_current_context()->vectors)
		kernel_fpu_end();
}

/* ---- system calls ---- */

/* What keeps calls from being made without the system call's entry. */
#define WATCHED	(SYSCALL_WORK_SECCOMP | SYSCALL_WORK_SYSCALL_TRACE | \
		 SYSCALL_WORK_SYSCALL_EMU | SYSCALL_WORK_SYSCALL_AUDIT | \
		 SYSCALL_WORK_SYSCALL_USER_DISPATCH)

static unsigned long (*find_symbol)(const char *name);
static void (*run_task_work)(void);

/* Kernel symbols are found by the one function that is not exported for it. */
static void find_find_symbol(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };

	if (register_kprobe(&probe)) {
		pr_info("system calls are made in user space: no kallsyms_lookup_name\n");
		return;
	}
	find_symbol = (void *)probe.addr;
	unregister_kprobe(&probe);
	run_task_work = (void *)find_symbol("task_work_run");
	if (!run_task_work) {
		pr_info("system calls are made in user space: no task_work_run\n");
		find_symbol = NULL;
	}
}

const void *wj_task_work_word(void)
{
	return &current->task_works;
}

/* What calls put off to the task's return to user mode, which is not now. */
void wj_task_work(void)
{
	if (current->task_works)
		run_task_work();
}

/* The kernel's function for a system call of this name, or zero. */
unsigned long wj_system_call_function(const char *name, size_t length)
{
	char symbol[64];

	if (!find_symbol || length > 40)
		return 0;
	snprintf(symbol, sizeof(symbol), "__x64_sys_%.*s", (int)length, name);
	return find_symbol(symbol);
}

const void *wj_watched_word(void)
{
	return &current_thread_info()->syscall_work;
}

u64 wj_watched_mask(void)
{
	return WATCHED | SYSCALL_WORK_SYSCALL_TRACEPOINT;
}

u32 wj_signals_mask(void)
{
	return _TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL;
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

void wj_count_module(void)
{
	atomic64_inc(&counters.modules);
}

/* An entry into compiled code, and why it was left. */
void wj_count_run(u32 reason)
{
	atomic64_inc(&counters.runs);
	if (reason < ARRAY_SIZE(counters.exits))
		atomic64_inc(&counters.exits[reason]);
}

void wj_info(struct wasmjit_info *info)
{
	struct wj_cache_counters cache;

	wasmjit_cache_counters(&cache);
	info->version = WASMJIT_VERSION;
	info->code_bytes = wj_code_bytes();
	info->code_used = wj_code_used();
	info->contexts = atomic64_read(&counters.contexts);
	info->runs = atomic64_read(&counters.runs);
	info->faults = atomic64_read(&counters.faults);
	info->traps = atomic64_read(&counters.traps);
	info->heap_bytes = wj_heap_bytes();
	info->cache_entries = cache.entries;
	info->cache_bytes = cache.bytes;
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
 * runs in its section: where it uses vectors, the FPU is the kernel's and
 * preemption is off. Either the access can be repeated, or it is a trap.
 */
static int fixup_code(struct pt_regs *regs, int trapnr, unsigned long error_code,
		      unsigned long address)
{
	struct wj_context *context = wj_current_context();
	u8 registers[512] __aligned(16);
	bool resolved = false;
	bool irqs_off = irqs_disabled();
	bool vectors;

	if (!context || !context->store)
		return 0;
	vectors = *context->vectors;
	if (vectors)
		asm volatile("fxsave64 %0" : "=m"(registers));
	if (irqs_off)
		local_irq_enable();
	if (vectors)
		kernel_fpu_end();
	if (trapnr == X86_TRAP_PF && address < TASK_SIZE_MAX)
		resolved = resolve(address, error_code);
	if (resolved) {
		if (vectors) {
			kernel_fpu_begin();
			asm volatile("fxrstor64 %0" : : "m"(registers));
		}
		atomic64_inc(&counters.faults);
	} else {
		regs->di = (unsigned long)context->store;
		regs->si = regs->ip;
		regs->dx = regs->bp;
		regs->cx = address;
		regs->sp = (regs->sp & ~15UL) - 8;
		regs->ip = (unsigned long)wasmjit_trap_landing;
		regs->flags &= ~X86_EFLAGS_AC;
		atomic64_inc(&counters.traps);
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
	struct wj_account *account;
};

/* Whether something wants to see the task's system calls. */
static bool is_watched(void)
{
	return READ_ONCE(current_thread_info()->syscall_work) & WATCHED;
}

static int wj_open(struct inode *inode, struct file *file)
{
	struct wj_account *account;
	struct wj_file *own;

	if (is_watched())
		return -EPERM;
	account = wj_take_context();
	if (IS_ERR(account))
		return PTR_ERR(account);
	own = kzalloc(sizeof(*own), GFP_KERNEL_ACCOUNT);
	if (!own)
		goto no_memory;
	own->context = wasmjit_context_new(account);
	if (!own->context)
		goto no_memory;
	own->account = account;
	mutex_init(&own->lock);
	file->private_data = own;
	atomic64_inc(&counters.contexts);
	return 0;

no_memory:
	kfree(own);
	wj_return_context(account);
	return -ENOMEM;
}

static int wj_release(struct inode *inode, struct file *file)
{
	struct wj_file *own = file->private_data;

	wasmjit_context_free(own->context);
	wj_return_context(own->account);
	kfree(own);
	atomic64_dec(&counters.contexts);
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

/* ---- what can be seen in /sys/class/misc/wasmjit ---- */

#define COUNTER(name, value)							\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr,	\
			   char *buffer)					\
{										\
	return sysfs_emit(buffer, "%lld\n", (long long)(value));		\
}										\
static DEVICE_ATTR_RO(name)

COUNTER(contexts, atomic64_read(&counters.contexts));
COUNTER(code_bytes, wj_code_bytes());
COUNTER(code_used, wj_code_used());
COUNTER(heap_bytes, wj_heap_bytes());
COUNTER(modules, atomic64_read(&counters.modules));
COUNTER(runs, atomic64_read(&counters.runs));
COUNTER(faults, atomic64_read(&counters.faults));
COUNTER(traps, atomic64_read(&counters.traps));
COUNTER(exits_returned, atomic64_read(&counters.exits[WASMJIT_RETURNED]));
COUNTER(exits_unwound, atomic64_read(&counters.exits[WASMJIT_UNWOUND]));
COUNTER(exits_trapped, atomic64_read(&counters.exits[WASMJIT_TRAPPED]));
COUNTER(exits_host_call, atomic64_read(&counters.exits[WASMJIT_HOST_CALL]));
COUNTER(exits_grow, atomic64_read(&counters.exits[WASMJIT_GROW]));
COUNTER(exits_attention, atomic64_read(&counters.exits[WASMJIT_ATTENTION]));
COUNTER(exits_wait, atomic64_read(&counters.exits[WASMJIT_WAIT]));
COUNTER(exits_notify, atomic64_read(&counters.exits[WASMJIT_NOTIFY]));

#define CACHE_COUNTER(name)							\
static long long cache_##name(void)						\
{										\
	struct wj_cache_counters all;						\
										\
	wasmjit_cache_counters(&all);						\
	return all.name;							\
}										\
COUNTER(cache_##name, cache_##name())

CACHE_COUNTER(entries);
CACHE_COUNTER(bytes);
CACHE_COUNTER(hits);
CACHE_COUNTER(misses);
CACHE_COUNTER(evictions);

static struct attribute *device_attrs[] = {
	&dev_attr_contexts.attr,
	&dev_attr_code_bytes.attr,
	&dev_attr_code_used.attr,
	&dev_attr_heap_bytes.attr,
	&dev_attr_modules.attr,
	&dev_attr_runs.attr,
	&dev_attr_faults.attr,
	&dev_attr_traps.attr,
	&dev_attr_exits_returned.attr,
	&dev_attr_exits_unwound.attr,
	&dev_attr_exits_trapped.attr,
	&dev_attr_exits_host_call.attr,
	&dev_attr_exits_grow.attr,
	&dev_attr_exits_attention.attr,
	&dev_attr_exits_wait.attr,
	&dev_attr_exits_notify.attr,
	&dev_attr_cache_entries.attr,
	&dev_attr_cache_bytes.attr,
	&dev_attr_cache_hits.attr,
	&dev_attr_cache_misses.attr,
	&dev_attr_cache_evictions.attr,
	NULL,
};
ATTRIBUTE_GROUPS(device);

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "wasmjit",
	.fops = &device_operations,
	.mode = 0660,
	.groups = device_groups,
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
	find_find_symbol();
	error = wj_make_arena();
	if (error) {
		pr_err("not loaded: no memory for code\n");
		return error;
	}
	error = wj_make_shrinker();
	if (error) {
		pr_err("not loaded: no shrinker (%d)\n", error);
		goto no_shrinker;
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
	wj_free_shrinker();
no_shrinker:
	wj_free_arena();
	return error;
}

static void __exit wj_exit(void)
{
	misc_deregister(&device);
	unregister_ftrace_function(&fixup_ops);
	wj_free_shrinker();
	wasmjit_cache_clear();
	wj_free_arena();
}

module_init(wj_init);
module_exit(wj_exit);
MODULE_DESCRIPTION("WebAssembly programs in ring 0");
MODULE_LICENSE("Dual MIT/GPL");
