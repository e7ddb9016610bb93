//! The calls that compiled code can make itself, as `wasmjit-direct` describes them,
//! are those that the handlers make: same call, same arguments, same result.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use wasmjit_direct::{Argument, Condition, Direct, Kind, Outcome, TABLE};
use wasmjit_jit::{Jit, Settings, Target};
use wasmjit_module::Module;
use wasmjit_posix::{ExitStatus, Kernel, Process, Sys};
use wasmjit_runtime::codegen::CodeGen;
use wasmjit_runtime::{CompiledModule, Engine, Store};

/// Bytes of the test's memory.
const MEMORY: u64 = 2 << 16;

/// What calls return, unless they return events.
const RESULT: u64 = 5;
const EVENTS: u64 = 2;

/// Buffers that are described in memory: place, start and length.
const BUFFERS: [(u64, u32, u32); 3] =
    [(1024, 2000, 16), (1032, MEMORY as u32 - 1, 2), (1040, 0, 0)];
/// Where a path stands.
const PATH: i64 = 3000;

/// Candidates for parameters.
const VALUES: [i64; 12] = [
    0,
    1,
    2,
    7,
    64,
    1024,
    1032,
    PATH,
    -1,
    MEMORY as i64 - 4,
    MEMORY as i64,
    0x8_0000,
];

/// How many sets of parameters each description is tried with.
const CASES: usize = 30;

/// An argument of a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Number(u64),
    /// Of guest memory.
    Address(u64),
}

/// What the description makes of parameters; `None` when it declines them.
fn evaluate(direct: &Direct, parameters: &[i64]) -> Option<Vec<Word>> {
    let signed = |at: u8| parameters[usize::from(at)] as i32;
    let unsigned = |at: u8| u64::from(signed(at) as u32);
    let range =
        |start: u64, length: u64| (start + length <= MEMORY).then_some(Word::Address(start));
    for condition in direct.conditions {
        let holds = match *condition {
            Condition::Is(at, value) => signed(at) as u32 == value,
            Condition::Clear(at, mask) => signed(at) as u32 & mask == 0,
            Condition::Between(at, low, high) => (low..=high).contains(&signed(at)),
            Condition::Writable(at, bytes) => range(unsigned(at), u64::from(bytes)).is_some(),
        };
        if !holds {
            return None;
        }
    }
    let buffer = |at: u8| {
        range(unsigned(at), 8)?;
        let known = BUFFERS.iter().find(|(place, ..)| *place == unsigned(at));
        // Elsewhere there are zeros; parameters do not point to other data.
        let (_, start, length) = known.copied().unwrap_or_default();
        range(u64::from(start), u64::from(length))?;
        Some((u64::from(start), u64::from(length)))
    };
    let mut words = Vec::new();
    for argument in direct.arguments {
        words.push(match *argument {
            Argument::Constant(value) => Word::Number(value as u64),
            Argument::Signed(at) => Word::Number(i64::from(signed(at)) as u64),
            Argument::Unsigned(at) => Word::Number(unsigned(at)),
            Argument::Long(at) => Word::Number(parameters[usize::from(at)] as u64),
            Argument::Halves(low, high) => Word::Number(unsigned(low) | unsigned(high) << 32),
            Argument::Bytes(at, count, size) => {
                range(unsigned(at), unsigned(count) * u64::from(size))?
            }
            Argument::Object(at, bytes) => range(unsigned(at), u64::from(bytes))?,
            Argument::Path(at) if signed(at) == 0 => return None,
            Argument::Path(at) => range(unsigned(at), 1)?,
            Argument::BufferStart(at) => Word::Address(buffer(at)?.0),
            Argument::BufferLength(at) => Word::Number(buffer(at)?.1),
        });
    }
    words.resize(6, Word::Number(0));
    Some(words)
}

/// Sets of parameters that are not declined.
fn cases(direct: &Direct) -> Vec<(Vec<i64>, Vec<Word>)> {
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        VALUES[(state >> 33) as usize % VALUES.len()]
    };
    let mut found = Vec::new();
    for _ in 0..100_000 {
        let parameters: Vec<i64> = direct.parameters.iter().map(|_| next()).collect();
        if let Some(words) = evaluate(direct, &parameters) {
            found.push((parameters, words));
            if found.len() == CASES || direct.parameters.is_empty() {
                break;
            }
        }
    }
    found
}

/// A module that makes the calls and ends with the number of the first whose result
/// is wrong, or with zero.
fn module(direct: &Direct, cases: &[(Vec<i64>, Vec<Word>)]) -> String {
    let name = |kind: &Kind| match kind {
        Kind::I32 => "i32",
        Kind::I64 => "i64",
    };
    let params: Vec<&str> = direct.parameters.iter().map(name).collect();
    let mut text = format!(
        "(module (import {:?} {:?} (func $f (param {}) (result i32)))
        (import \"env\" \"emscripten_notify_memory_growth\" (func (param i32)))
        (memory (export \"memory\") {})
        (func (export \"__errno_location\") (result i32) (i32.const 8))
        (func (export \"main\") (param i32 i32) (result i32)\n",
        direct.module,
        direct.name,
        params.join(" "),
        MEMORY >> 16,
    );
    for (i, (parameters, _)) in cases.iter().enumerate() {
        // What the case before has stored.
        writeln!(
            text,
            "(memory.fill (i32.const 0) (i32.const 0) (i32.const {MEMORY}))"
        )
        .unwrap();
        for (place, start, length) in BUFFERS {
            let both = u64::from(start) | u64::from(length) << 32;
            writeln!(text, "(i64.store (i32.const {place}) (i64.const {both}))").unwrap();
        }
        // "/x"
        writeln!(text, "(i32.store (i32.const {PATH}) (i32.const 0x782f))").unwrap();
        let constants = parameters.iter().zip(&params);
        let constants: Vec<String> = constants
            .map(|(value, ty)| match *ty {
                "i32" => format!("(i32.const {})", *value as i32),
                ty => format!("({ty}.const {value})"),
            })
            .collect();
        let address = |at: u8| parameters[usize::from(at)] as i32;
        let (result, stored) = match direct.outcome {
            Outcome::Value => (RESULT, String::new()),
            Outcome::Zero => (0, String::new()),
            Outcome::Store32(at) => {
                let at = address(at);
                (
                    0,
                    format!("(i32.ne (i32.load (i32.const {at})) (i32.const {RESULT}))"),
                )
            }
            Outcome::Store64(at) => {
                let at = address(at);
                (
                    0,
                    format!("(i64.ne (i64.load (i32.const {at})) (i64.const {RESULT}))"),
                )
            }
            // The last of the events.
            Outcome::Events(at) => {
                let at = address(at);
                let last = EVENTS - 1;
                let second = format!(
                    "(i64.ne (i64.load offset={} (i32.const {at})) (i64.const {}))
                     (i32.ne (i32.load offset={} (i32.const {at})) (i32.const {}))
                     (i32.or)",
                    16 * last + 8,
                    event_data(last),
                    16 * last,
                    event_bits(last),
                );
                (EVENTS, second)
            }
        };
        let wrong = if stored.is_empty() {
            "(i32.const 0)"
        } else {
            &stored
        };
        writeln!(
            text,
            "(if (i32.ne (call $f {}) (i32.const {result})) (then (return (i32.const {}))))
             {wrong} (if (then (return (i32.const {}))))",
            constants.join(" "),
            i + 1,
            i + 1,
        )
        .unwrap();
    }
    text + "(i32.const 0)))"
}

fn event_bits(index: u64) -> u32 {
    index as u32 + 1
}

fn event_data(index: u64) -> u64 {
    0x1111_2222_3333_0000 + index
}

/// Writes calls down, and answers them.
#[derive(Default)]
struct Notes(Mutex<Vec<(Sys, [u64; 6])>>);

// SAFETY: events are written where there is room for as many as were asked for.
unsafe impl Kernel for Notes {
    unsafe fn syscall(&self, call: Sys, args: [u64; 6]) -> i64 {
        self.0.lock().unwrap().push((call, args));
        if call != Sys::EPOLL_PWAIT {
            return RESULT as i64;
        }
        let count = args[2].min(EVENTS);
        for i in 0..count {
            let event = (args[1] + 12 * i) as *mut u8;
            // SAFETY: the caller has room for `args[2]` events of at least 12 bytes.
            unsafe {
                event.cast::<u32>().write_unaligned(event_bits(i));
                event.add(4).cast::<u64>().write_unaligned(event_data(i));
            }
        }
        count as i64
    }
}

fn engine() -> Engine {
    let platform = wasmjit_unix::platform();
    let settings = Settings::new(Target::host().expect("a supported machine"));
    let jit = Arc::new(Jit::new(platform.clone(), settings).expect("an engine"));
    assert!(wasmjit_unix::register_code(jit.code_range()));
    Engine::new(platform, jit)
}

/// Checks that the handlers have made the calls that the descriptions say.
fn compare(direct: &Direct, cases: &[(Vec<i64>, Vec<Word>)], made: &[(Sys, [u64; 6])]) {
    let name = direct.name;
    assert!(made.len() >= cases.len(), "{name}: only {made:?}");
    let mut base = None;
    for ((parameters, words), (call, args)) in cases.iter().zip(made) {
        let called = call.name().unwrap_or_default().to_lowercase();
        assert_eq!(called, direct.call, "{name}");
        for (i, (word, arg)) in words.iter().zip(args).enumerate() {
            // Of arguments that only give room, nothing is said.
            match *word {
                Word::Number(number) => {
                    assert_eq!(*arg, number, "{name} {parameters:?}: argument {i}");
                }
                // A buffer of no length may be anywhere.
                Word::Address(_) if *arg == 0 => {}
                Word::Address(_) if matches!(direct.outcome, Outcome::Events(_)) => {}
                Word::Address(at) => {
                    let here = arg.wrapping_sub(at);
                    let base = *base.get_or_insert(here);
                    assert_eq!(here, base, "{name} {parameters:?}: argument {i}");
                }
            }
        }
    }
}

#[test]
fn descriptions_are_what_the_handlers_do() {
    let engine = engine();
    for direct in TABLE {
        let mut cases = cases(direct);
        if matches!(direct.outcome, Outcome::Events(_)) {
            // With fewer there is no last one.
            cases.retain(|(parameters, _)| parameters[2] >= EVENTS as i64);
        }
        assert!(!cases.is_empty(), "{}: all cases are declined", direct.name);
        let text = module(direct, &cases);
        let bytes = wat::parse_str(&text).unwrap();
        let module = Arc::new(Module::new(bytes).unwrap());
        let compiled = CompiledModule::new(&engine, module).unwrap();
        let notes = Arc::new(Notes::default());
        let mut store = Store::new(&engine, Box::new(()));
        let process = Process::builder(notes.clone())
            .args([b"direct".to_vec()])
            .build();
        let status = process.run(&mut store, &compiled).unwrap();
        let made = notes.0.lock().unwrap().clone();
        compare(direct, &cases, &made);
        match status {
            ExitStatus::Code(0) => {}
            other => panic!("{}: ended with {other:?}", direct.name),
        }
    }
}
