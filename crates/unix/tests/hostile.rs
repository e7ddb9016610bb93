//! Every import is called with arguments that no honest program would pass: the
//! process must survive each, whatever it answers.

use std::fmt::Write;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasmjit_jit::{Jit, Settings, Target};
use wasmjit_module::Module;
use wasmjit_posix::{Call, Kind, Process, Trace, Variant, table};
use wasmjit_runtime::codegen::CodeGen;
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{CompiledModule, Engine, Store};

/// Calls that would do to the test itself what they are for, or wait.
const LEFT_OUT: &[&str] = &[
    // The test's own descriptors.
    "fd_close",
    "fd_renumber",
    "__syscall_dup3",
    // Its own life and that of others.
    "__syscall_kill",
    "__syscall_pause",
    "__syscall_setitimer",
    "__syscall_wait4",
    "_setitimer_js",
    "alarm",
    "proc_raise",
    "wait3",
    "wait4",
    // Its rights, group, priority and limits.
    "__syscall_nice",
    "__syscall_prlimit64",
    "__syscall_setgid32",
    "__syscall_setpgid",
    "__syscall_setpriority",
    "__syscall_setregid32",
    "__syscall_setresgid32",
    "__syscall_setresuid32",
    "__syscall_setreuid32",
    "__syscall_setrlimit",
    "__syscall_setsid",
    "__syscall_setuid32",
    "prlimit",
    "sched_setaffinity",
    "setfsuid",
    "setgroups",
    "setns",
    "unshare",
    // The machine.
    "__syscall_acct",
    "__syscall_setdomainname",
    "__syscall_sync",
    "mount",
    "sethostname",
    "settimeofday",
    "swapon",
    "syncfs",
    "umount",
    "umount2",
    "vhangup",
];

/// Calls that wait for ever when nothing is wanted of them.
const WAITING: &[&str] = &["__syscall__newselect", "__syscall_pselect6", "ppoll"];

/// Bytes of the test's memory.
const MEMORY: i64 = 2 << 16;

/// What each parameter of a call is.
const PATTERNS: [i64; 9] = [
    0,
    1000,
    -1,
    i32::MAX as i64,
    i32::MIN as i64,
    MEMORY,
    MEMORY - 1,
    MEMORY - 8,
    i64::MIN,
];

/// A module that imports everything, by the variant of each row that `number`
/// says, and makes all calls from the one that its second argument numbers.
/// Also the calls' names.
fn module(number: usize) -> (String, Vec<String>) {
    let rows: Vec<(&table::Row, &Variant)> = table::ROWS
        .iter()
        .filter(|row| !LEFT_OUT.contains(&row.name))
        .filter_map(|row| Some((row, row.variants.get(number)?)))
        .collect();
    let ty = |kind: &Kind| match kind {
        Kind::I32 | Kind::Word => "i32",
        Kind::I64 => "i64",
        Kind::F32 => "f32",
        Kind::F64 => "f64",
    };
    let mut text = String::from("(module\n");
    for (i, (row, variant)) in rows.iter().enumerate() {
        let params: Vec<&str> = variant.params.iter().map(ty).collect();
        let result = variant.result.as_ref().map_or("", ty);
        writeln!(
            text,
            "(import {:?} {:?} (func $f{i} (param {}) (result {result})))",
            row.module,
            row.name,
            params.join(" ")
        )
        .unwrap();
    }
    writeln!(text, "(memory (export \"memory\") {})", MEMORY >> 16).unwrap();
    let mut names = Vec::new();
    let mut calls = String::new();
    for (i, (row, variant)) in rows.iter().enumerate() {
        for pattern in PATTERNS {
            if pattern as i32 == 0 && WAITING.contains(&row.name) {
                continue;
            }
            let arguments: Vec<String> = variant
                .params
                .iter()
                .map(|kind| match ty(kind) {
                    "i32" => format!("(i32.const {})", pattern as i32),
                    ty => format!("({ty}.const {pattern})"),
                })
                .collect();
            let drop = if variant.result.is_some() {
                "(drop)"
            } else {
                ""
            };
            writeln!(
                calls,
                "(func $c{} (call $f{i} {}) {drop})",
                names.len(),
                arguments.join(" ")
            )
            .unwrap();
            names.push(format!("{} with {pattern}", row.name));
        }
    }
    text.push_str(&calls);
    let elements: Vec<String> = (0..names.len()).map(|i| format!("$c{i}")).collect();
    write!(
        text,
        r#"
        (table (export "__indirect_function_table") funcref (elem {}))
        (global $stack (mut i32) (i32.const 60000))
        (func (export "stackAlloc") (param i32) (result i32)
            (global.set $stack (i32.sub (global.get $stack) (local.get 0)))
            (global.get $stack))
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "__errno_location") (result i32) (i32.const -4))
        (func $byte (param i32 i32) (result i32)
            (i32.sub
                (i32.load8_u (i32.add
                    (i32.load (i32.add (local.get 0) (i32.const 4)))
                    (local.get 1)))
                (i32.const 1)))
        (func (export "main") (param i32 i32) (result i32) (local $next i32)
            (local.set $next
                (i32.add
                    (i32.mul (call $byte (local.get 1) (i32.const 0)) (i32.const 200))
                    (call $byte (local.get 1) (i32.const 1))))
            (loop $all
                (call_indirect (local.get $next))
                (local.set $next (i32.add (local.get $next) (i32.const 1)))
                (br_if $all (i32.lt_u (local.get $next) (i32.const {}))))
            (i32.const 0)))"#,
        elements.join(" "),
        elements.len()
    )
    .unwrap();
    (text, names)
}

fn engine() -> Engine {
    let platform = wasmjit_unix::platform();
    let settings = Settings::new(Target::host().expect("a supported machine"));
    let jit = Arc::new(Jit::new(platform.clone(), settings).expect("an engine"));
    assert!(wasmjit_unix::register_code(jit.code_range()));
    Engine::new(platform, jit)
}

/// Counts the calls; shows each, for when the process dies of one.
struct Count {
    next: AtomicUsize,
    names: Vec<String>,
}

impl Trace for Count {
    fn enter(&self, _call: &Call<'_>) {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        println!("{}", self.names[next]);
    }

    fn leave(&self, _call: &Call<'_>, _result: Option<RawValue>) {}
}

/// Puts a file of no worth in the place of standard input, the one descriptor
/// that the calls meet: some change the rights, owner or size of what it is.
fn replace_standard_input() {
    let path = std::env::temp_dir().join(format!("wasmjit-hostile-{}", std::process::id()));
    let file = File::create_new(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    // SAFETY: both descriptors are open, and no one else uses standard input.
    assert_eq!(unsafe { libc::dup2(file.as_raw_fd(), 0) }, 0);
}

#[test]
fn no_argument_harms_the_host() {
    replace_standard_input();
    let engine = engine();
    for number in 0..2 {
        let (text, names) = module(number);
        let bytes = wat::parse_str(&text).unwrap();
        let module = Arc::new(Module::new(bytes).unwrap());
        let compiled = CompiledModule::new(&engine, module).unwrap();
        let count = Arc::new(Count {
            next: AtomicUsize::new(0),
            names,
        });
        // Some calls end the program; it begins anew with the one after.
        let next_call = || count.next.load(Ordering::Relaxed);
        while next_call() < count.names.len() {
            let next = next_call();
            let start = vec![(next / 200 + 1) as u8, (next % 200 + 1) as u8];
            let mut store = Store::new(&engine, Box::new(()));
            let process = Process::builder(wasmjit_unix::kernel())
                .args([b"hostile".to_vec(), start])
                .tracer(count.clone())
                .build();
            process.run(&mut store, &compiled).unwrap();
            assert!(next_call() > next, "no call was made");
        }
    }
}
