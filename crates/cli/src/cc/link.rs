//! From object files to a program.

use super::javascript;
use super::options::Options;
use super::toolchain::{self, Toolchain, Version};
use crate::failure::{FAILURE, Failure, SUCCESS, Status};
use crate::work_folder::WorkFolder;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use wasmjit_module::Module;
use wasmjit_posix::ImportStatus;

/// Settings for all programs; those on the command line come later and win.
const SETTINGS: [&str; 7] = [
    // What is undefined is wasmjit's; whether that is so is checked here.
    "-sERROR_ON_UNDEFINED_SYMBOLS=0",
    "-sWARN_ON_UNDEFINED_SYMBOLS=0",
    // `exit` runs the functions of atexit and writes buffers out.
    "-sEXIT_RUNTIME=1",
    "-sNODERAWFS=1",
    "-sALLOW_MEMORY_GROWTH=1",
    // It warns of slow JavaScript.
    "-Wno-pthreads-mem-growth",
    // Names of functions, for backtraces and profiles.
    "--profiling-funcs",
];

/// Options for the linker itself.
const LINKER: [&str; 4] = [
    // Where functions of wasmjit's leave the number of an error. Newer versions
    // export it only for functions of JavaScript that ask for it.
    "-Wl,--export-if-defined=__errno_location",
    // Ours take the place of the C library's, though an object file has them beside
    // others that are needed.
    "-Wl,--wrap=pthread_atfork",
    "-Wl,--wrap=sched_get_priority_max",
    "-Wl,--wrap=sched_get_priority_min",
];

/// Size of the stack, as in versions before 3.1.27, which have another name for it.
const STACK: &str = "-sSTACK_SIZE=5MB";

/// Links a program; returns the exit status.
pub(super) fn link(
    toolchain: &Toolchain,
    sysroot: &Path,
    options: &Options,
) -> Result<Status, Failure> {
    let output = options.output.clone().unwrap_or_else(|| "a.out".into());
    let work = work_folder(&output)?;
    let script = work.path().join("program.js");
    let mut command = toolchain.command();
    command.args(SETTINGS).args(LINKER).args(super::COMPILING);
    if toolchain.version() >= Version([3, 1, 27]) {
        command.arg(STACK);
    }
    command
        .arg(format!("-L{}", sysroot.join("lib").display()))
        .args(
            options
                .arguments
                .iter()
                .map(|argument| plain_level(argument)),
        )
        .arg("-idirafter")
        .arg(sysroot.join("include"));
    // Newer versions allow for other definitions of what they lack.
    if toolchain.version() > Version([3, 1, 6]) {
        command.arg("-lwasmjit");
    }
    javascript::spare(&mut command, toolchain, options, work.path(), sysroot)?;
    let status = toolchain::status(command.arg("-o").arg(&script))?;
    if status != SUCCESS {
        return Ok(status);
    }
    let cannot = |path: &Path, error| Failure::io(path, "cannot be read", &error);
    let module = work.path().join("program.wasm");
    let bytes = fs::read(&module).map_err(|error| cannot(&module, error))?;
    if report_undefined(&bytes)? {
        return Ok(FAILURE);
    }
    match options.extension() {
        Some("wasm") => write(&output, &[&bytes])?,
        Some("js") => {
            let script_text = fs::read(&script).map_err(|error| cannot(&script, error))?;
            write(&output.with_extension("wasm"), &[&bytes])?;
            write(&output, &[&script_text])?;
        }
        _ => write(&output, &[&first_line()?, &bytes])?,
    }
    Ok(SUCCESS)
}

/// An argument, in place of which stands `-O2` where it would shorten the names of
/// imports. One such argument is enough for that, whatever level comes later.
fn plain_level(argument: &OsStr) -> &OsStr {
    match argument.as_bytes() {
        b"-O3" | b"-O4" | b"-Ofast" | b"-Os" | b"-Oz" => OsStr::new("-O2"),
        _ => argument,
    }
}

/// Tells what neither the program nor wasmjit defines, as linkers do; returns
/// whether there is anything.
fn report_undefined(bytes: &[u8]) -> Result<bool, Failure> {
    let module = Module::new(bytes)
        .map_err(|error| Failure::usage(format_args!("the linked module is damaged: {error}")))?;
    let mut any = false;
    for import in wasmjit_posix::inspect(&module, None) {
        if let ImportStatus::Unknown { .. } = import.status {
            any = true;
            // Standard error may be closed.
            let _ = writeln!(
                std::io::stderr(),
                "wasmjit: error: undefined symbol: {}",
                import.name
            );
        }
    }
    Ok(any)
}

/// What makes a file that begins with it a program of wasmjit's.
fn first_line() -> Result<Vec<u8>, Failure> {
    /// Linux reads so much of a file to find out how to start it.
    const MAX: usize = 255;
    let this = std::env::current_exe()
        .map_err(|error| Failure::usage(format_args!("where is wasmjit? {error}")))?;
    let line = [b"#!", this.as_os_str().as_bytes(), b"\n"].concat();
    if line.len() > MAX {
        return Err(Failure::io(
            &this,
            "programs cannot name it in their first line",
            &std::io::Error::from_raw_os_error(libc::ENAMETOOLONG),
        ));
    }
    Ok(line)
}

/// Writes an executable file in the place of one that may be running.
fn write(path: &Path, parts: &[&[u8]]) -> Result<(), Failure> {
    let cannot = |error| Failure::io(path, "cannot be written", &error);
    match fs::symlink_metadata(path) {
        // As other linkers do; devices stay.
        Ok(metadata) if metadata.is_file() => fs::remove_file(path).map_err(cannot)?,
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o777)
        .open(path)
        .map_err(cannot)?;
    for part in parts {
        file.write_all(part).map_err(cannot)?;
    }
    Ok(())
}

/// A folder for what comes before the result, beside it: it is moved from there.
fn work_folder(output: &Path) -> Result<WorkFolder, Failure> {
    const NAME: &str = ".wasmjit-link";
    match output.parent() {
        Some(parent) if output.is_file() || !output.exists() => WorkFolder::new(parent, NAME),
        // The result is a device.
        _ => WorkFolder::new(&std::env::temp_dir(), NAME),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_shortens_names() {
        for level in ["-O3", "-Os", "-Oz", "-Ofast"] {
            assert_eq!(plain_level(OsStr::new(level)), "-O2");
        }
        for other in ["-O0", "-O1", "-O2", "-Og", "a.o", "-Others"] {
            assert_eq!(plain_level(OsStr::new(other)), other);
        }
    }
}
