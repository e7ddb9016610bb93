//! Shared mappings where the guest's allocator is a liar: files come to lie in the
//! guest's memory and nowhere else.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use wasmjit_jit::{Jit, Settings, Target};
use wasmjit_module::Module;
use wasmjit_posix::{ExitStatus, Process};
use wasmjit_runtime::codegen::CodeGen;
use wasmjit_runtime::{CompiledModule, Engine, Store};

/// Bytes of a page of the guest's.
const PAGE: u64 = 64 << 10;

/// Pages of the guest's memory.
const PAGES: u64 = 8;

/// Runs a program whose allocator returns `block`: it maps `length` bytes of a file
/// there, writes `w` to the first and the last of them, ends the mapping if `unmaps`
/// says so, and returns 0, or the error of `_mmap_js`.
fn run(file: &File, block: u64, length: u64, unmaps: bool) -> ExitStatus {
    let fd = file.as_raw_fd();
    let unmap = match unmaps {
        true => format!(
            "(drop (call $munmap (i32.const {block}) (i32.const {length}) (i32.const 3) \
             (i32.const 1) (i32.const {fd}) (i64.const 0)))"
        ),
        false => String::new(),
    };
    let text = format!(
        r#"(module
        (import "env" "_mmap_js"
            (func $mmap (param i32 i32 i32 i32 i64 i32 i32) (result i32)))
        (import "env" "_munmap_js"
            (func $munmap (param i32 i32 i32 i32 i32 i64) (result i32)))
        (memory (export "memory") {PAGES})
        (func (export "memalign") (param i32 i32) (result i32) (i32.const {block}))
        (func (export "free") (param i32))
        (func (export "main") (param i32 i32) (result i32) (local $error i32)
            (local.set $error (call $mmap (i32.const {length}) (i32.const 3) (i32.const 1)
                (i32.const {fd}) (i64.const 0) (i32.const 16) (i32.const 20)))
            (if (local.get $error) (then (return (i32.sub (i32.const 0) (local.get $error)))))
            (i32.store8 (i32.load (i32.const 20)) (i32.const 119))
            (i32.store8
                (i32.sub (i32.add (i32.load (i32.const 20)) (i32.const {length})) (i32.const 1))
                (i32.const 119))
            {unmap}
            (i32.const 0)))"#
    );
    let platform = wasmjit_unix::platform();
    let settings = Settings::new(Target::host().expect("a supported machine"));
    let jit = Arc::new(Jit::new(platform.clone(), settings).expect("an engine"));
    assert!(wasmjit_unix::register_code(jit.code_range()));
    let engine = Engine::new(platform, jit);
    let module = Arc::new(Module::new(wat::parse_str(text).unwrap()).unwrap());
    let compiled = CompiledModule::new(&engine, module).unwrap();
    let mut store = Store::new(&engine, Box::new(()));
    let process = Process::builder(wasmjit_unix::kernel())
        .args([b"mapping".to_vec()])
        .build();
    process.run(&mut store, &compiled).unwrap()
}

/// A file without a name, of two pages of the letter `f`.
fn file() -> File {
    let path = std::env::temp_dir().join(format!(
        "wasmjit-mapping-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let mut options = File::options();
    let mut file = options
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    file.write_all(&vec![b'f'; 2 * PAGE as usize]).unwrap();
    file
}

/// Where a file holds something else than the letter `f`, and how long it is.
fn changes(mut file: &File) -> (Vec<usize>, usize) {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut content).unwrap();
    let at = (0..content.len()).filter(|&at| content[at] != b'f');
    (at.collect(), content.len())
}

#[test]
fn the_file_has_what_the_guest_writes() {
    let size = 2 * PAGE as usize;
    // Aligned, in the last pages, and not aligned, where a copy is made.
    for block in [PAGE, (PAGES - 2) * PAGE, PAGE + 16] {
        for unmaps in [false, true] {
            let file = file();
            let end = run(&file, block, 2 * PAGE, unmaps);
            assert_eq!(end.code(), 0, "block {block:#x}: {end:?}");
            assert_eq!(changes(&file), (vec![0, size - 1], size));
        }
    }
}

#[test]
fn a_part_of_a_page_is_mapped_with_the_rest_of_it() {
    let file = file();
    assert_eq!(run(&file, PAGE, 5000, true).code(), 0);
    assert_eq!(changes(&file).0, [0, 4999]);
}

#[test]
fn an_allocator_cannot_lead_out_of_memory() {
    let outside = [
        (PAGES * PAGE, PAGE),
        ((PAGES - 1) * PAGE, 2 * PAGE),
        ((PAGES - 1) * PAGE, u64::from(u32::MAX)),
        (u64::from(u32::MAX) - PAGE + 1, PAGE),
        (PAGE, PAGES * PAGE),
        (0, PAGE),
    ];
    for (block, length) in outside {
        let file = file();
        let end = run(&file, block, length, true);
        assert_ne!(end.code(), 0, "block {block:#x}: {end:?}");
        assert_eq!(changes(&file), (vec![], 2 * PAGE as usize));
    }
}
