//! Calls that compiled code makes itself end as the handlers end them.

#![cfg(target_arch = "x86_64")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasmjit_direct::Direct;
use wasmjit_jit::{Jit, Settings, Target};
use wasmjit_module::Module;
use wasmjit_posix::{ExitStatus, Kernel, Process, Sys};
use wasmjit_runtime::codegen::CodeGen;
use wasmjit_runtime::{CompiledModule, Engine, Store};

/// The kernel that this process runs on, with or without code for direct calls; counts
/// the calls that handlers make.
struct Counting {
    kernel: Arc<dyn Kernel>,
    direct: bool,
    made: AtomicUsize,
}

impl Counting {
    fn new(direct: bool) -> Arc<Self> {
        Arc::new(Self {
            kernel: wasmjit_unix::kernel(),
            direct,
            made: AtomicUsize::new(0),
        })
    }
}

// SAFETY: passes calls on.
unsafe impl Kernel for Counting {
    unsafe fn syscall(&self, call: Sys, args: [u64; 6]) -> i64 {
        self.made.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.kernel.syscall(call, args) }
    }

    unsafe fn syscall_interruptible(&self, call: Sys, args: [u64; 6]) -> i64 {
        self.made.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.kernel.syscall_interruptible(call, args) }
    }

    fn direct(&self, call: &Direct) -> Option<*const u8> {
        self.direct.then(|| self.kernel.direct(call)).flatten()
    }
}

/// The imports, `$check`, which leaves `main` with the number `$line` when a value is not
/// the expected one, and the start of `main`.
const BEFORE: &str = r#"(module
    (import "env" "__syscall_getpid" (func $getpid (result i32)))
    (import "env" "__syscall_getppid" (func $getppid (result i32)))
    (import "env" "__syscall_pipe" (func $pipe (param i32) (result i32)))
    (import "env" "__syscall_openat" (func $openat (param i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_dup3" (func $dup3 (param i32 i32 i32) (result i32)))
    (import "env" "epoll_create1" (func $epoll_create1 (param i32) (result i32)))
    (import "env" "epoll_ctl" (func $epoll_ctl (param i32 i32 i32 i32) (result i32)))
    (import "env" "epoll_wait" (func $epoll_wait (param i32 i32 i32 i32) (result i32)))
    (import "env" "eventfd" (func $eventfd (param i32 i32) (result i32)))
    (import "env" "__syscall_read" (func $read_one (param i32 i32 i32) (result i32)))
    (import "env" "__syscall_write" (func $write_one (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_seek"
        (func $seek (param i32 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pread"
        (func $pread (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
    (import "env" "emscripten_notify_memory_growth" (func (param i32)))
    (memory (export "memory") 1)
    (func (export "__errno_location") (result i32) (i32.const 8))
    ;; Where buffers are described, and 16 bytes of results.
    (func $vector (param $at i32) (param $start i32) (param $length i32) (result i32)
        (i32.store (local.get $at) (local.get $start))
        (i32.store offset=4 (local.get $at) (local.get $length))
        (local.get $at))
    (func (export "main") (param i32 i32) (result i32)
        (local $in i32) (local $out i32) (local $fd i32) (local $events i32)
"#;

/// Runs steps of `main`: each is a value and what it must be. Returns how many calls
/// handlers have made for them.
fn run(direct: bool, steps: &[(&str, i64)]) -> usize {
    let mut text = BEFORE.to_string();
    for (i, (value, expected)) in steps.iter().enumerate() {
        let ty = if value.starts_with("(i64.load") {
            "i64"
        } else {
            "i32"
        };
        text += &format!(
            "({ty}.ne {value} ({ty}.const {expected})) (if (then (return (i32.const {}))))\n",
            i + 1
        );
    }
    text += "(i32.const 0)))";
    let platform = wasmjit_unix::platform();
    let settings = Settings::new(Target::host().expect("a supported machine"));
    let jit = Arc::new(Jit::new(platform.clone(), settings).expect("an engine"));
    assert!(wasmjit_unix::register_code(jit.code_range()));
    let engine = Engine::new(platform, jit);
    let module = Arc::new(Module::new(wat::parse_str(&text).unwrap()).unwrap());
    let compiled = CompiledModule::new(&engine, module).unwrap();
    let kernel = Counting::new(direct);
    let mut store = Store::new(&engine, Box::new(()));
    let process = Process::builder(kernel.clone())
        .args([b"direct".to_vec()])
        .build();
    match process.run(&mut store, &compiled).unwrap() {
        ExitStatus::Code(0) => kernel.made.load(Ordering::Relaxed),
        ExitStatus::Code(step) => panic!("{:?}, direct: {direct}", steps[step as usize - 1]),
        other => panic!("ended with {other:?}"),
    }
}

/// Opens a pipe.
const PIPE: [(&str, i64); 3] = [
    ("(call $pipe (i32.const 64))", 0),
    ("(local.tee $in (i32.load (i32.const 64))) (i32.eqz)", 0),
    ("(local.tee $out (i32.load (i32.const 68))) (i32.eqz)", 0),
];

/// How many calls the same steps have handlers make with direct calls, and without; they
/// must hold either way.
fn compare(steps: &[(&str, i64)]) -> (usize, usize) {
    (run(true, steps), run(false, steps))
}

#[test]
fn what_succeeds_needs_no_handler() {
    let base = compare(&[]);
    let steps = [
        &PIPE[..],
        &[
            ("(i32.eq (call $getpid) (call $getppid))", 0),
            ("(i32.store (i32.const 256) (i32.const 0x64636261)) (i32.const 0)", 0),
            (
                "(call $write (local.get $out) (call $vector (i32.const 128) (i32.const 256)
                    (i32.const 4)) (i32.const 1) (i32.const 144))",
                0,
            ),
            ("(i32.load (i32.const 144))", 4),
            (
                "(call $read (local.get $in) (call $vector (i32.const 128) (i32.const 65526)
                    (i32.const 10)) (i32.const 1) (i32.const 144))",
                0,
            ),
            ("(i32.load (i32.const 144))", 4),
            ("(i32.load (i32.const 65526))", 0x6463_6261),
            ("(call $write_one (local.get $out) (i32.const 257) (i32.const 3))", 3),
            ("(call $read_one (local.get $in) (i32.const 300) (i32.const 8))", 3),
            ("(i32.load (i32.const 300))", 0x64_6362),
            // Several buffers, one of which has no length.
            (
                "(call $vector (i32.const 128) (i32.const 256) (i32.const 3))
                (call $vector (i32.const 136) (i32.const 0) (i32.const 0)) (i32.or)
                (call $vector (i32.const 144) (i32.const 258) (i32.const 2)) (i32.or)",
                128 | 136 | 144,
            ),
            ("(call $write (local.get $out) (i32.const 128) (i32.const 3) (i32.const 160))", 0),
            ("(i32.load (i32.const 160))", 5),
            (
                "(call $vector (i32.const 128) (i32.const 400) (i32.const 1))
                (call $vector (i32.const 136) (i32.const 65532) (i32.const 4)) (i32.or)",
                128 | 136,
            ),
            ("(call $read (local.get $in) (i32.const 128) (i32.const 2) (i32.const 160))", 0),
            ("(i32.load (i32.const 160))", 5),
            ("(i32.load8_u (i32.const 400))", 0x61),
            ("(i32.load (i32.const 65532))", 0x6463_6362),
            ("(call $dup3 (local.get $in) (local.get $out) (i32.const 0)) (local.get $out) (i32.ne)", 0),
            ("(call $close (local.get $in))", 0),
            ("(call $close (local.get $out))", 0),
            // "/dev/zero"
            ("(i64.store (i32.const 512) (i64.const 0x72657a2f7665642f)) (i32.store (i32.const 520) (i32.const 0x6f)) (i32.const 0)", 0),
            ("(local.tee $fd (call $openat (i32.const -100) (i32.const 512) (i32.const 0) (i32.const 0))) (i32.const 0) (i32.lt_s)", 0),
            ("(i64.store (i32.const 144) (i64.const -1)) (call $seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 144))", 0),
            ("(i64.load (i32.const 144))", 0),
            ("(call $pread (local.get $fd) (call $vector (i32.const 128) (i32.const 256) (i32.const 4)) (i32.const 1) (i64.const 1) (i32.const 144))", 0),
            ("(i32.load (i32.const 256))", 0),
            ("(call $close (local.get $fd))", 0),
        ],
    ]
    .concat();
    let (direct, handlers) = compare(&steps);
    assert_eq!(direct, base.0, "handlers have made calls");
    assert!(handlers >= base.1 + 12);
}

#[test]
fn errors_are_the_handlers() {
    let steps = [
        // EBADF
        ("(call $close (i32.const 77))", 8),
        (
            "(call $dup3 (i32.const 77) (i32.const 78) (i32.const 0))",
            -8,
        ),
        (
            "(call $read (i32.const 77) (call $vector (i32.const 128) (i32.const 256)
                (i32.const 4)) (i32.const 1) (i32.const 144))",
            8,
        ),
        // ENOENT: "/x"
        (
            "(i32.store (i32.const 512) (i32.const 0x782f)) (i32.const 0)",
            0,
        ),
        (
            "(call $openat (i32.const -100) (i32.const 512) (i32.const 0) (i32.const 0))",
            -44,
        ),
        // EFAULT: no address, none inside, no end
        (
            "(call $openat (i32.const -100) (i32.const 0) (i32.const 0) (i32.const 0))",
            -21,
        ),
        (
            "(call $openat (i32.const -100) (i32.const 65536) (i32.const 0) (i32.const 0))",
            -21,
        ),
        (
            "(i32.store8 (i32.const 65535) (i32.const 0x78)) (i32.const 0)",
            0,
        ),
        (
            "(call $openat (i32.const -100) (i32.const 65535) (i32.const 0) (i32.const 0))",
            -21,
        ),
        // ESPIPE
        ("(call $pipe (i32.const 64))", 0),
        (
            "(call $seek (i32.load (i32.const 64)) (i64.const 0) (i32.const 0) (i32.const 144))",
            70,
        ),
        // `errno` is set where the C library's functions do.
        (
            "(i32.store (i32.const 8) (i32.const 0)) (call $epoll_create1 (i32.const -1))",
            -1,
        ),
        ("(i32.load (i32.const 8))", 28),
    ];
    compare(&steps);
}

#[test]
fn memory_is_checked() {
    let read = |vector: &str, count: &str| {
        format!("(call $read (local.get $in) {vector} (i32.const {count}) (i32.const 144))")
    };
    let described = "(call $vector (i32.const 128) (i32.const 256) (i32.const 4))";
    let outside = "(call $vector (i32.const 128) (i32.const 65533) (i32.const 4))";
    let second = "(call $vector (i32.const 128) (i32.const 256) (i32.const 4))
        (drop (call $vector (i32.const 136) (i32.const 65533) (i32.const 4)))";
    let wrapping = "(call $vector (i32.const 128) (i32.const 256) (i32.const -1))";
    let steps = [
        (read("(i32.const 65530)", "1"), 21),
        (read("(i32.const -8)", "1"), 21),
        (read(outside, "1"), 21),
        (read(described, "-1"), 28),
        (read(second, "2"), 21),
        (read("(i32.const 65528)", "2"), 21),
        // More than are read directly, of which the second is outside.
        (read(described, "64"), 21),
    ];
    let empty = read(wrapping, "1");
    let mut all = PIPE.to_vec();
    // What is there to be read stays.
    all.push((
        "(i32.store (i32.const 256) (i32.const 0x64636261)) (call $write (local.get $out)
            (call $vector (i32.const 128) (i32.const 256) (i32.const 4)) (i32.const 1)
            (i32.const 144))",
        0,
    ));
    all.extend(steps.iter().map(|(text, errno)| (text.as_str(), *errno)));
    all.push((empty.as_str(), 21));
    let good = read(described, "1");
    all.push((good.as_str(), 0));
    all.push(("(i32.load (i32.const 256))", 0x6463_6261));
    compare(&all);
}

#[test]
fn events_become_the_guests() {
    let steps = [
        (
            "(local.tee $events (call $epoll_create1 (i32.const 0))) (i32.const 0) (i32.lt_s)",
            0,
        ),
        (
            "(local.tee $fd (call $eventfd (i32.const 1) (i32.const 0))) (i32.const 0) (i32.lt_s)",
            0,
        ),
        // EPOLLIN
        (
            "(i32.store (i32.const 600) (i32.const 1))
            (i64.store (i32.const 608) (i64.const 0x1122334455667788))
            (call $epoll_ctl (local.get $events) (i32.const 1) (local.get $fd) (i32.const 600))",
            0,
        ),
        (
            "(memory.fill (i32.const 600) (i32.const -1) (i32.const 64)) (i32.const 0)",
            0,
        ),
        (
            "(call $epoll_wait (local.get $events) (i32.const 600) (i32.const 2) (i32.const -1))",
            1,
        ),
        ("(i32.load (i32.const 600))", 1),
        ("(i64.load (i32.const 608))", 0x1122_3344_5566_7788),
        ("(i64.load (i32.const 616))", -1),
        // No room for two.
        (
            "(call $epoll_wait (local.get $events) (i32.const 65512) (i32.const 2) (i32.const 0))",
            -1,
        ),
        ("(i32.load (i32.const 8))", 21),
    ];
    compare(&steps);
}
