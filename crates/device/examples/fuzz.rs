//! Hostile users of the device: threads that issue its commands with any bytes, in
//! any order, on each other's descriptors, while the memory that they pass is
//! changed and unmapped. What must hold is that the kernel goes on, says nothing,
//! and has nothing left at the end.
//!
//! `fuzz [OPERATIONS [SEED [THREADS]]]`: what each thread does follows from the
//! seed and its number. Ends with 1 when something is left, or nothing happens any
//! more. `cargo xtask vm -- target/release/examples/fuzz` runs it.

use std::fs;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wasmjit_device::abi::{self, Import, Info, Instantiate, Load, Memory, Run, Value};

/// Descriptors that the threads share.
const SLOTS: usize = 24;
/// Bytes that a thread puts its structures into.
const SLICE: usize = 64 << 10;
/// Pages behind them that come and go.
const HOLES: usize = 16 << 12;
/// What the kernel wants behind the address of a memory.
const RESERVATION: usize = (8 << 30) + (64 << 10);
const RESERVATIONS: usize = 4;
/// How long nothing may happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// Modules to begin with: the text, how many memories the caller provides, and the
/// function to call.
const MODULES: [(&str, usize, u32); 12] = [
    ("(module)", 0, 0),
    (
        r#"(module (import "e" "h" (func $h (param i32 i64) (result f64)))
        (memory 1 4) (func (export "f") (param i32) (result i32)
            (drop (call $h (local.get 0) (i64.const 5)))
            (i32.store (local.get 0) (i32.const 7)) (i32.load (i32.const 8))))"#,
        1,
        1,
    ),
    (
        r#"(module (memory 1) (func (export "f") (param i32) (result i32)
        (memory.fill (local.get 0) (i32.const 1) (local.get 0))
        (memory.copy (i32.const 8) (local.get 0) (i32.const 4096))
        (memory.grow (local.get 0))))"#,
        1,
        0,
    ),
    (
        r#"(module (func (export "f") (param i32) (loop (br_if 0 (local.get 0)))))"#,
        0,
        0,
    ),
    (
        r#"(module (func $f (export "f") (param i32) (result i32)
        (i32.add (i32.const 1) (call $f (local.get 0)))))"#,
        0,
        0,
    ),
    (
        r#"(module (table 4 funcref) (elem (i32.const 0) $a $b)
        (type $t (func (param i32) (result i32)))
        (func $a (type $t) (i32.div_s (i32.const 9) (local.get 0)))
        (func $b (type $t) (unreachable))
        (func (export "f") (param i32) (result i32)
            (call_indirect (type $t) (local.get 0) (local.get 0))))"#,
        0,
        2,
    ),
    (
        r#"(module (func (export "f") (param f64 f32) (result f64) (local v128)
        (local.set 2 (f64x2.splat (local.get 0)))
        (f64.mul (f64.promote_f32 (local.get 1)) (f64x2.extract_lane 1 (local.get 2)))))"#,
        0,
        0,
    ),
    (
        r#"(module (tag $e (param i32)) (import "e" "h" (func $h (param i32)))
        (func (export "f") (param i32)
            (block $c (result i32)
                (try_table (catch $e $c) (call $h (local.get 0)) (throw $e (local.get 0)))
                (return)) (drop)))"#,
        0,
        1,
    ),
    (
        r#"(module (memory 1 2 shared) (func (export "f") (param i32) (result i32)
        (drop (memory.atomic.notify (local.get 0) (i32.const 1)))
        (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const 1000))))"#,
        1,
        0,
    ),
    (
        r#"(module (global (mut i32) (i32.const 0)) (table (export "t") 10 100 externref)
        (func $s (global.set 0 (i32.const 3))) (start $s)
        (func (export "f") (param externref) (result externref)
            (table.set 0 (i32.const 1) (local.get 0))
            (drop (table.grow 0 (local.get 0) (i32.const 5)))
            (table.get 0 (i32.const 1))))"#,
        0,
        1,
    ),
    (
        r#"(module (import "e" "t" (table 1 externref)) (import "e" "m" (memory 1))
        (memory i64 1) (data (memory 0) (i32.const 65530) "0123456789")
        (func (export "f") (param i64) (result i64) (i64.load 1 (local.get 0))))"#,
        2,
        0,
    ),
    (r#"(module (memory 70000) (func (export "f")))"#, 1, 0),
];

/// Numbers that follow from a seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Once in so many times.
    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// A number that something may be sensitive to.
    fn number(&mut self) -> u64 {
        const EXTREMES: [u64; 16] = [
            0,
            1,
            2,
            7,
            8,
            4095,
            4096,
            65_536,
            1 << 20,
            (1 << 31) - 1,
            u32::MAX as u64,
            1 << 33,
            (1 << 47) - 4096,
            i64::MAX as u64,
            0xffff_8880_0000_0000,
            u64::MAX,
        ];
        match self.below(4) {
            0 => self.next(),
            1 => self.next() % 64,
            _ => EXTREMES[self.below(EXTREMES.len())],
        }
    }
}

/// What the threads have in common.
struct World {
    slots: [AtomicI32; SLOTS],
    arena: usize,
    arena_bytes: usize,
    reservations: [usize; RESERVATIONS],
    modules: Vec<Vec<u8>>,
    /// Operations of each thread.
    done: Vec<AtomicU64>,
    threads: Vec<AtomicU64>,
    over: AtomicBool,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).map(|word| {
        word.parse::<u64>()
            .unwrap_or_else(|_| panic!("{word} is no number"))
    });
    let operations = words.next().unwrap_or(200_000);
    let seed = words.next().unwrap_or(1);
    let threads = words.next().unwrap_or(4).max(1) as usize;
    // SAFETY: installs a handler that does nothing, so that signals interrupt.
    unsafe { libc::signal(libc::SIGUSR1, ignore as *const () as libc::sighandler_t) };
    let arena_bytes = threads * SLICE + HOLES;
    let world = World {
        slots: std::array::from_fn(|_| AtomicI32::new(-1)),
        arena: map(None, arena_bytes, libc::PROT_READ | libc::PROT_WRITE),
        arena_bytes,
        reservations: std::array::from_fn(|_| map(None, RESERVATION, libc::PROT_NONE)),
        modules: MODULES
            .iter()
            .map(|(text, ..)| wat::parse_str(text).expect("the modules are well-formed"))
            .collect(),
        done: (0..threads).map(|_| AtomicU64::new(0)).collect(),
        threads: (0..threads).map(|_| AtomicU64::new(0)).collect(),
        over: AtomicBool::new(false),
    };
    for base in world.reservations {
        protect(base, 1 << 20, libc::PROT_READ | libc::PROT_WRITE);
    }
    let each = operations.div_ceil(threads as u64);
    let stuck = thread::scope(|scope| {
        let world = &world;
        let workers: Vec<_> = (0..threads)
            .map(|number| scope.spawn(move || Worker::new(world, number, seed).work(each)))
            .collect();
        scope.spawn(move || disturb(world, seed));
        let stuck = watch(world, || workers.iter().all(|worker| worker.is_finished()));
        world.over.store(true, Ordering::Relaxed);
        if stuck {
            eprintln!("nothing has happened for {} s", PATIENCE.as_secs());
            // The threads may never end.
            std::process::exit(1);
        }
        let mut answers = [0_u64; 2];
        for worker in workers {
            let [refused, served] = worker.join().expect("workers do not panic");
            answers[0] += refused;
            answers[1] += served;
        }
        println!(
            "{} operations, of which {} succeeded and {} were refused",
            answers[0] + answers[1],
            answers[1],
            answers[0]
        );
        stuck
    });
    for slot in &world.slots {
        close(slot.swap(-1, Ordering::Relaxed));
    }
    match left() {
        Ok(()) if !stuck => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(what) => {
            eprintln!("the kernel has left: {what}");
            ExitCode::FAILURE
        }
    }
}

extern "C" fn ignore(_: libc::c_int) {}

/// Interrupts threads that stay in one operation, until `finished`; true when none
/// makes progress for too long.
fn watch(world: &World, finished: impl Fn() -> bool) -> bool {
    let mut seen = vec![0; world.done.len()];
    let mut changed = Instant::now();
    while !finished() {
        thread::sleep(Duration::from_millis(5));
        for (number, seen) in seen.iter_mut().enumerate() {
            let done = world.done[number].load(Ordering::Relaxed);
            if done != *seen {
                *seen = done;
                changed = Instant::now();
                continue;
            }
            let thread = world.threads[number].load(Ordering::Relaxed);
            if thread != 0 {
                // SAFETY: threads are joined after this has ended only.
                unsafe { libc::pthread_kill(thread as libc::pthread_t, libc::SIGUSR1) };
            }
        }
        if changed.elapsed() > PATIENCE {
            return true;
        }
    }
    false
}

/// Changes and unmaps memory that the threads pass.
fn disturb(world: &World, seed: u64) {
    let mut random = Random(seed ^ 0xd157);
    while !world.over.load(Ordering::Relaxed) {
        for _ in 0..100 {
            let at = world.arena + random.below(world.arena_bytes - HOLES);
            // SAFETY: bytes of the arena, which is read by the kernel only, or by
            // threads that take any value.
            unsafe { (at as *mut u8).write_volatile(random.next() as u8) };
        }
        let rights = match random.below(3) {
            0 => libc::PROT_NONE,
            1 => libc::PROT_READ,
            _ => libc::PROT_READ | libc::PROT_WRITE,
        };
        let page = random.below(HOLES >> 12) << 12;
        protect(world.arena + world.arena_bytes - HOLES + page, 4096, rights);
        if random.one_in(100) {
            // Reported in the end, if it does not work.
            let _ = limit_cache([0, 64, 32 << 10][random.below(3)]);
        }
        if random.one_in(100) {
            // Has the kernel give up what it keeps.
            let _ = fs::write("/proc/sys/vm/drop_caches", "2");
        }
        let base = world.reservations[random.below(RESERVATIONS)];
        let page = base + (random.below(32) << 12);
        match random.below(4) {
            0 => {
                let mapped = libc::PROT_READ | libc::PROT_WRITE;
                map(Some(page), 4096, mapped);
            }
            _ => protect(page, 4096, rights),
        }
        thread::sleep(Duration::from_micros(200));
    }
}

/// What a thread believes of a context.
#[derive(Clone, Copy, Default)]
struct Known {
    /// The modules that it has.
    modules: u32,
    /// The first of them.
    module: usize,
    instances: u32,
    /// Why it was left, when a call has not ended.
    exit: u32,
}

/// A thread.
struct Worker<'a> {
    world: &'a World,
    number: usize,
    random: Random,
    /// For each slot, what its context seems to be.
    known: [Known; SLOTS],
    refused: u64,
    served: u64,
}

impl<'a> Worker<'a> {
    fn new(world: &'a World, number: usize, seed: u64) -> Self {
        Self {
            world,
            number,
            random: Random(seed.wrapping_mul(0x1_0001).wrapping_add(number as u64)),
            known: [Known::default(); SLOTS],
            refused: 0,
            served: 0,
        }
    }

    /// Returns how many operations were refused, and how many were not.
    fn work(mut self, operations: u64) -> [u64; 2] {
        // SAFETY: asks for this thread's own name.
        let this = unsafe { libc::pthread_self() };
        self.world.threads[self.number].store(this as u64, Ordering::Relaxed);
        for _ in 0..operations {
            self.step();
            self.world.done[self.number].fetch_add(1, Ordering::Relaxed);
        }
        self.world.threads[self.number].store(0, Ordering::Relaxed);
        [self.refused, self.served]
    }

    fn step(&mut self) {
        let slot = self.slot();
        let closed = self.world.slots[slot].load(Ordering::Relaxed) < 0;
        if closed && !self.random.one_in(4) {
            return self.open(slot);
        }
        // What brings the context further, more often than anything else.
        if self.random.below(100) < 65 {
            return match self.known[slot] {
                Known { modules: 0, .. } => self.load(slot),
                Known { instances: 0, .. } => self.instantiate(slot),
                _ => self.run(slot),
            };
        }
        match self.random.below(100) {
            0..3 => self.open(slot),
            3..6 => {
                self.known[slot] = Known::default();
                let fd = self.world.slots[slot].swap(-1, Ordering::Relaxed);
                self.count(close(fd));
            }
            6..16 => {
                let request = match self.random.below(3) {
                    0 => self.random.next() as u32,
                    _ => self.request(self.random.0 as u32 % 6),
                };
                let argument = self.address(64);
                self.ioctl(slot, request, argument);
            }
            16..20 => {
                let info = Info {
                    size: self.size::<Info>(),
                    ..Info::default()
                };
                self.issue(slot, abi::INFO, info);
            }
            20..36 => self.load(slot),
            36..56 => self.instantiate(slot),
            _ => self.run(slot),
        }
    }

    /// Mostly one of its own: only those does the kernel let it use.
    fn slot(&mut self) -> usize {
        let own = SLOTS / self.world.done.len().min(SLOTS);
        match self.random.one_in(8) {
            true => self.random.below(SLOTS),
            false => (self.number * own + self.random.below(own)) % SLOTS,
        }
    }

    fn open(&mut self, slot: usize) {
        // SAFETY: a path.
        let fd = unsafe { libc::open(c"/dev/wasmjit".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC) };
        self.count(fd);
        self.known[slot] = Known::default();
        close(self.world.slots[slot].swap(fd, Ordering::Relaxed));
    }

    fn count(&mut self, result: i32) {
        match result {
            ..0 => self.refused += 1,
            _ => self.served += 1,
        }
    }

    fn ioctl(&mut self, slot: usize, request: u32, argument: usize) -> bool {
        let fd = self.world.slots[slot].load(Ordering::Relaxed);
        // SAFETY: whatever the kernel does to memory, it does to the arena, to the
        // reservations, or to what is not there.
        let result = unsafe { libc::ioctl(fd, libc::Ioctl::from(request), argument) };
        self.count(result);
        result >= 0
    }

    /// A request with this number, and perhaps another size.
    fn request(&mut self, number: u32) -> u32 {
        let known = [abi::INFO, abi::LOAD, abi::INSTANTIATE, abi::RUN];
        let request = known.get(number as usize).copied().unwrap_or(number);
        match self.random.one_in(4) {
            true => request & !(0x3fff << 16) | (self.random.next() as u32 & 0x3ff) << 16,
            false => request,
        }
    }

    fn size<T>(&mut self) -> u32 {
        match self.random.one_in(20) {
            true => self.random.number() as u32,
            false => size_of::<T>() as u32,
        }
    }

    /// An address with so much room behind it, or none at all.
    fn address(&mut self, bytes: usize) -> usize {
        match self.random.below(30) {
            0 => self.random.number() as usize,
            1 => self.world.arena + self.world.arena_bytes - self.random.below(HOLES),
            2 => self.world.reservations[self.random.below(RESERVATIONS)],
            _ => {
                let room = SLICE - bytes.min(SLICE - 1);
                self.world.arena + self.number * SLICE + (self.random.below(room) & !7)
            }
        }
    }

    /// Puts a value where the others may change it; returns where.
    fn place<T: abi::Plain>(&mut self, values: &[T]) -> u64 {
        let bytes = size_of_val(values);
        let room = SLICE - bytes.min(SLICE - 8);
        let at = self.world.arena + self.number * SLICE + (self.random.below(room) & !7);
        // SAFETY: inside this thread's part of the arena, which is memory that
        // any thread may change; no reference to it is made.
        unsafe {
            std::ptr::copy(
                values.as_ptr().cast::<u8>(),
                at as *mut u8,
                bytes.min(SLICE - 8),
            );
        }
        match self.random.one_in(40) {
            true => self.address(bytes) as u64,
            false => at as u64,
        }
    }

    /// Issues a command with a structure; returns what became of it.
    fn issue<T: abi::Plain>(&mut self, slot: usize, request: u32, structure: T) -> Option<T> {
        let at = self.place(&[structure]);
        let request = match self.random.one_in(30) {
            true => self.request(abi::number(request)),
            false => request,
        };
        let inside = (self.world.arena..self.world.arena + self.world.arena_bytes - HOLES)
            .contains(&(at as usize));
        // SAFETY: inside the arena; any bytes are such a structure.
        (self.ioctl(slot, request, at as usize) && inside)
            .then(|| unsafe { (at as *const T).read_unaligned() })
    }

    fn load(&mut self, slot: usize) {
        let which = self.random.below(self.world.modules.len());
        let mut module = self.world.modules[which].clone();
        if self.random.one_in(2) {
            for _ in 0..=self.random.below(6) {
                let at = self.random.below(module.len());
                match self.random.below(4) {
                    0 => module.insert(at, self.random.next() as u8),
                    1 if module.len() > 1 => drop(module.remove(at)),
                    2 => module[at] ^= 1 << self.random.below(8),
                    _ => module[at] = self.random.number() as u8,
                }
            }
        }
        let bytes = module.len() as u64;
        let load = Load {
            size: self.size::<Load>(),
            module: self.place(&module),
            module_bytes: self.odd(bytes),
            stack_bytes: self.odd(0),
            message: self.address(512) as u64,
            message_bytes: self.odd(512),
            code_bytes: self.odd(1 << 20),
            ..Load::default()
        };
        if self.issue(slot, abi::LOAD, load).is_some() {
            let known = &mut self.known[slot];
            if known.modules == 0 {
                known.module = which;
            }
            known.modules += 1;
        }
    }

    /// The number, or now and then another one.
    fn odd(&mut self, number: u64) -> u64 {
        match self.random.one_in(25) {
            true => self.random.number(),
            false => number,
        }
    }

    fn instantiate(&mut self, slot: usize) {
        let count = match self.random.one_in(4) {
            true => self.random.below(4),
            false => MODULES[self.known[slot].module].1,
        };
        let memories: Vec<Memory> = (0..count)
            .map(|_| Memory {
                base: match self.random.one_in(20) {
                    true => self.random.number(),
                    false => {
                        let which = self.random.below(RESERVATIONS);
                        self.world.reservations[which] as u64
                    }
                },
                length: self.odd(1 << 20),
            })
            .collect();
        let imports = match self.random.one_in(3) {
            true => self.random.below(4),
            false => 0,
        };
        let imports: Vec<Import> = (0..imports)
            .map(|_| Import {
                instance: match self.random.one_in(2) {
                    true => abi::CALLERS,
                    false => self.random.below(3) as u32,
                },
                export: self.random.below(3) as u32,
            })
            .collect();
        let instantiate = Instantiate {
            size: self.size::<Instantiate>(),
            memory_count: self.odd(count as u64) as u32,
            memories: self.place(&memories),
            message: self.address(512) as u64,
            message_bytes: self.odd(512),
            module: match self.random.one_in(4) {
                true => self.random.below(4) as u32,
                false => 0,
            },
            import_count: self.odd(imports.len() as u64) as u32,
            imports: self.place(&imports),
            ..Instantiate::default()
        };
        if self.issue(slot, abi::INSTANTIATE, instantiate).is_some() {
            self.known[slot].instances += 1;
        }
    }

    fn run(&mut self, slot: usize) {
        let known = self.known[slot];
        let command = match known.exit {
            _ if self.random.one_in(12) => self.random.number() as u32,
            0 => abi::CALL,
            _ if self.random.one_in(6) => abi::CALL,
            _ if self.random.one_in(5) => abi::UNWIND,
            _ => abi::CONTINUE,
        };
        let values: [Value; 8] = std::array::from_fn(|_| Value {
            low: self.random.number(),
            high: self.random.number(),
        });
        let lengths: [u64; 3] = std::array::from_fn(|_| self.random.number());
        let run = Run {
            size: self.size::<Run>(),
            command,
            function: match self.random.one_in(4) {
                true => self.random.below(4) as u32,
                false => MODULES[known.module].2,
            },
            value_count: self.odd(8) as u32,
            values: self.place(&values),
            memory_lengths: match self.random.one_in(3) {
                true => self.place(&lengths),
                false => 0,
            },
            memory_count: self.odd(3) as u32,
            frame_count: self.odd(16) as u32,
            frames: self.address(256) as u64,
            result: self.odd(1),
            instance: match self.random.one_in(6) {
                true => self.random.below(4) as u32,
                false => 0,
            },
            ..Run::default()
        };
        match self.issue(slot, abi::RUN, run) {
            Some(run) if run.depth == 0 => self.known[slot].exit = 0,
            Some(run) => self.known[slot].exit = run.reason,
            None => {}
        }
    }
}

fn close(fd: i32) -> i32 {
    match fd {
        ..0 => -1,
        // SAFETY: one of the shared descriptors, which nothing owns.
        _ => unsafe { libc::close(fd) },
    }
}

/// Maps memory, at this address if there is one; returns where.
fn map(at: Option<usize>, bytes: usize, rights: i32) -> usize {
    let fixed = if at.is_some() { libc::MAP_FIXED } else { 0 };
    // SAFETY: new memory, or in place of pages that only the kernel reaches.
    let memory = unsafe {
        libc::mmap(
            at.unwrap_or(0) as *mut libc::c_void,
            bytes,
            rights,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | fixed,
            -1,
            0,
        )
    };
    assert_ne!(memory, libc::MAP_FAILED, "no memory");
    memory as usize
}

fn protect(at: usize, bytes: usize, rights: i32) {
    // SAFETY: pages that only the kernel reaches.
    unsafe { libc::mprotect(at as *mut libc::c_void, bytes, rights) };
}

/// Sets how many KiB of compiled code the kernel keeps.
fn limit_cache(kibibytes: u32) -> Result<(), String> {
    const LIMIT: &str = "/sys/module/wasmjit/parameters/max_cache";
    fs::write(LIMIT, kibibytes.to_string()).map_err(|error| format!("{LIMIT}: {error}"))
}

/// What the kernel still has for contexts, when none are open and no code is kept.
fn left() -> Result<(), String> {
    limit_cache(0)?;
    // Closing a descriptor that another thread was using is not over at once.
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let device = wasmjit_device::Device::open().map_err(|error| error.to_string())?;
        let info = device.info().map_err(|error| error.to_string())?;
        let stacks = fs::read_to_string("/proc/vmallocinfo").unwrap_or_default();
        let stacks = stacks.matches("wj_stack_alloc").count();
        // The heap has the one context that asks.
        let heap = info.heap_bytes > 4096;
        if info.contexts == 1 && info.code_used == 0 && stacks == 0 && !heap {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!(
                "{} contexts, {} bytes of code, {} of the heap, {stacks} stacks",
                info.contexts - 1,
                info.code_used,
                info.heap_bytes
            ));
        }
        drop(device);
        thread::sleep(Duration::from_millis(100));
    }
}
