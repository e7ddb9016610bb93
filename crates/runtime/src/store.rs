//! Stores: everything that lives and dies together.

use crate::arena::Arena;
use crate::backtrace::{self, Start};
use crate::engine::{CompiledModule, Engine};
use crate::error::AllocationError;
use crate::exception::ExceptionHeap;
use crate::func::{Caller, HostFunction};
use crate::global::GlobalData;
use crate::instance::InstanceData;
use crate::interpreter::InterpreterStack;
use crate::memory::MemoryData;
use crate::platform::Platform;
use crate::table::TableData;
use crate::tag::TagData;
use crate::trap::{Backtrace, Trap, TrapCode};
use crate::vm::{INTERRUPTED, StoreContext};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::sync::Arc;
use core::any::Any;
use core::cell::{RefCell, UnsafeCell};
use core::ffi::c_void;
use core::fmt;
use core::ptr::{self, NonNull, addr_of};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use hashbrown::HashMap;

/// How much the contents of a store may use. The default is no limit but those
/// of the implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories together. A shared memory counts in each
    /// store that uses it.
    pub memory_bytes: u64,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Number of instances.
    pub instances: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: u64::MAX,
            table_elements: u64::MAX,
            instances: usize::MAX,
        }
    }
}

/// What tells the handles of one store from those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StoreId(usize);

impl StoreId {
    fn next() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        assert_ne!(id, 0, "too many stores");
        Self(id)
    }
}

/// Owns instances, memories, tables, globals, host functions and exceptions.
///
/// Handles such as [`crate::Func`] belong to one store; using one with another
/// store panics. Nothing in a store is freed before the store is.
pub struct Store {
    inner: NonNull<StoreInner>,
}

/// The store's context, which interrupt handles keep alive beyond the store.
struct ContextCell(UnsafeCell<StoreContext>);

// SAFETY: other threads reach only `stack_limit`, which is atomic; all the rest
// is used by the thread that uses the store.
unsafe impl Send for ContextCell {}
// SAFETY: as above.
unsafe impl Sync for ContextCell {}

type InterruptHandler = Rc<dyn Fn(&mut Caller<'_>) -> Result<(), Trap>>;

pub(crate) struct StoreInner {
    pub(crate) id: StoreId,
    pub(crate) engine: Engine,
    context: Arc<ContextCell>,
    data: Box<dyn Any>,
    /// The handle through which the running call was made; null when nothing
    /// runs. Host functions get at the store through it.
    pub(crate) handle: *mut Store,
    /// Why the current unwinding goes on.
    pub(crate) pending: Option<Trap>,
    interrupt_handler: Option<InterruptHandler>,
    /// Polls that run where code was interrupted at any instruction.
    pub(crate) polls_anywhere: u32,
    pub(crate) limits: Limits,
    memory_bytes: u64,
    table_elements: u64,
    pub(crate) exceptions: RefCell<ExceptionHeap>,
    pub(crate) memories: Arena<MemoryData>,
    pub(crate) tables: Arena<TableData>,
    pub(crate) globals: Arena<GlobalData>,
    pub(crate) tags: Arena<TagData>,
    // After the tables, whose elements are found through the contexts of the
    // instances that define them, also when they are dropped.
    pub(crate) instances: Arena<InstanceData>,
    pub(crate) host_functions: Arena<HostFunction>,
    pub(crate) interpreter: InterpreterStack,
    /// The modules that have instances here, by the address of their code.
    pub(crate) modules: HashMap<usize, CompiledModule>,
}

impl Store {
    /// An empty store with the host's own `data`.
    pub fn new(engine: &Engine, data: Box<dyn Any>) -> Self {
        let context = Arc::new(ContextCell(UnsafeCell::new(StoreContext {
            stack_limit: AtomicUsize::new(0),
            exit_fp: 0,
            exit_pc: 0,
            activation: ptr::null_mut(),
            resume_pc: 0,
            resume_sp: 0,
            resume_fp: 0,
            resume_exception: 0,
            store: ptr::null_mut(),
            real_stack_limit: 0,
            attention: ptr::null(),
            runner: AtomicU64::new(0),
            vectors: 0,
        })));
        let raw = context.0.get();
        let inner = NonNull::from(Box::leak(Box::new(StoreInner {
            id: StoreId::next(),
            engine: engine.clone(),
            context,
            data,
            handle: ptr::null_mut(),
            pending: None,
            interrupt_handler: None,
            polls_anywhere: 0,
            limits: Limits::default(),
            memory_bytes: 0,
            table_elements: 0,
            exceptions: RefCell::new(ExceptionHeap::new()),
            instances: Arena::new(),
            memories: Arena::new(),
            tables: Arena::new(),
            globals: Arena::new(),
            tags: Arena::new(),
            host_functions: Arena::new(),
            interpreter: InterpreterStack::new(),
            modules: HashMap::new(),
        })));
        // SAFETY: the context is not shared with anyone yet.
        unsafe { (*raw).store = inner.as_ptr().cast::<c_void>() };
        Self { inner }
    }

    /// The engine.
    #[inline]
    pub fn engine(&self) -> &Engine {
        &self.inner().engine
    }

    /// The host's data.
    ///
    /// # Panics
    /// If it is not of type `T`.
    #[inline]
    pub fn data<T: 'static>(&self) -> &T {
        match self.inner().data.downcast_ref() {
            Some(data) => data,
            None => wrong_data::<T>(),
        }
    }

    /// The host's data.
    ///
    /// # Panics
    /// If it is not of type `T`.
    #[inline]
    pub fn data_mut<T: 'static>(&mut self) -> &mut T {
        match self.inner_mut().data.downcast_mut() {
            Some(data) => data,
            None => wrong_data::<T>(),
        }
    }

    /// How much the store may use.
    pub fn limits(&self) -> &Limits {
        &self.inner().limits
    }

    /// Changes how much the store may use from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.inner_mut().limits = limits;
    }

    /// A handle with which any thread (or a signal handler) can interrupt the
    /// code that runs in this store.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle {
            context: self.inner().context.clone(),
            platform: self.engine().platform().clone(),
        }
    }

    /// What happens on an interruption: the handler runs as a host function
    /// would, at the next loop iteration or call, and may itself call into
    /// WebAssembly and be interrupted there. When it returns `Ok` the code goes
    /// on. Without a handler code traps with [`TrapCode::Interrupted`].
    pub fn set_interrupt_handler(
        &mut self,
        handler: impl Fn(&mut Caller<'_>) -> Result<(), Trap> + 'static,
    ) {
        self.inner_mut().interrupt_handler = Some(Rc::new(handler));
    }

    /// Handles an interruption now, if there is one: for host functions that
    /// take long.
    ///
    /// # Errors
    /// What the interrupt handler returns.
    pub fn poll(&mut self) -> Result<(), Trap> {
        if self.take_interrupt() {
            self.handle_interrupt()
        } else {
            Ok(())
        }
    }

    /// Whether an interruption waits to be handled.
    pub fn interrupted(&self) -> bool {
        self.stack_limit().load(Ordering::Acquire) == INTERRUPTED
    }

    /// The WebAssembly functions that are running: the stack of calls, as seen
    /// from a host function.
    pub fn backtrace(&self) -> Backtrace {
        // SAFETY: the context is this store's, on the thread that uses it.
        unsafe { backtrace::capture(self.inner(), Start::Exit) }
    }

    /// Forgets the calls that run, so that the store can be dropped.
    ///
    /// # Safety
    /// The stack that they run on must never be returned to. What host
    /// functions and the runtime own there is lost.
    pub unsafe fn abandon_calls(&mut self) {
        // SAFETY: nothing uses the context now, as the caller vouches.
        unsafe { (*self.context()).activation = ptr::null_mut() };
        self.inner_mut().handle = ptr::null_mut();
    }

    fn stack_limit(&self) -> &AtomicUsize {
        // SAFETY: the context lives as long as the store, and this field is
        // atomic.
        unsafe { &*addr_of!((*self.context()).stack_limit) }
    }

    /// Resets the stack limit; returns whether there was an interruption.
    pub(crate) fn take_interrupt(&mut self) -> bool {
        // SAFETY: no one else writes this field.
        let real = unsafe { (*self.context()).real_stack_limit };
        self.stack_limit()
            .compare_exchange(INTERRUPTED, real, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    pub(crate) fn handle_interrupt(&mut self) -> Result<(), Trap> {
        match self.inner().interrupt_handler.clone() {
            Some(handler) => handler(&mut Caller::new(self)),
            None => Err(TrapCode::Interrupted.into()),
        }
    }

    /// Called when compiled code is entered while none is running.
    pub(crate) fn prepare_stack(&mut self) {
        let platform = self.engine().platform();
        let limit = platform.stack_limit();
        // SAFETY: only this thread uses the field.
        #[cfg(feature = "ring0")]
        unsafe {
            (*self.context()).attention = platform.attention();
        }
        // SAFETY: only this thread uses the field.
        let real = unsafe { &mut (*self.context()).real_stack_limit };
        if *real == limit {
            // Then `stack_limit` is the same, unless interrupted.
            return;
        }
        *real = limit;
        let _ = self
            .stack_limit()
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |old| {
                (old != INTERRUPTED).then_some(limit)
            });
    }

    #[inline]
    pub(crate) fn inner(&self) -> &StoreInner {
        // SAFETY: the pointer is valid until the store is dropped.
        unsafe { self.inner.as_ref() }
    }

    #[inline]
    pub(crate) fn inner_mut(&mut self) -> &mut StoreInner {
        // SAFETY: as above; nothing keeps a reference across a call that can
        // reach this function.
        unsafe { self.inner.as_mut() }
    }

    #[inline]
    pub(crate) fn inner_ptr(&self) -> *mut StoreInner {
        self.inner.as_ptr()
    }

    /// The part that compiled code sees.
    #[inline]
    pub(crate) fn context(&self) -> *mut StoreContext {
        self.inner().context.0.get()
    }

    #[inline]
    pub(crate) fn id(&self) -> StoreId {
        self.inner().id
    }

    /// Makes sure that a handle belongs here.
    #[inline]
    pub(crate) fn check(&self, id: StoreId) {
        if self.id() != id {
            wrong_store();
        }
    }
}

impl StoreInner {
    /// The part that compiled code sees.
    pub(crate) fn context(&self) -> *mut StoreContext {
        self.context.0.get()
    }

    /// The handle through which the running call was made.
    ///
    /// # Safety
    /// The store must run code on this thread.
    #[inline]
    pub(crate) unsafe fn running(inner: *mut Self) -> *mut Store {
        // SAFETY: the caller vouches for it; who makes a call borrows the
        // handle until it ends.
        unsafe {
            let handle = (*inner).handle;
            if (*handle).inner.as_ptr() != inner {
                exchanged();
            }
            handle
        }
    }

    /// Whether what code knows the address of may move: not while registers may hold it.
    pub(crate) fn may_move(&self) -> bool {
        self.polls_anywhere == 0
    }

    /// Counts memory that is about to be committed.
    pub(crate) fn take_memory(&mut self, bytes: u64) -> Result<(), AllocationError> {
        let total = self.memory_bytes.saturating_add(bytes);
        if total > self.limits.memory_bytes {
            return Err(AllocationError::Limit("memory of the store"));
        }
        self.memory_bytes = total;
        Ok(())
    }

    /// Takes back what [`Self::take_memory`] counted.
    pub(crate) fn return_memory(&mut self, bytes: u64) {
        self.memory_bytes -= bytes;
    }

    /// Counts table elements that are about to be made.
    pub(crate) fn take_elements(&mut self, elements: u64) -> Result<(), AllocationError> {
        let total = self.table_elements.saturating_add(elements);
        if total > self.limits.table_elements {
            return Err(AllocationError::Limit("table elements of the store"));
        }
        self.table_elements = total;
        Ok(())
    }

    /// Takes back what [`Self::take_elements`] counted.
    pub(crate) fn return_elements(&mut self, elements: u64) {
        self.table_elements -= elements;
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: the context is valid as long as the store.
        let running = unsafe { !(*self.context()).activation.is_null() };
        if running || !self.inner().handle.is_null() {
            // A host function has moved the store that it was called from away
            // and dropped it. Its caller goes on using it, so keep it.
            return;
        }
        // SAFETY: `new` leaked the box, and this is its only owner.
        drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        f.debug_struct("Store")
            .field("instances", &inner.instances.len())
            .field("memory_bytes", &inner.memory_bytes)
            .field("table_elements", &inner.table_elements)
            .finish_non_exhaustive()
    }
}

/// Interrupts the code that runs in a store, from any thread. May outlive the
/// store.
#[derive(Clone)]
pub struct InterruptHandle {
    context: Arc<ContextCell>,
    platform: Arc<dyn Platform>,
}

impl InterruptHandle {
    /// Makes the store's code call the interrupt handler soon. May be used in a
    /// signal handler.
    pub fn interrupt(&self) {
        // In this order, as `Platform::set_current` and then the code look at them.
        self.interrupt_here();
        // SAFETY: the context is alive and the field is atomic.
        let runner = unsafe { &*addr_of!((*self.context.0.get()).runner) };
        match runner.load(Ordering::SeqCst) {
            0 => {}
            runner => self.platform.interrupt_thread(runner),
        }
    }

    /// As [`Self::interrupt`], for a signal handler on the thread that runs the code: it
    /// does itself what [`Platform::interrupt_thread`] would have done.
    pub fn interrupt_here(&self) {
        // SAFETY: the context is alive and the field is atomic.
        let limit = unsafe { &*addr_of!((*self.context.0.get()).stack_limit) };
        limit.store(INTERRUPTED, Ordering::SeqCst);
    }

    /// As [`Self::interrupt`], and also wakes the store's code from
    /// `memory.atomic.wait`.
    pub fn interrupt_and_wake(&self) {
        self.interrupt();
        self.platform.wake_all();
    }
}

impl fmt::Debug for InterruptHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterruptHandle").finish_non_exhaustive()
    }
}

#[cold]
fn wrong_store() -> ! {
    panic!(
        "a function, memory, table, global, tag or instance was used with another store than its own"
    )
}

#[cold]
fn exchanged() -> ! {
    panic!("a host function has exchanged the store that it was called from for another")
}

#[cold]
fn wrong_data<T>() -> ! {
    panic!(
        "the store's data is not of type {}",
        core::any::type_name::<T>()
    )
}
