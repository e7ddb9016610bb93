//! Running another program in this process: a WebAssembly module by wasmjit
//! itself, anything else by the system.

use crate::linux::last_error;
use crate::process::add_inherited;
use crate::program::{START, end_of_line, module_start};
use crate::signals;
use std::ffi::{CStr, CString, OsStr, c_char};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use wasmjit_posix::{Errno, Sys};

/// This program, whatever has become of its file.
const OWN: &CStr = c"/proc/self/exe";

/// How many scripts may be each other's interpreters; Linux allows as many.
const DEPTH: u32 = 4;

/// What a file is, as far as it matters here.
enum Kind {
    /// A module, perhaps after a line that names what runs it.
    Module,
    /// A script with an interpreter and perhaps an argument for it.
    Script(Vec<u8>, Option<Vec<u8>>),
    /// The system's.
    Other,
}

/// As [`wasmjit_posix::Kernel::execute`].
pub(crate) fn execute(path: &[u8], arguments: &[Vec<u8>], environment: &[Vec<u8>]) -> Errno {
    let mut environment = environment.to_vec();
    add_inherited(&mut environment);
    let (own, list) = match module_of(path, arguments) {
        Ok(Some(list)) => (true, list),
        Ok(None) => (false, arguments.to_vec()),
        Err(errno) => return errno,
    };
    let texts = |list: Vec<Vec<u8>>| -> Result<Vec<CString>, Errno> {
        let texts = list.into_iter().map(CString::new).collect::<Result<_, _>>();
        texts.map_err(|_| Errno::EINVAL)
    };
    let Ok(path) = CString::new(path) else {
        return Errno::EINVAL;
    };
    match (texts(list), texts(environment)) {
        (Ok(arguments), Ok(environment)) => {
            let program = if own { OWN } else { &path };
            let (arguments, environment) = (pointers(&arguments), pointers(&environment));
            let (path, number) = (program.as_ptr() as u64, Sys::EXECVE.number() as u64);
            let lists = [arguments.as_ptr() as u64, environment.as_ptr() as u64];
            // A signal that was caught is delivered first: until then others are
            // blocked, and would be so in the new program.
            // SAFETY: strings and arrays that end with a null, which live on.
            let result = unsafe { signals::syscall(number, [path, lists[0], lists[1], 0, 0, 0]) };
            Errno::check(result).err().unwrap_or(Errno::EIO)
        }
        (Err(errno), _) | (_, Err(errno)) => errno,
    }
}

/// An array of addresses with a null at its end.
fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    let addresses = texts.iter().map(|text| text.as_ptr());
    addresses.chain([ptr::null()]).collect()
}

/// The arguments for wasmjit to run a program, if that or the interpreter of a
/// script is a module.
fn module_of(path: &[u8], arguments: &[Vec<u8>]) -> Result<Option<Vec<Vec<u8>>>, Errno> {
    let mut path = path.to_vec();
    let mut arguments = arguments.to_vec();
    for _ in 0..=DEPTH {
        match kind_of(&path) {
            Kind::Other => return Ok(None),
            Kind::Module => {
                may_execute(&path)?;
                let mut name = b"--argv0=".to_vec();
                name.extend(arguments.first().into_iter().flatten());
                let mut list = vec![b"wasmjit".to_vec(), b"run".to_vec(), name, b"--".to_vec()];
                list.push(path);
                list.extend(arguments.into_iter().skip(1));
                return Ok(Some(list));
            }
            Kind::Script(interpreter, argument) => {
                may_execute(&path)?;
                let rest = arguments.into_iter().skip(1);
                let script = std::mem::replace(&mut path, interpreter.clone());
                arguments = [interpreter].into_iter().chain(argument).collect();
                arguments.push(script);
                arguments.extend(rest);
            }
        }
    }
    Err(Errno::ELOOP)
}

/// Whether this user may execute the file.
fn may_execute(path: &[u8]) -> Result<(), Errno> {
    let path = CString::new(path).map_err(|_| Errno::EINVAL)?;
    // SAFETY: a string that ends with a zero.
    let result =
        unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::X_OK, libc::AT_EACCESS) };
    match result {
        0 => Ok(()),
        _ => Err(last_error()),
    }
}

fn kind_of(path: &[u8]) -> Kind {
    let path = OsStr::from_bytes(path);
    let mut start = Vec::new();
    // Not to be stopped by a pipe, and what cannot be read is the system's.
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return Kind::Other;
    }
    let read = File::open(path).and_then(|file| file.take(START as u64).read_to_end(&mut start));
    match read {
        Ok(_) => kind(&start),
        Err(_) => Kind::Other,
    }
}

/// What a file with this beginning is.
fn kind(start: &[u8]) -> Kind {
    if module_start(start).is_some() {
        return Kind::Module;
    }
    let Some(line) = start.strip_prefix(b"#!") else {
        return Kind::Other;
    };
    let Some(end) = end_of_line(line) else {
        return Kind::Other;
    };
    let line = line[..end].trim_ascii();
    let blank = line.iter().position(|byte| matches!(byte, b' ' | b'\t'));
    let (interpreter, argument) = line.split_at(blank.unwrap_or(line.len()));
    let argument = argument.trim_ascii();
    match interpreter.is_empty() {
        true => Kind::Other,
        false => Kind::Script(
            interpreter.to_vec(),
            (!argument.is_empty()).then(|| argument.to_vec()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        assert!(matches!(kind(b"\0asm\x01\0\0\0"), Kind::Module));
        assert!(matches!(
            kind(b"#!/usr/bin/wasmjit\n\0asm\x01"),
            Kind::Module
        ));
        assert!(matches!(kind(b"\x7fELF"), Kind::Other));
        assert!(matches!(kind(b"#!\n"), Kind::Other));
        assert!(matches!(kind(b"#!/bin/sh"), Kind::Other));
        match kind(b"#! /bin/sh  -e x \necho") {
            Kind::Script(interpreter, argument) => {
                assert_eq!(interpreter, b"/bin/sh");
                assert_eq!(argument.as_deref(), Some(&b"-e x"[..]));
            }
            _ => panic!("a script"),
        }
    }

    #[test]
    fn what_is_not_there() {
        let errno = execute(b"/nonexistent", &[], &[]);
        assert_eq!(errno, Errno::ENOENT);
    }
}
