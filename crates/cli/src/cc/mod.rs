//! `wasmjit cc`, `wasmjit c++`, `wasmjit ar` and `wasmjit ranlib`: Emscripten as
//! the compiler of an ordinary Unix system.
//!
//! They are for `configure`, `make` and CMake: programs are linked with the
//! library of [`sysroot`], with undefined symbols that wasmjit provides, and
//! come out as one executable file.

pub(crate) mod javascript;
mod link;
mod options;
mod sysroot;
mod toolchain;

use crate::failure::{Failure, Status};
use options::Options;
use std::ffi::OsString;
use toolchain::Toolchain;

/// Which tool is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// The compiler of C.
    C,
    /// The compiler of C++.
    Cpp,
    /// The archiver.
    Ar,
    /// The indexer of archives.
    Ranlib,
}

impl Tool {
    /// The tool with this name, as `cc`; the file `wasmjit-cc` may be a link to
    /// wasmjit.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "cc" => Self::C,
            "c++" => Self::Cpp,
            "ar" => Self::Ar,
            "ranlib" => Self::Ranlib,
            _ => return None,
        })
    }

    /// What Emscripten calls it.
    fn emscripten(self) -> &'static str {
        match self {
            Self::C => "emcc",
            Self::Cpp => "em++",
            Self::Ar => "emar",
            Self::Ranlib => "emranlib",
        }
    }
}

/// Options for compiling; those on the command line come later and win.
///
/// Without threads, Clang would turn atomic operations into plain ones, but processes
/// share memory as well; and thread-local variables into others unless it may use
/// both, but `-pthread` may come when linking alone. When it does not come at all,
/// the linker gets those variables wrong that are addressed from the start of a
/// thread's block, so all are addressed by themselves.
const COMPILING: [&str; 3] = ["-matomics", "-mbulk-memory", "-ftls-model=initial-exec"];

/// Does what the tool does; returns its exit status.
pub(crate) fn run(tool: Tool, arguments: &[OsString]) -> Result<Status, Failure> {
    let toolchain = Toolchain::find(tool)?;
    if matches!(tool, Tool::Ar | Tool::Ranlib) {
        return toolchain::status(toolchain.command().args(arguments));
    }
    let options = Options::of(arguments);
    let sysroot = sysroot::ensure(&toolchain)?;
    let mut command = toolchain.command();
    // After Emscripten's own headers, so that only those that it lacks come
    // from here.
    let include = sysroot.join("include");
    if options.links() {
        return link::link(&toolchain, &sysroot, &options);
    }
    if options.has_inputs() {
        command.args(COMPILING).arg("-idirafter").arg(include);
    }
    toolchain::status(command.args(arguments))
}
