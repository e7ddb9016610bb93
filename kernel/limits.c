// SPDX-License-Identifier: MIT OR GPL-2.0
/* What users may have of the module's: contexts, room for code, time for compiling. */
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include "shim.h"

static unsigned int max_contexts = 512;
module_param(max_contexts, uint, 0644);
MODULE_PARM_DESC(max_contexts, "contexts of all users together");

static unsigned int max_contexts_per_user = 256;
module_param(max_contexts_per_user, uint, 0644);
MODULE_PARM_DESC(max_contexts_per_user, "contexts of each user");

static unsigned int max_code_per_user = 12 << 10;
module_param(max_code_per_user, uint, 0644);
MODULE_PARM_DESC(max_code_per_user, "KiB of room for compiled code of each user");

static unsigned int max_compile_seconds = 60;
module_param(max_compile_seconds, uint, 0644);
MODULE_PARM_DESC(max_compile_seconds, "processor time for compiling one module");

/* What a user has. Kept as long as the user has something. */
struct wj_account {
	struct list_head list;
	kuid_t user;
	unsigned int contexts;
	size_t code;
};

static LIST_HEAD(accounts);
static DEFINE_SPINLOCK(accounts_lock);
static unsigned int all_contexts;

static struct wj_account *find_account(kuid_t user)
{
	struct wj_account *account;

	list_for_each_entry(account, &accounts, list)
		if (uid_eq(account->user, user))
			return account;
	return NULL;
}

/* Counts a context for the current user; an error pointer when there are too many. */
struct wj_account *wj_take_context(void)
{
	struct wj_account *own = kzalloc(sizeof(*own), GFP_KERNEL_ACCOUNT);
	struct wj_account *account;

	if (!own)
		return ERR_PTR(-ENOMEM);
	own->user = current_uid();
	spin_lock(&accounts_lock);
	account = find_account(own->user);
	if (all_contexts >= READ_ONCE(max_contexts) ||
	    (account ? account->contexts : 0) >= READ_ONCE(max_contexts_per_user)) {
		account = ERR_PTR(-EDQUOT);
		goto out;
	}
	if (!account) {
		account = own;
		own = NULL;
		list_add(&account->list, &accounts);
	}
	account->contexts++;
	all_contexts++;
out:
	spin_unlock(&accounts_lock);
	kfree(own);
	return account;
}

/* Takes an account off the list that has nothing left; it is then to be freed. */
static bool is_done(struct wj_account *account)
{
	if (account->contexts || account->code)
		return false;
	list_del(&account->list);
	return true;
}

void wj_return_context(struct wj_account *account)
{
	bool done;

	spin_lock(&accounts_lock);
	all_contexts--;
	account->contexts--;
	done = is_done(account);
	spin_unlock(&accounts_lock);
	if (done)
		kfree(account);
}

bool wj_take_code(struct wj_account *account, size_t size)
{
	size_t limit = (size_t)READ_ONCE(max_code_per_user) << 10;
	bool fits;

	spin_lock(&accounts_lock);
	fits = account->code + size <= limit;
	if (fits)
		account->code += size;
	spin_unlock(&accounts_lock);
	return fits;
}

void wj_return_code(struct wj_account *account, size_t size)
{
	bool done;

	spin_lock(&accounts_lock);
	account->code -= size;
	done = is_done(account);
	spin_unlock(&accounts_lock);
	if (done)
		kfree(account);
}

u64 wj_compile_limit(void)
{
	return (u64)READ_ONCE(max_compile_seconds) * NSEC_PER_SEC;
}

/* Processor time of the current task, in nanoseconds. */
u64 wj_processor_time(void)
{
	return READ_ONCE(current->se.sum_exec_runtime);
}
