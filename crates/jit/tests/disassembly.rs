//! The machine code of the shapes that matter, as files: a change of code
//! quality is seen in review.
//!
//! Each `tests/disassembly/NAME.wat` has a listing `NAME.TARGET.s` beside it.
//! `WASMJIT_BLESS=1 cargo test -p wasmjit-jit --test disassembly` writes them
//! anew. A module whose first line is `;; checked` is compiled with explicit
//! bounds checks.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use wasmjit_direct::Kind;
use wasmjit_jit::{Compiler, DirectPlaces, Settings, Target};
use wasmjit_module::Module;
use wasmjit_runtime::codegen::MemoryStyle;
use wasmjit_runtime::vm::VMOffsets;

fn listing(source: &str, target: Target) -> String {
    let module = Module::new(wat::parse_str(source).expect("valid text")).expect("valid module");
    let offsets = VMOffsets::new(&module);
    let mut settings = Settings::new(target);
    if source.starts_with(";; checked") {
        settings.memory_style = MemoryStyle::Checked;
    }
    let compiler = Compiler::new(&settings).expect("settings");
    let mut text = String::new();
    for defined in 0..module.defined_functions() {
        let index = module.imported_functions + defined;
        let name = module.function_name(index).unwrap_or("?");
        let code = compiler
            .listing(&module, &offsets, defined)
            .expect("compiles");
        writeln!(text, ";; {name}\n{}", code.trim_end()).unwrap();
    }
    if module.imported_functions > 0 {
        let code = compiler
            .host_trampoline_listing(module.function_type(0))
            .expect("compiles");
        writeln!(text, ";; host trampoline\n{}", code.trim_end()).unwrap();
    }
    text
}

fn check(target: Target, suffix: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disassembly");
    let bless = std::env::var_os("WASMJIT_BLESS").is_some();
    let mut sources: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of modules")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "wat"))
        .collect();
    sources.sort();
    assert!(!sources.is_empty());
    let mut differing = Vec::new();
    for path in sources {
        let source = fs::read_to_string(&path).expect("a module");
        let actual = listing(&source, target);
        let expected_path = path.with_extension(suffix);
        if bless {
            fs::write(&expected_path, &actual).expect("written");
            continue;
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if actual != expected {
            eprintln!("--- {}\n{actual}", expected_path.display());
            differing.push(expected_path);
        }
    }
    assert!(
        differing.is_empty(),
        "generated code changed: {differing:?}; look at the change, then write the files anew \
         with WASMJIT_BLESS=1"
    );
}

#[test]
fn x86_64() {
    check(Target::X86_64, "x86_64.s");
}

#[test]
fn aarch64() {
    check(Target::Aarch64, "aarch64.s");
}

/// Trampolines that make system calls, as the kernel module has them made.
#[test]
fn direct_calls() {
    let mut settings = Settings::new(Target::X86_64);
    settings.indirect_branch = Some(0x1000);
    let places = DirectPlaces {
        memory: 0x2000,
        result: 0x2008,
        scratch: 0x7000,
        time64: false,
        watched: (0x3000, 0x46),
        signals: (0x4000, 0x2_0004),
        context: 0x5000,
        system_call: 0x6000,
    };
    let compiler = Compiler::new(&settings).expect("settings");
    let mut actual = String::new();
    for (module, name, parameters) in [
        ("env", "__syscall_getppid", &[][..]),
        ("wasi_snapshot_preview1", "fd_write", &[Kind::I32; 4]),
        ("env", "epoll_wait", &[Kind::I32; 4]),
        ("env", "epoll_ctl", &[Kind::I32; 4]),
        ("env", "gettimeofday", &[Kind::I32; 2]),
        ("env", "__syscall_accept4", &[Kind::I32; 6]),
    ] {
        let direct = wasmjit_direct::lookup(module, name, parameters).expect("described");
        let code = compiler.direct_trampoline_listing(direct, &places);
        writeln!(actual, ";; {name}\n{}", code.expect("compiles").trim_end()).unwrap();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disassembly");
    let path = folder.join("direct_calls.x86_64.s");
    if std::env::var_os("WASMJIT_BLESS").is_some() {
        fs::write(&path, &actual).expect("written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "generated code changed; look at the change, then write the file anew with \
         WASMJIT_BLESS=1:\n{actual}"
    );
}
