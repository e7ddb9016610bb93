//! The JavaScript beside a module whose names are minified.

use super::{Verdict, digest};
use crate::rng::Rng;
use crate::seeds;
use wasmjit_module::Module;
use wasmjit_posix::{Glue, inspect, is_minified};

/// What versions of Emscripten write, shortened.
const SEEDS: [&str; 2] = [
    r#"var asmLibraryArg={"f":___syscall_stat64,"d":_fd_write,"b":_getTempRet0,"c":invoke_iii};
wasmMemory=Module["asm"]["l"];wasmTable=Module["asm"]["o"];addOnInit(Module["asm"]["m"]);
var _main=Module["_main"]=function(){return(_main=Module["_main"]=Module["asm"]["n"]).apply(null,arguments)};"#,
    r#"var wasmImports={e:__abort_js,a:_fd_write,invoke_ii};
function initRuntime(){runtimeInitialized=true;wasmExports["c"]()}wasmMemory=wasmExports["b"];
var _main=Module["_main"]=(a0,a1)=>(_main=Module["_main"]=wasmExports["d"])(a0,a1);
function assignWasmExports(wasmExports){_malloc=wasmExports["g"];_free=wasmExports.h}"#,
];

/// A module to read names for.
pub(super) struct Script(Module);

impl Script {
    pub(super) fn new() -> Self {
        Self(Module::new(seeds::HELLO).expect("the example is valid"))
    }

    pub(super) fn seed(at: usize) -> &'static [u8] {
        SEEDS[at % SEEDS.len()].as_bytes()
    }

    pub(super) fn run(&self, bytes: &[u8]) -> Verdict {
        let Ok(glue) = Glue::parse(&String::from_utf8_lossy(bytes)) else {
            return Verdict::Refused;
        };
        let mut rng = Rng::of_case(digest(bytes), 0);
        for name in ["a", "b", "c", "d", "e", "f", "l", "m", "n", "o"] {
            glue.import("a", name);
            glue.export(name);
        }
        if rng.one_in(16) {
            inspect(&self.0, Some(&glue));
            is_minified(&self.0);
        }
        Verdict::Accepted
    }
}
