//! Compiled code that is kept for the next process that loads the same module.
//!
//! What is kept is the code where it stands: every context of a user runs the same. Each
//! user has entries of its own, so that nobody learns what others run, or is given code
//! that was made for others. They are made by the kernel only, and are gone with the
//! module.

use crate::error::Errno;
use crate::room::Room;
use crate::sys;
use crate::user;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU64, Ordering};
use wasmjit_jit::LinkedCode;

/// The compiled functions of a module, at their place. Who runs them has the room.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) linked: Arc<LinkedCode>,
    pub(crate) room: Arc<Room>,
}

impl Code {
    /// Memory that it takes.
    fn bytes(&self) -> usize {
        self.room.bytes() + self.linked.table_bytes()
    }

    /// Whether no context runs it, when this is the table's.
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.room) == 1
    }
}

/// What code is found by: a hash of the module's binary and of all that decides what
/// is made of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// Of a binary that is compiled with settings of this fingerprint. It fails when the
    /// task is being killed.
    pub(crate) fn new(binary: &[u8], fingerprint: &str) -> Result<Self, Errno> {
        let mut key = [0; 32];
        // SAFETY: places of such lengths.
        let done = unsafe {
            sys::wj_hash(
                key.as_mut_ptr(),
                fingerprint.as_ptr(),
                fingerprint.len(),
                binary.as_ptr(),
                binary.len(),
            )
        };
        done.then_some(Self(key)).ok_or(Errno::EINTR)
    }
}

struct Entry {
    key: Key,
    /// Of the user whose code it is. It exists as long as that has room.
    account: *mut sys::Account,
    code: Code,
    bytes: usize,
}

/// Entries, the least recently used first.
struct Table(UnsafeCell<Vec<Entry>>);

// SAFETY: it is accessed under the shim's lock only.
unsafe impl Sync for Table {}

static TABLE: Table = Table(UnsafeCell::new(Vec::new()));

/// Changed under the lock.
static ENTRIES: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static HITS: AtomicU64 = AtomicU64::new(0);
static MISSES: AtomicU64 = AtomicU64::new(0);
static EVICTIONS: AtomicU64 = AtomicU64::new(0);

/// The table while it is locked. Meanwhile nothing is allocated or freed, and nothing
/// can fail.
struct Locked(());

impl Locked {
    fn new() -> Self {
        sys::wj_cache_lock();
        Self(())
    }

    /// As [`Self::new`], for who must not wait.
    fn without_waiting() -> Option<Self> {
        sys::wj_cache_trylock().then_some(Self(()))
    }

    /// Position of an entry.
    fn position(&self, account: *mut sys::Account, key: &Key) -> Option<usize> {
        self.iter()
            .position(|entry| entry.account == account && entry.key == *key)
    }

    /// The code of an entry, which is now the most recently used one.
    fn take(&mut self, position: usize) -> Option<Code> {
        self.get_mut(position..)?.rotate_left(1);
        self.last().map(|entry| entry.code.clone())
    }

    /// The entry to evict among those that `of` wants: one that nobody runs, if there
    /// is one.
    fn victim(&self, of: impl Fn(&Entry) -> bool) -> Option<usize> {
        let idle = self.iter().position(|e| of(e) && e.code.is_idle());
        idle.or_else(|| self.iter().position(of))
    }

    /// Takes an entry out, to be dropped when the table is not locked any more.
    fn evict(&mut self, position: usize) -> Entry {
        let entry = self.remove(position);
        ENTRIES.fetch_sub(1, Ordering::Relaxed);
        BYTES.fetch_sub(entry.bytes as u64, Ordering::Relaxed);
        EVICTIONS.fetch_add(1, Ordering::Relaxed);
        entry
    }

    /// The entry to evict so that there may be `more` bytes of a user's.
    fn too_much(&self, account: *mut sys::Account, more: usize) -> Option<usize> {
        let own = |entry: &Entry| entry.account == account;
        let bytes = |of: &dyn Fn(&Entry) -> bool| -> usize {
            let chosen = self.iter().filter(|entry| of(entry));
            chosen.map(|entry| entry.bytes).sum()
        };
        if bytes(&own) + more > sys::wj_cache_limit_per_user() {
            return self.victim(own);
        }
        if bytes(&|_| true) + more > sys::wj_cache_limit() {
            return self.victim(|_| true);
        }
        None
    }
}

impl Deref for Locked {
    type Target = Vec<Entry>;

    fn deref(&self) -> &Vec<Entry> {
        // SAFETY: this exists while the lock is held.
        unsafe { &*TABLE.0.get() }
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut Vec<Entry> {
        // SAFETY: as above.
        unsafe { &mut *TABLE.0.get() }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        sys::wj_cache_unlock();
    }
}

/// A user's code under a key.
pub(crate) fn find(account: *mut sys::Account, key: &Key) -> Option<Code> {
    let mut table = Locked::new();
    let position = table.position(account, key);
    let found = position.and_then(|position| table.take(position));
    let counter = if found.is_some() { &HITS } else { &MISSES };
    counter.fetch_add(1, Ordering::Relaxed);
    found
}

/// Keeps code, if the limits allow it. Returns what is to be run: that, or what another
/// process has compiled meanwhile.
pub(crate) fn insert(account: *mut sys::Account, key: &Key, code: Code) -> Code {
    let bytes = code.bytes();
    if bytes > sys::wj_cache_limit().min(sys::wj_cache_limit_per_user()) {
        return code;
    }
    // Dropped last, when the table is not locked.
    let mut spare = Vec::new();
    loop {
        let mut table = Locked::new();
        if let Some(position) = table.position(account, key)
            && let Some(other) = table.take(position)
        {
            return other;
        }
        if let Some(position) = table.too_much(account, bytes) {
            let victim = table.evict(position);
            drop(table);
            drop(victim);
            continue;
        }
        let count = table.len();
        if count == table.capacity() {
            if spare.capacity() <= count {
                drop(table);
                match user::space(2 * count + 16) {
                    Ok(space) => spare = space,
                    Err(_) => return code,
                }
                continue;
            }
            spare.append(&mut table);
            core::mem::swap(&mut spare, &mut table);
        }
        table.push(Entry {
            key: *key,
            account,
            code: code.clone(),
            bytes,
        });
        ENTRIES.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
        return code;
    }
}

/// Evicts an entry, of a user's if one is given, that nobody runs; false when there is
/// none.
pub(crate) fn give_way(account: Option<*mut sys::Account>) -> bool {
    let mut table = Locked::new();
    let is_wanted = |entry: &Entry| {
        account.is_none_or(|account| entry.account == account) && entry.code.is_idle()
    };
    let Some(position) = table.iter().position(is_wanted) else {
        return false;
    };
    let victim = table.evict(position);
    drop(table);
    drop(victim);
    true
}

/// Bytes that would be freed if all were evicted that nobody runs; zero when that cannot
/// be told now.
///
/// This and [`wasmjit_cache_shrink`] are called where memory is being looked for:
/// perhaps by a task that allocates while it has the lock.
#[unsafe(no_mangle)]
extern "C" fn wasmjit_cache_idle() -> usize {
    Locked::without_waiting().map_or(0, |table| {
        let idle = table.iter().filter(|entry| entry.code.is_idle());
        idle.map(|entry| entry.code.linked.table_bytes()).sum()
    })
}

/// Evicts what nobody runs, until so many bytes are freed or nothing is left. Returns
/// how many were.
#[unsafe(no_mangle)]
extern "C" fn wasmjit_cache_shrink(bytes: usize) -> usize {
    let mut freed = 0;
    while freed < bytes {
        let Some(mut table) = Locked::without_waiting() else {
            break;
        };
        let Some(position) = table.iter().position(|entry| entry.code.is_idle()) else {
            break;
        };
        let victim = table.evict(position);
        drop(table);
        freed += victim.code.linked.table_bytes();
        drop(victim);
    }
    freed
}

/// Evicts what the limits do not allow, which may have been changed. The contexts that
/// run it keep it as long as they exist.
#[unsafe(no_mangle)]
extern "C" fn wasmjit_cache_trim() {
    loop {
        let mut table = Locked::new();
        let mut checked = core::ptr::null_mut();
        let excess = table.iter().find_map(|entry| {
            let before = core::mem::replace(&mut checked, entry.account);
            (entry.account != before).then(|| table.too_much(entry.account, 0))?
        });
        // An empty table has no memory.
        let empty = table.is_empty().then(|| core::mem::take(&mut *table));
        let victim = excess.map(|position| table.evict(position));
        drop(table);
        drop(empty);
        if victim.is_none() {
            return;
        }
    }
}

/// Forgets everything.
#[unsafe(no_mangle)]
extern "C" fn wasmjit_cache_clear() {
    let mut table = Locked::new();
    let all = core::mem::take(&mut *table);
    ENTRIES.store(0, Ordering::Relaxed);
    BYTES.store(0, Ordering::Relaxed);
    drop(table);
    drop(all);
}

/// The shim's `struct wj_cache_counters`.
#[repr(C)]
struct Counters {
    entries: u64,
    bytes: u64,
    hits: u64,
    misses: u64,
    evictions: u64,
}

/// # Safety
/// The place must be writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmjit_cache_counters(counters: *mut Counters) {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let values = Counters {
        entries: read(&ENTRIES),
        bytes: read(&BYTES),
        hits: read(&HITS),
        misses: read(&MISSES),
        evictions: read(&EVICTIONS),
    };
    // SAFETY: the caller vouches for the place.
    unsafe { counters.write(values) };
}
