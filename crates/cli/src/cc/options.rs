//! What a command line for a compiler asks for.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A command line of a compiler, as far as it must be understood.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// The arguments for Emscripten, without `-o` and what only other linkers know.
    pub(super) arguments: Vec<OsString>,
    /// The name of the result.
    pub(super) output: Option<PathBuf>,
    stops_early: bool,
    has_inputs: bool,
}

/// Options whose value is the next argument.
const WITH_VALUE: [&str; 24] = [
    "-o",
    "-I",
    "-L",
    "-l",
    "-D",
    "-U",
    "-x",
    "-s",
    "-include",
    "-imacros",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-isysroot",
    "-iprefix",
    "-MF",
    "-MT",
    "-MQ",
    "-Xlinker",
    "-Xclang",
    "-Xpreprocessor",
    "-T",
    "-u",
    "-arch",
];

/// Options with which nothing is linked.
const STOPPING: [&str; 7] = ["-c", "-E", "-S", "-M", "-MM", "-fsyntax-only", "-r"];

/// Options for linkers of executable files of other kinds.
const FOREIGN: [&str; 14] = [
    "-rdynamic",
    "-static",
    "-static-libgcc",
    "-static-libstdc++",
    "-pie",
    "-no-pie",
    "-s",
    "-Wl,-E",
    "-Wl,--export-dynamic",
    "-Wl,--as-needed",
    "-Wl,--no-as-needed",
    "-Wl,-O1",
    "-Wl,--build-id",
    "-Wl,-Bsymbolic",
];

/// Beginnings of such options.
const FOREIGN_PREFIXES: [&str; 6] = [
    "-Wl,-z,",
    "-Wl,-rpath",
    "-Wl,-soname",
    "-Wl,--hash-style",
    "-Wl,-R",
    "-Wl,--version-script",
];

impl Options {
    /// Reads a command line.
    pub(super) fn of(arguments: &[OsString]) -> Self {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            options.take(argument, &mut arguments);
        }
        options
    }

    fn take<'a>(&mut self, argument: &'a OsStr, rest: &mut impl Iterator<Item = &'a OsString>) {
        let text = argument.to_string_lossy();
        if let Some(name) = text.strip_prefix("-o").filter(|name| !name.is_empty()) {
            self.output = Some(name.into());
            return;
        }
        match &*text {
            "-o" => {
                self.output = rest.next().map(PathBuf::from);
                return;
            }
            // `-s` alone leaves symbols out; before a setting it is Emscripten's.
            "-s" => {
                if let Some(setting) = rest.next() {
                    match is_setting(setting) {
                        true => self.arguments.extend(["-s".into(), setting.clone()]),
                        false => self.take(setting, rest),
                    }
                }
                return;
            }
            "-z" => {
                rest.next();
                return;
            }
            option if FOREIGN.contains(&option) => return,
            option
                if FOREIGN_PREFIXES
                    .iter()
                    .any(|start| option.starts_with(start)) =>
            {
                return;
            }
            option => {
                self.stops_early |= STOPPING.contains(&option);
                self.has_inputs |= !option.starts_with('-') || option == "-";
            }
        }
        self.arguments.push(argument.to_owned());
        if WITH_VALUE.contains(&&*text) {
            self.arguments.extend(rest.next().cloned());
        }
    }

    /// Whether there is anything to compile or to link.
    pub(super) fn has_inputs(&self) -> bool {
        self.has_inputs
    }

    /// Whether an executable file is wanted.
    pub(super) fn links(&self) -> bool {
        self.has_inputs && !self.stops_early && !self.output_is_object()
    }

    /// Whether Emscripten takes it for an object file because of its name.
    fn output_is_object(&self) -> bool {
        self.extension() == Some("o")
    }

    /// What the name of the result ends with.
    pub(super) fn extension(&self) -> Option<&str> {
        self.output.as_deref().map(Path::extension)??.to_str()
    }
}

/// Whether this is a setting of Emscripten's, as `EXIT_RUNTIME=1`.
fn is_setting(argument: &OsStr) -> bool {
    let text = argument.to_string_lossy();
    let name = text.split('=').next().unwrap_or_default();
    name.len() > 1
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Options {
        let arguments: Vec<OsString> = text.split(' ').map(OsString::from).collect();
        Options::of(&arguments)
    }

    #[test]
    fn compiling_is_not_linking() {
        assert!(!options("-c a.c -o a").links());
        assert!(!options("-E a.c").links());
        assert!(!options("-v").links());
        assert!(!options("--version").has_inputs());
        assert!(!options("-shared-libgcc -print-search-dirs").links());
        assert!(options("a.c").links());
        assert!(options("-I c a.o -lm").links());
    }

    #[test]
    fn values_are_no_inputs() {
        assert!(!options("-I include -L lib").has_inputs());
        assert!(options("-o a -").has_inputs());
    }

    #[test]
    fn the_result_is_taken_out() {
        let linked = options("-O2 a.c -o dir/prog -lz");
        assert_eq!(linked.output, Some("dir/prog".into()));
        assert_eq!(linked.arguments, ["-O2", "a.c", "-lz"]);
        assert_eq!(options("a.c -oprog.wasm").extension(), Some("wasm"));
    }

    #[test]
    fn symbols_and_settings_differ() {
        assert_eq!(options("-s a.o").arguments, ["a.o"]);
        let set = options("-s EXIT_RUNTIME=0 a.o");
        assert_eq!(set.arguments, ["-s", "EXIT_RUNTIME=0", "a.o"]);
    }

    #[test]
    fn options_of_other_linkers_are_left_out() {
        let linked = options("-rdynamic -Wl,-z,relro -z now -Wl,-rpath=/x -Wl,-E a.o");
        assert_eq!(linked.arguments, ["a.o"]);
    }
}
