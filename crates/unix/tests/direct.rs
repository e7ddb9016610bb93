//! The calls that compiled code can make itself, as `wasmjit-direct` describes them,
//! are those that the handlers make: same call, same arguments, same result.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use wasmjit_direct::layout::{self, Copying, Field};
use wasmjit_direct::{Argument, Condition, Direct, EAGAIN, Kind, Outcome, TABLE, WouldBlock};
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
const VALUES: [i64; 13] = [
    0,
    1,
    2,
    6,
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
    /// Of other memory.
    Scratch,
}

/// The call and its arguments that the description makes of parameters; `None` when it
/// declines them.
fn evaluate(direct: &Direct, parameters: &[i64]) -> Option<(&'static str, Vec<Word>)> {
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
    let buffer = |at: u64| {
        range(at, 8)?;
        let known = BUFFERS.iter().find(|(place, ..)| *place == at);
        // Elsewhere there are zeros; parameters do not point to other data.
        let (_, start, length) = known.copied().unwrap_or_default();
        range(u64::from(start), u64::from(length))?;
        Some((Word::Address(start.into()), Word::Number(length.into())))
    };
    let mut call = direct.call;
    let mut buffers = |at: u8, count: u8| match unsigned(count) {
        1 => buffer(unsigned(at)),
        count => {
            call = direct.vectored?;
            for index in 0..count {
                buffer(unsigned(at) + 8 * index)?;
            }
            Some((Word::Scratch, Word::Number(count)))
        }
    };
    // At other places there are zeros, as lengths.
    let room = |at: i32, length: i32| {
        if at == 0 || length == 0 {
            return Some(None);
        }
        range(u64::from(length as u32), 4)?;
        let known = BUFFERS
            .iter()
            .find(|(place, ..)| *place == u64::from(length as u32));
        let size = known.map_or(0, |(_, start, _)| u64::from(*start));
        range(u64::from(at as u32), size)?;
        Some(Some(size))
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
            Argument::BufferStart(at, count) => buffers(at, count)?.0,
            Argument::BufferLength(at, count) => buffers(at, count)?.1,
            Argument::Scratch(_) => Word::Scratch,
            Argument::Room(at, length) => match room(signed(at), signed(length))? {
                None => Word::Number(0),
                Some(_) => Word::Address(unsigned(at)),
            },
            Argument::RoomLength(at, length) => match room(signed(at), signed(length))? {
                None => Word::Number(0),
                Some(_) => Word::Scratch,
            },
            Argument::Event(at) => {
                range(unsigned(at), 16)?;
                Word::Scratch
            }
        });
    }
    words.resize(6, Word::Number(0));
    Some((call, words))
}

/// A set of parameters, with the call and its arguments that they are.
type Case = (Vec<i64>, &'static str, Vec<Word>);

/// Sets of parameters that are not declined.
fn cases(direct: &Direct) -> Vec<Case> {
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
        if let Some((call, words)) = evaluate(direct, &parameters) {
            found.push((parameters, call, words));
            if found.len() == CASES || direct.parameters.is_empty() {
                break;
            }
        }
    }
    found
}

/// A variant of the test.
#[derive(Debug, Clone, Copy, Default)]
struct How {
    /// The guest's `time_t` has 64 bits.
    time64: bool,
    /// All calls would block.
    blocks: bool,
}

/// The import's result when the call would block, if the description says it.
fn would_block(direct: &Direct) -> i32 {
    match direct.would_block() {
        WouldBlock::Result(result) => result,
        WouldBlock::PassedOn => 0,
    }
}

/// A module that makes the calls and ends with the number of the first whose result
/// is wrong, or with zero.
fn module(direct: &Direct, how: How, cases: &[Case]) -> String {
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
        {}
        (func (export \"main\") (param i32 i32) (result i32)\n",
        direct.module,
        direct.name,
        params.join(" "),
        MEMORY >> 16,
        // What only modules with a `time_t` of 64 bits have.
        match how.time64 {
            true => "(func (export \"_emscripten_stack_restore\") (param i32))",
            false => "",
        },
    );
    for (i, (parameters, ..)) in cases.iter().enumerate() {
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
            _ if how.blocks => (would_block(direct) as u32 as u64, String::new()),
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
            // The kernel has left the length as it was.
            Outcome::RoomLength(..) => (RESULT, String::new()),
            Outcome::Fields(at, fields) => (0, wrong_fields(address(at), fields)),
            Outcome::Time(at) => match how.time64 {
                true => (0, wrong_fields(address(at), layout::TIMESPEC64)),
                false => (0, wrong_fields(address(at), layout::TIMESPEC32)),
            },
            Outcome::Status(at) => match how.time64 {
                true => (0, wrong_fields(address(at), layout::STATUS_TIME64)),
                false => (0, wrong_fields(address(at), layout::STATUS_TIME32)),
            },
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

/// Whether one of the fields at an address is not what the kernel's structure becomes.
fn wrong_fields(at: i32, fields: &[Field]) -> String {
    let mut text = "(i32.const 0)".to_owned();
    for field in fields {
        let offset = usize::from(field.from);
        let long = u64::from_le_bytes(STRUCTURE[offset..][..8].try_into().unwrap());
        let (ty, value) = match field.copy {
            Copying::Long => ("i64", long),
            Copying::Word | Copying::Low => ("i32", long & 0xffff_ffff),
            Copying::Unsigned => ("i32", long.min(u32::MAX.into())),
            Copying::Signed => ("i32", (long as i64).min(i32::MAX.into()) as u64),
            Copying::Thousandth => ("i32", long / 1000),
            Copying::Zero => ("i32", 0),
        };
        write!(
            text,
            "({ty}.ne ({ty}.load offset={} (i32.const {at})) ({ty}.const {value})) (i32.or)",
            field.to
        )
        .unwrap();
    }
    text
}

/// What the kernel writes: numbers that are small enough for nanoseconds where those
/// stand.
const STRUCTURE: [u8; layout::STATUS as usize] = {
    let mut bytes = [0; layout::STATUS as usize];
    let mut i = 0;
    while i < bytes.len() {
        let long = i - i % 8;
        let small = matches!(long, 8 | 80 | 96 | 112);
        bytes[i] = match (i % 8, small) {
            (0..4, _) => i as u8 + 3,
            // Too large for 32 bits, in some fields.
            (4, false) if long % 16 == 0 => 1,
            _ => 0,
        };
        i += 1;
    }
    bytes
};

fn event_bits(index: u64) -> u32 {
    index as u32 + 1
}

fn event_data(index: u64) -> u64 {
    0x1111_2222_3333_0000 + index
}

/// Writes calls down, and answers them.
#[derive(Default)]
struct Notes {
    calls: Mutex<Vec<(Sys, [u64; 6])>>,
    blocks: bool,
}

// SAFETY: events are written where there is room for as many as were asked for.
unsafe impl Kernel for Notes {
    unsafe fn syscall(&self, call: Sys, args: [u64; 6]) -> i64 {
        self.calls.lock().unwrap().push((call, args));
        if self.blocks {
            return -EAGAIN;
        }
        let structure = match call {
            Sys::FSTAT => layout::STATUS,
            Sys::CLOCK_GETTIME => layout::TIME,
            _ => 0,
        };
        if structure > 0 {
            // SAFETY: the second argument is where these calls write so many bytes.
            unsafe {
                let to = args[1] as *mut u8;
                to.copy_from_nonoverlapping(STRUCTURE.as_ptr(), structure as usize);
            }
        }
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
fn compare(direct: &Direct, cases: &[Case], made: &[(Sys, [u64; 6])]) {
    let name = direct.name;
    assert!(made.len() >= cases.len(), "{name}: only {made:?}");
    let mut base = None;
    for ((parameters, expected, words), (call, args)) in cases.iter().zip(made) {
        let called = call.name().unwrap_or_default().to_lowercase();
        assert_eq!(called, *expected, "{name} {parameters:?}");
        for (i, (word, arg)) in words.iter().zip(args).enumerate() {
            // Of arguments that only give room, nothing is said.
            match *word {
                Word::Number(number) => {
                    assert_eq!(*arg, number, "{name} {parameters:?}: argument {i}");
                }
                // A buffer of no length may be anywhere.
                Word::Address(_) if *arg == 0 => {}
                Word::Scratch => assert_ne!(*arg, 0, "{name} {parameters:?}: argument {i}"),
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
        let how = How::default();
        check(&engine, direct, how);
        if matches!(direct.outcome, Outcome::Status(_) | Outcome::Time(_)) {
            let time64 = true;
            check(&engine, direct, How { time64, ..how });
        }
        if direct.would_block() != WouldBlock::PassedOn {
            let blocks = true;
            check(&engine, direct, How { blocks, ..how });
        }
    }
}

/// Checks a description with all its cases.
fn check(engine: &Engine, direct: &Direct, how: How) {
    let mut cases = cases(direct);
    if matches!(direct.outcome, Outcome::Events(_)) {
        // With fewer there is no last one.
        cases.retain(|(parameters, ..)| parameters[2] >= EVENTS as i64);
    }
    assert!(!cases.is_empty(), "{}: all cases are declined", direct.name);
    let text = module(direct, how, &cases);
    let bytes = wat::parse_str(&text).unwrap();
    let module = Arc::new(Module::new(bytes).unwrap());
    let compiled = CompiledModule::new(engine, module).unwrap();
    let notes = Arc::new(Notes {
        blocks: how.blocks,
        ..Notes::default()
    });
    let mut store = Store::new(engine, Box::new(()));
    let process = Process::builder(notes.clone())
        .args([b"direct".to_vec()])
        .build();
    let status = process.run(&mut store, &compiled).unwrap();
    let made = notes.calls.lock().unwrap().clone();
    compare(direct, &cases, &made);
    match status {
        ExitStatus::Code(0) => {}
        other => panic!("{}: ended with {other:?}", direct.name),
    }
}
