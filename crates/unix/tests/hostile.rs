//! Every import is called with arguments that no honest program would pass: the
//! process must survive each, whatever it answers.

mod support;

use std::fmt::Write;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::Answer::{Error, Value};
use support::{Answer, Answers, engine, single};
use wasmjit_module::Module;
use wasmjit_posix::strace::{Filter, Options, Output, Strace};
use wasmjit_posix::{Call, Entered, Errno, Kind, Process, Trace, Variant, table};
use wasmjit_runtime::{CompiledModule, Store};

/// Calls that would do to the test itself what they are for, or wait: each with
/// arguments that do no harm, and the answers that it may give (none: any).
const CAREFUL: &[(&str, &[i64], &[Answer])] = &[
    // The test's own descriptors.
    ("fd_close", &[-1], &[Error(Errno::EBADF)]),
    ("fd_renumber", &[-1, -1], &[Error(Errno::EBADF)]),
    ("__syscall_dup3", &[0, 0, 0], &[Error(Errno::EINVAL)]),
    // Its own life and that of others.
    (
        "__syscall_kill",
        &[i32::MAX as i64, 0],
        &[Error(Errno::ESRCH)],
    ),
    ("__syscall_pause", &[], &[Error(Errno::EINTR)]),
    ("__syscall_setitimer", &[99, 0, 0], &[Error(Errno::EINVAL)]),
    ("sigsuspend", &[-1], &[Error(Errno::EFAULT)]),
    ("__syscall_nanosleep", &[-1, 0], &[Error(Errno::EFAULT)]),
    (
        "__syscall_clock_nanosleep",
        &[0, 0, -1, 0],
        &[Error(Errno::EFAULT)],
    ),
    (
        "__syscall_wait4",
        &[-1, 0, WNOHANG, 0],
        &[Error(Errno::ECHILD)],
    ),
    ("_setitimer_js", &[99, 0], &[Error(Errno::EINVAL)]),
    ("alarm", &[0], &[Value(0)]),
    ("proc_raise", &[99], &[Error(Errno::EINVAL)]),
    ("execve", &[-8, 0, 0], &[Error(Errno::EFAULT)]),
    (
        "waitid",
        &[0, 0, 0, WNOHANG | WEXITED],
        &[Error(Errno::ECHILD)],
    ),
    ("wait3", &[0, WNOHANG, 0], &[Error(Errno::ECHILD)]),
    ("wait4", &[-1, 0, WNOHANG, 0], &[Error(Errno::ECHILD)]),
    // Its rights, group, priority and limits.
    ("__syscall_nice", &[0], &[Value(0)]),
    (
        "__syscall_prlimit64",
        &[0, 99, 0, 0],
        &[Error(Errno::EINVAL)],
    ),
    ("__syscall_setgid32", &[-1], &[Error(Errno::EINVAL)]),
    ("__syscall_setpgid", &[0, -1], &[Error(Errno::EINVAL)]),
    (
        "__syscall_setpriority",
        &[99, 0, 0],
        &[Error(Errno::EINVAL)],
    ),
    ("__syscall_setregid32", &[-1, -1], &[Value(0)]),
    ("__syscall_setresgid32", &[-1, -1, -1], &[Value(0)]),
    ("__syscall_setresuid32", &[-1, -1, -1], &[Value(0)]),
    ("__syscall_setreuid32", &[-1, -1], &[Value(0)]),
    ("__syscall_setrlimit", &[99, 1000], &[Error(Errno::EINVAL)]),
    // It leads its session already.
    ("__syscall_setsid", &[], &[Error(Errno::EPERM)]),
    ("__syscall_setuid32", &[-1], &[Error(Errno::EINVAL)]),
    ("prlimit", &[0, 99, 0, 0], &[Error(Errno::EINVAL)]),
    ("sched_setaffinity", &[0, 0, 0], &[Error(Errno::EINVAL)]),
    ("setfsuid", &[-1], &[]),
    (
        "setgroups",
        &[1 << 17, 0],
        &[
            Error(Errno::EINVAL),
            Error(Errno::EPERM),
            Error(Errno::EFAULT),
        ],
    ),
    ("setns", &[-1, 0], &[Error(Errno::EBADF)]),
    ("unshare", &[0], &[Value(0)]),
    // The machine.
    ("__syscall_acct", &[-8], &[Error(Errno::EFAULT)]),
    ("__syscall_setdomainname", &[-8, 8], &[Error(Errno::EFAULT)]),
    ("__syscall_sync", &[], &[Value(0)]),
    ("mount", &[-8, -8, -8, 0, 0], &[Error(Errno::EFAULT)]),
    ("sethostname", &[-8, 8], &[Error(Errno::EFAULT)]),
    ("settimeofday", &[-8, 0], &[Error(Errno::EFAULT)]),
    ("swapon", &[-8, 0], &[Error(Errno::EFAULT)]),
    ("syncfs", &[-1], &[Error(Errno::EBADF)]),
    ("umount", &[-8], &[Error(Errno::EFAULT)]),
    ("umount2", &[-8, 0], &[Error(Errno::EFAULT)]),
    ("__syscall_clock_settime", &[0, -8], &[Error(Errno::EFAULT)]),
    // Queues and scheduling of others.
    ("__syscall_mq_open", &[-8, 0, 0, 0], &[Error(Errno::EFAULT)]),
    ("__syscall_mq_unlink", &[-8], &[Error(Errno::EFAULT)]),
    ("sched_setparam", &[0, -8], &[Error(Errno::EFAULT)]),
    ("sched_setscheduler", &[0, 0, -8], &[Error(Errno::EFAULT)]),
    // What outlives the test, and what others have.
    ("semget", &[0, -1, 0], &[Error(Errno::EINVAL)]),
    ("semop", &[-1, 0, 1], &[Error(Errno::EINVAL)]),
    (
        "__syscall_semtimedop",
        &[-1, 0, 1, 0],
        &[Error(Errno::EINVAL)],
    ),
    ("__syscall_semctl", &[-1, 0, 0, 0], &[Error(Errno::EINVAL)]),
    ("msgget", &[0x7fff_1234, 0], &[Error(Errno::ENOENT)]),
    ("__syscall_msgsnd", &[-1, 0, 8, 0], &[Error(Errno::EINVAL)]),
    (
        "__syscall_msgrcv",
        &[-1, 0, 8, 0, 0],
        &[Error(Errno::EINVAL)],
    ),
    ("__syscall_msgctl", &[-1, 0, 0], &[Error(Errno::EINVAL)]),
    ("__syscall_shmget", &[0, 0, 0], &[Error(Errno::EINVAL)]),
    ("__syscall_shmat", &[-1, 0, 0], &[Error(Errno::EINVAL)]),
    ("__syscall_shmdt", &[0], &[Error(Errno::EINVAL)]),
    ("__syscall_shmctl", &[-1, 0, 0], &[Error(Errno::EINVAL)]),
    // There is no terminal.
    ("vhangup", &[], &[Value(0), Error(Errno::EPERM)]),
    // The last, since those that wait for children find none before. The copy ends
    // as soon as the call has returned.
    ("fork", &[], &[]),
];

const WNOHANG: i64 = 1;
const WEXITED: i64 = 4;

fn is_careful(row: &table::Row) -> bool {
    CAREFUL.iter().any(|(name, ..)| *name == row.name)
}

/// Calls that wait for ever when nothing is wanted of them.
const WAITING: &[&str] = &[
    "__syscall__newselect",
    "__syscall_pselect6",
    "__wasmjit_futex_wait",
    "ppoll",
];

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
    let rows: Vec<(&table::Row, &Variant)> = table::rows()
        .filter(|row| !is_careful(row))
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

/// Counts the calls; shows each, for when the process dies of one, and has it
/// traced, which must survive its arguments as well.
struct Count {
    next: AtomicUsize,
    names: Vec<String>,
    strace: Strace,
}

/// Nobody reads this trace.
struct Nowhere;

impl Output for Nowhere {
    fn write(&self, line: &[u8]) {
        assert!(line.ends_with(b"\n"));
    }

    fn now(&self) -> [i64; 2] {
        [0, 0]
    }

    fn thread(&self) -> u32 {
        1
    }
}

impl Trace for Count {
    fn enter(&self, call: &Call<'_>) -> Option<Box<dyn Entered>> {
        println!("{}", self.names[self.next.fetch_add(1, Ordering::Relaxed)]);
        self.strace.enter(call)
    }
}

/// A trace of everything, in full.
fn strace() -> Strace {
    let options = Options {
        text_limit: 1 << 20,
        verbose: true,
        filter: Filter::parse("all").unwrap(),
        ..Options::default()
    };
    Strace::new(options, Box::new(Nowhere), None)
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
            strace: strace(),
        });
        let next_call = || count.next.load(Ordering::Relaxed);
        // Some calls end the program; it begins anew with the one after.
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

/// Sends a signal that does nothing to a thread, again and again: the end of
/// any waiting.
fn awaken(thread: libc::pthread_t) {
    extern "C" fn nothing(_: libc::c_int) {}
    // SAFETY: the handler does nothing; the thread is the test's, which ends
    // with the process.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as *const () as usize;
        libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut());
    }
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(std::time::Duration::from_millis(5));
            // SAFETY: as above.
            unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
        }
    });
}

/// In a process and a session of its own.
#[test]
fn careful_calls_answer() {
    const MARK: &str = "WASMJIT_CAREFUL_CALLS";
    if std::env::var_os(MARK).is_none() {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "careful_calls_answer", "--nocapture"])
            .env(MARK, "1")
            .stdin(std::process::Stdio::null());
        // SAFETY: the call is allowed between fork and exec.
        unsafe {
            command.pre_exec(|| match libc::setsid() {
                -1 => Err(std::io::Error::last_os_error()),
                _ => Ok(()),
            });
        }
        assert!(command.status().unwrap().success());
        return;
    }
    let engine = engine();
    let original = std::process::id();
    for (name, arguments, allowed) in CAREFUL {
        let row = table::rows().find(|row| row.name == *name);
        let row = row.unwrap_or_else(|| panic!("there is no {name}"));
        if *name == "__syscall_pause" {
            // SAFETY: asks for the calling thread's identity.
            awaken(unsafe { libc::pthread_self() });
        }
        let bytes = wat::parse_str(single(row, arguments, "")).unwrap();
        let module = Arc::new(Module::new(bytes).unwrap());
        let compiled = CompiledModule::new(&engine, module).unwrap();
        let answers = Arc::new(Answers::default());
        let mut store = Store::new(&engine, Box::new(()));
        let process = Process::builder(wasmjit_unix::kernel())
            .tracer(answers.clone())
            .build();
        process.run(&mut store, &compiled).unwrap();
        if std::process::id() != original {
            // SAFETY: ends the copy that `fork` has made.
            unsafe { libc::_exit(0) };
        }
        let answers = answers.get();
        let fits = |answer: &Answer| allowed.is_empty() || allowed.contains(answer);
        assert!(
            answers.len() == 1 && fits(&answers[0]),
            "{name}: {answers:?}"
        );
    }
}

/// Calls that would run what is in the memory as a command, or make the test work
/// elsewhere than in its folder.
const COMMANDS: &[&str] = &[
    "system",
    "_emscripten_system",
    "chroot",
    "__syscall_chdir",
    "__syscall_fchdir",
];

/// Calls that begin the program anew, and those after which the first thread
/// waits for the others, of which one does not end.
const LEAVING: &[&str] = &[
    "__call_main",
    "emscripten_exit_with_live_runtime",
    "emscripten_unwind_to_js_event_loop",
];

/// What a call is given whose memory changes: pointers into what changes, and
/// numbers that are lengths and counts there.
const CHANGING: [(i32, i64); 4] = [(64, 1), (1000, 40), (4096, 0), (8191, 300)];

/// How often each call is made while another thread changes what it points to.
const OFTEN: u32 = 20;

/// As [`module`], with a second thread that writes all over the memory that the
/// calls' arguments are in.
fn changing_module(number: usize) -> (String, Vec<String>) {
    let rows: Vec<(&table::Row, &Variant)> = table::rows()
        .filter(|row| !is_careful(row) && row.name != MARK && !LEAVING.contains(&row.name))
        .filter(|row| !COMMANDS.contains(&row.name) && !WAITING.contains(&row.name))
        .filter_map(|row| Some((row, row.variants.get(number)?)))
        .collect();
    let ty = |kind: &Kind| match kind {
        Kind::I32 | Kind::Word => "i32",
        Kind::I64 => "i64",
        Kind::F32 => "f32",
        Kind::F64 => "f64",
    };
    let (mut imports, mut calls) = (String::new(), String::new());
    let mut names = Vec::new();
    for (i, (row, variant)) in rows.iter().enumerate() {
        let params: Vec<&str> = variant.params.iter().map(ty).collect();
        let result = variant.result.as_ref().map_or("", ty);
        writeln!(
            imports,
            "(import {:?} {:?} (func $f{i} (param {}) (result {result})))",
            row.module,
            row.name,
            params.join(" ")
        )
        .unwrap();
        for (pointer, integer) in CHANGING {
            let arguments: Vec<String> = variant
                .params
                .iter()
                .map(|kind| match kind {
                    Kind::Word => format!("(i32.const {pointer})"),
                    kind => format!("({}.const {integer})", ty(kind)),
                })
                .collect();
            let call = format!("(call $f{i} {})", arguments.join(" "));
            let call = if result.is_empty() {
                call
            } else {
                format!("(drop {call})")
            };
            let name = names.len();
            writeln!(
                calls,
                "(func $c{name} (param i32) (result i32)
                    (local.set 0 (i32.const {OFTEN}))
                    (loop $again
                        {call}
                        (br_if $again
                            (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                    (i32.const 0))"
            )
            .unwrap();
            names.push(format!("{} with {pointer}, {integer}", row.name));
        }
    }
    let elements: Vec<String> = (0..names.len()).map(|i| format!("$c{i}")).collect();
    let text = format!(
        r#"(module
        {imports}
        (import "env" "__pthread_create_js"
            (func $create (param i32 i32 i32 i32) (result i32)))
        (import "env" "{MARK}" (func $mark (param i32)))
        (import "env" "memory" (memory 2 2 shared))
        (type $function (func (param i32) (result i32)))
        (table (export "__indirect_function_table") funcref (elem {} $change))
        (global $stack (mut i32) (i32.const 60000))
        (func (export "stackAlloc") (param i32) (result i32)
            (global.set $stack (i32.sub (global.get $stack) (local.get 0)))
            (global.get $stack))
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "pthread_self") (result i32) (i32.const 0))
        {calls}
        ;; Random words, small numbers and addresses near the end, in the first 16 KiB.
        (func $change (param i32) (result i32) (local $x i32)
            (loop $again
                (local.set $x
                    (i32.add (i32.mul (local.get $x) (i32.const 1664525))
                        (i32.const 1013904223)))
                (i32.store
                    (i32.and (i32.shr_u (local.get $x) (i32.const 14)) (i32.const 0x3ffc))
                    (if (result i32) (i32.and (local.get $x) (i32.const 0x40))
                        (then (i32.shr_u (local.get $x) (i32.const 14)))
                        (else
                            (if (result i32) (i32.and (local.get $x) (i32.const 0x80))
                                (then (local.get $x))
                                (else (i32.and (local.get $x) (i32.const 0xff)))))))
                (br $again))
            (i32.const 0))
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
            ;; The thread's stack: its end and size.
            (i32.store (i32.const 70044) (i32.const 90000))
            (i32.store (i32.const 70048) (i32.const 4096))
            (if (call $create (i32.const 70000) (i32.const 0) (i32.const {}) (i32.const 0))
                (then (unreachable)))
            (loop $all
                (call $mark (local.get $next))
                (drop (call_indirect (type $function) (i32.const 0) (local.get $next)))
                (local.set $next (i32.add (local.get $next) (i32.const 1)))
                (br_if $all (i32.lt_u (local.get $next) (i32.const {}))))
            (i32.const 0)))"#,
        elements.join(" "),
        names.len(),
        names.len(),
    );
    (text, names)
}

/// Learns from a call that does nothing which one comes next.
struct Progress {
    next: AtomicUsize,
    names: Vec<String>,
}

/// That call, with the number of the next.
const MARK: &str = "emscripten_notify_memory_growth";

impl Trace for Progress {
    fn enter(&self, call: &Call<'_>) -> Option<Box<dyn Entered>> {
        if call.row.name == MARK {
            let next = call.arguments[0].u32() as usize;
            println!("{}", self.names[next]);
            self.next.store(next + 1, Ordering::Relaxed);
        }
        None
    }
}

#[test]
fn no_change_during_a_call_harms_the_host() {
    replace_standard_input();
    let folder = std::env::temp_dir().join(format!("wasmjit-changing-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    // Names are random as well.
    std::env::set_current_dir(&folder).unwrap();
    // SAFETY: asks for the calling thread's identity.
    awaken(unsafe { libc::pthread_self() });
    let engine = engine();
    for number in 0..2 {
        let (text, names) = changing_module(number);
        let bytes = wat::parse_str(&text).unwrap();
        let module = Arc::new(Module::new(bytes).unwrap());
        let compiled = CompiledModule::new(&engine, module).unwrap();
        let progress = Arc::new(Progress {
            next: AtomicUsize::new(0),
            names,
        });
        let next_call = || progress.next.load(Ordering::Relaxed);
        // Some calls end the program; it begins anew with the one after.
        while next_call() < progress.names.len() {
            let next = next_call();
            let start = vec![(next / 200 + 1) as u8, (next % 200 + 1) as u8];
            let mut store = Store::new(&engine, Box::new(()));
            let process = Process::builder(wasmjit_unix::kernel())
                .args([b"hostile".to_vec(), start])
                .tracer(progress.clone())
                .build();
            process.run(&mut store, &compiled).unwrap();
            assert!(next_call() > next, "no call was made");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
