//! A guest process: what it is given, and how it is run.

use crate::calls::mapping::Mappings;
use crate::ctx::Ctx;
use crate::era::Era;
use crate::exit::ExitStatus;
use crate::exports::{Exports, export_name};
use crate::glue::Glue;
use crate::host_io;
use crate::kernel::Kernel;
use crate::link::{self, StartError};
use crate::lock::Lock;
use crate::signals::Actions;
use crate::start;
use crate::thread::Thread;
use crate::threads::{self, Ender, Handle, Threads};
use crate::time::zone::{FILE_MAX, Zone};
use crate::trace::Trace;
use crate::wasi::descriptors::Descriptors;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use wasmjit_module::{ExternKind, FuncType, Module};
use wasmjit_runtime::{
    CompiledModule, Func, Instance, InstantiateError, Limits, SharedMemory, Store, Trap,
};

/// A value of TZ and the time zone that it names.
type NamedZone = (Option<Vec<u8>>, Arc<Zone>);

/// State that all threads of a process share.
pub(crate) struct Shared {
    pub(crate) kernel: Arc<dyn Kernel>,
    pub(crate) args: Vec<Vec<u8>>,
    pub(crate) environment: Vec<Vec<u8>>,
    pub(crate) era: Era,
    pub(crate) mappings: Lock<Mappings>,
    pub(crate) descriptors: Lock<Descriptors>,
    /// The time zone that was asked for last, and the value of TZ that it has.
    zone: Lock<Option<NamedZone>>,
    /// The time zone whose names were given to the guest.
    zone_names_of: Lock<Option<Arc<Zone>>>,
    /// Where the guest keeps what it was told of a time zone, and of which.
    zone_told: Lock<Option<([u64; 4], Arc<Zone>)>>,
    /// Address of the guest's `environ`; 0 while it is not known.
    environ: AtomicU64,
    static_result: Lock<u64>,
    pub(crate) module: Arc<Module>,
    opened_for_writing: AtomicBool,
    /// What is needed to make an instance for another thread.
    pub(crate) program: CompiledModule,
    pub(crate) limits: Limits,
    glue: Option<Glue>,
    pub(crate) tracer: Option<Arc<dyn Trace>>,
    memory: Lock<Option<SharedMemory>>,
    pub(crate) threads: Threads,
    pub(crate) actions: Actions,
}

impl Shared {
    /// Waits until no other thread holds one of the locks here, and keeps them from
    /// doing so as long as the result exists.
    pub(crate) fn hold(&self) -> impl Sized + '_ {
        (
            self.threads.hold(),
            self.mappings.lock(),
            self.descriptors.lock(),
            self.zone.lock(),
            self.zone_names_of.lock(),
            self.zone_told.lock(),
            self.static_result.lock(),
            self.memory.lock(),
            self.actions.hold(),
        )
    }

    /// The time zone for a value of TZ.
    pub(crate) fn zone(&self, tz: Option<&[u8]>) -> Arc<Zone> {
        if let Some((name, zone)) = &*self.zone.lock()
            && name.as_deref() == tz
        {
            return zone.clone();
        }
        let found = Arc::new(Zone::find(tz, |path| {
            host_io::read_file(&*self.kernel, path, FILE_MAX)
        }));
        *self.zone.lock() = Some((tz.map(Into::into), found.clone()));
        found
    }

    /// A variable of the environment with which the process began.
    pub(crate) fn first_variable<'a>(&'a self, name: &[u8]) -> Option<&'a [u8]> {
        let value = |entry: &'a Vec<u8>| entry.strip_prefix(name)?.strip_prefix(b"=");
        self.environment.iter().find_map(value)
    }

    /// Whether the names of this time zone were given to the guest; true from the
    /// second call on.
    pub(crate) fn zone_names_set(&self, zone: &Arc<Zone>) -> bool {
        let before = self.zone_names_of.lock().replace(zone.clone());
        before.is_some_and(|before| Arc::ptr_eq(&before, zone))
    }

    /// Notes where the guest keeps what it was told of a time zone.
    pub(crate) fn set_zone_places(&self, places: [u64; 4], zone: Arc<Zone>) {
        *self.zone_told.lock() = Some((places, zone));
    }

    /// Where it keeps that, if it was told of another zone than this.
    pub(crate) fn zone_places(&self, zone: &Arc<Zone>) -> Option<[u64; 4]> {
        let mut told = self.zone_told.lock();
        let (places, before) = told.as_mut()?;
        if Arc::ptr_eq(before, zone) {
            return None;
        }
        *before = zone.clone();
        Some(*places)
    }

    /// Where the guest keeps `environ`, if that is known.
    pub(crate) fn environ(&self) -> Option<u64> {
        let at = self.environ.load(Ordering::Relaxed);
        (at != 0).then_some(at)
    }

    /// Notes where the guest keeps it.
    pub(crate) fn set_environ(&self, at: u64) {
        self.environ.store(at, Ordering::Relaxed);
    }

    /// Whether the module imports a function of one of these names.
    pub(crate) fn imports_any(&self, names: &[&str]) -> bool {
        self.module.imports.iter().any(|import| {
            let glue = self.glue.as_ref();
            let original = glue.and_then(|glue| glue.import(&import.module, &import.name));
            names.contains(&original.unwrap_or(&import.name))
        })
    }

    /// The memory that threads share, if the module has one.
    pub(crate) fn shared_memory(&self) -> Option<SharedMemory> {
        self.memory.lock().clone()
    }

    /// Notes the memory that threads share.
    pub(crate) fn set_shared_memory(&self, memory: SharedMemory) {
        *self.memory.lock() = Some(memory);
    }

    /// Notes that the guest has opened a file for writing.
    pub(crate) fn note_opened_for_writing(&self) {
        self.opened_for_writing.store(true, Ordering::Relaxed);
    }

    /// Whether it ever has.
    pub(crate) fn has_opened_for_writing(&self) -> bool {
        self.opened_for_writing.load(Ordering::Relaxed)
    }

    /// Remembers the memory of a result that is valid until the next call;
    /// returns the one before, to be freed.
    pub(crate) fn replace_static_result(&self, address: u64) -> u64 {
        core::mem::replace(&mut *self.static_result.lock(), address)
    }
}

/// What a process is given. See [`Process::builder`].
pub struct ProcessBuilder {
    kernel: Arc<dyn Kernel>,
    args: Vec<Vec<u8>>,
    environment: Vec<Vec<u8>>,
    glue: Option<Glue>,
    tracer: Option<Arc<dyn Trace>>,
    ender: Option<Ender>,
}

impl ProcessBuilder {
    /// Adds arguments; the first of all is the program's name.
    pub fn args<A: Into<Vec<u8>>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(Into::into).map(cut_at_zero));
        self
    }

    /// Adds variables of the environment, each as `NAME=value`.
    pub fn env<E: Into<Vec<u8>>>(mut self, entries: impl IntoIterator<Item = E>) -> Self {
        self.environment
            .extend(entries.into_iter().map(Into::into).map(cut_at_zero));
        self
    }

    /// Names for a module whose own are minified.
    pub fn glue(mut self, glue: impl Into<Option<Glue>>) -> Self {
        self.glue = glue.into();
        self
    }

    /// Lets `tracer` see every call that the program makes to the host.
    pub fn tracer(mut self, tracer: Arc<dyn Trace>) -> Self {
        self.tracer = Some(tracer);
        self
    }

    /// What ends the whole process where [`Process::run`] does not return for it:
    /// when one of its threads has ended the program and the thread that called
    /// `run` cannot react, because it is in a call of the host that nothing
    /// interrupts; and when a copy, made by `fork`, exits. Without it the former has to
    /// wait for that call, and copies return from `run` as well.
    pub fn on_orphaned_end(mut self, end: impl Fn(ExitStatus) + Send + Sync + 'static) -> Self {
        self.ender = Some(Box::new(end));
        self
    }

    /// Completes the description.
    pub fn build(self) -> Process {
        Process(self)
    }
}

/// A C string ends at its first zero.
fn cut_at_zero(mut text: Vec<u8>) -> Vec<u8> {
    if let Some(end) = text.iter().position(|&byte| byte == 0) {
        text.truncate(end);
    }
    text
}

/// A process that is about to run.
pub struct Process(ProcessBuilder);

impl Process {
    /// Begins to describe a process whose system calls land on `kernel`.
    pub fn builder(kernel: Arc<dyn Kernel>) -> ProcessBuilder {
        ProcessBuilder {
            kernel,
            args: Vec::new(),
            environment: Vec::new(),
            glue: None,
            tracer: None,
            ender: None,
        }
    }

    /// Runs the program to its end on the calling thread.
    ///
    /// # Errors
    /// When it cannot be started: an import is not provided, it is no program,
    /// or there is no memory for it.
    pub fn run(
        self,
        store: &mut Store,
        program: &CompiledModule,
    ) -> Result<ExitStatus, StartError> {
        let Self(given) = self;
        let module = program.module().clone();
        let era = Era::of(&module, given.glue.as_ref());
        let descriptors = if era.wasi {
            Descriptors::open(&*given.kernel)
        } else {
            Descriptors::default()
        };
        let entry = start::Entry::find(&module, given.glue.as_ref())?;
        let shared = Arc::new(Shared {
            kernel: given.kernel,
            args: given.args,
            environment: given.environment,
            era,
            mappings: Lock::new(Vec::new()),
            descriptors: Lock::new(descriptors),
            zone: Lock::new(None),
            zone_names_of: Lock::new(None),
            zone_told: Lock::new(None),
            environ: AtomicU64::new(0),
            static_result: Lock::new(0),
            module,
            opened_for_writing: AtomicBool::new(false),
            program: program.clone(),
            limits: *store.limits(),
            glue: given.glue,
            tracer: given.tracer,
            memory: Lock::new(None),
            threads: Threads::new(program.engine().platform().clone(), given.ender),
            actions: Actions::new(),
        });
        let host = shared.kernel.current_thread();
        let handle = Arc::new(Handle::new(store.interrupt_handle(), host, 0));
        shared.threads.add_first(handle.clone());
        let thread = Rc::new(Thread::first(shared.clone(), handle));
        if let Some(signals) = shared.kernel.signals() {
            signals.begin(store.interrupt_handle());
        }
        let end = match instance(store, &thread) {
            Ok(instance) => {
                let entry = entry.function(store, instance, shared.glue.as_ref())?;
                with_context(store, &thread, move |ctx| entry.run(ctx))
            }
            Err(StartError::Instantiate(InstantiateError::Trap(trap))) => Err(trap),
            Err(error) => return Err(error),
        };
        Ok(shared.threads.finish(&*shared.kernel, ExitStatus::of(end)))
    }
}

/// Makes the instance of a thread.
pub(crate) fn instance(store: &mut Store, thread: &Rc<Thread>) -> Result<Instance, StartError> {
    let shared = thread.shared();
    let glue = shared.glue.as_ref();
    let attentive = thread.clone();
    store.set_interrupt_handler(move |caller| {
        threads::interrupted(&mut Ctx::new(caller, &attentive))
    });
    let imports = link::imports(store, &shared.module, glue, thread, shared.tracer.as_ref())?;
    let instance =
        Instance::new(store, &shared.program, &imports).map_err(StartError::Instantiate)?;
    attach(store, instance, glue, thread);
    Ok(instance)
}

/// Tells the thread what its instance exports.
fn attach(store: &Store, instance: Instance, glue: Option<&Glue>, thread: &Thread) {
    let exports = Exports::of(store, instance, glue);
    let named = |wanted: &str| {
        instance
            .exports(store)
            .find(|(name, _)| export_name(glue, name) == wanted)
            .map(|(_, item)| item)
    };
    // Under a minified name that the glue has no use for, the only one is meant.
    let any = |kind: ExternKind| {
        let mut items = instance.exports(store).map(|(_, item)| item);
        items.find(|item| item.kind() == kind)
    };
    let memory = named("memory").or_else(|| any(ExternKind::Memory));
    let table = named("__indirect_function_table").or_else(|| any(ExternKind::Table));
    let memory = memory.and_then(|item| item.into_memory());
    let table = table.and_then(|item| item.into_table());
    thread.attach(exports, memory, table);
    thread.begin_direct(store);
}

/// Runs `f` as a host function that belongs to `thread`, so that it can call
/// into the guest as handlers do.
pub(crate) fn with_context(
    store: &mut Store,
    thread: &Rc<Thread>,
    f: impl FnOnce(&mut Ctx<'_, '_>) -> Result<i32, Trap> + 'static,
) -> Result<i32, Trap> {
    let job = core::cell::Cell::new(Some(f));
    let result = Rc::new(core::cell::Cell::new(0));
    let thread = thread.clone();
    let store_result = result.clone();
    let ty = FuncType::new([], []);
    let function = Func::new(store, ty, move |caller, _values| {
        if let Some(f) = job.take() {
            store_result.set(f(&mut Ctx::new(caller, &thread))?);
        }
        Ok(())
    });
    function.call(store, &[], &mut [])?;
    Ok(result.get())
}
