//! What a command line for a compiler asks for.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
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
    /// Whether the next word for the linker belongs to an option that was left out.
    value_follows: bool,
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

/// Options for executable files of other kinds.
const FOREIGN: [&str; 7] = [
    "-rdynamic",
    "-static",
    "-static-libgcc",
    "-static-libstdc++",
    "-pie",
    "-no-pie",
    "-s",
];

/// Options that linkers of other kinds of files take, without the dashes, which
/// programs do not depend on: how things are laid out and found at the start, and
/// what is reported. Whether a value follows, unless it stands behind `=`.
const FOREIGN_LINKER: [(&str, bool); 35] = [
    ("as-needed", false),
    ("no-as-needed", false),
    ("Bdynamic", false),
    ("Bstatic", false),
    ("Bsymbolic", false),
    ("Bsymbolic-functions", false),
    ("build-id", false),
    ("copy-dt-needed-entries", false),
    ("no-copy-dt-needed-entries", false),
    ("cref", false),
    ("disable-new-dtags", false),
    ("enable-new-dtags", false),
    ("dynamic-linker", true),
    ("dynamic-list", true),
    ("E", false),
    ("eh-frame-hdr", false),
    ("export-dynamic", false),
    ("hash-style", true),
    ("Map", true),
    ("no-keep-memory", false),
    ("no-undefined", false),
    ("O1", false),
    ("R", true),
    ("reduce-memory-overheads", false),
    ("relax", false),
    ("rpath", true),
    ("rpath-link", true),
    ("soname", true),
    ("sort-common", false),
    ("sort-section", true),
    ("stats", false),
    ("version-script", true),
    ("warn-common", false),
    ("warn-once", false),
    ("z", true),
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
            "-Xlinker" => {
                if let Some(word) = rest.next().filter(|word| self.knows(word.as_bytes())) {
                    self.arguments.extend(["-Xlinker".into(), word.clone()]);
                }
                return;
            }
            option if FOREIGN.contains(&option) => return,
            option if option.starts_with("-Wl,") => {
                let words = argument.as_bytes().split(|byte| *byte == b',');
                let known: Vec<_> = words.skip(1).filter(|word| self.knows(word)).collect();
                if !known.is_empty() {
                    let list = [b"-Wl,", &*known.join(&b',')].concat();
                    self.arguments.push(OsString::from_vec(list));
                }
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

    /// Whether a word for the linker is to be passed on: those are left out that only
    /// other linkers know.
    fn knows(&mut self, word: &[u8]) -> bool {
        if std::mem::take(&mut self.value_follows) {
            return false;
        }
        let Some(option) = word.strip_prefix(b"--").or(word.strip_prefix(b"-")) else {
            return true;
        };
        let mut parts = option.splitn(2, |byte| *byte == b'=');
        let name = parts.next().unwrap_or_default();
        let mut foreign = FOREIGN_LINKER.iter();
        let Some((_, has_value)) = foreign.find(|(known, _)| known.as_bytes() == name) else {
            return true;
        };
        self.value_follows = *has_value && parts.next().is_none();
        false
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

    /// Whether there are options that only Emscripten has: settings, JavaScript, files
    /// with more options.
    pub(super) fn has_settings(&self) -> bool {
        self.arguments.iter().any(|argument| {
            let text = argument.as_bytes();
            let setting = text.strip_prefix(b"-s").and_then(|name| name.first());
            matches!(setting, Some(b'A'..=b'Z'))
                || text == b"-s"
                || text.starts_with(b"--")
                || text.starts_with(b"@")
                || text.ends_with(b".js")
        })
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
    fn settings_are_emscriptens() {
        for text in [
            "-sASSERTIONS a.o",
            "-s ASYNCIFY=1 a.o",
            "a.o --js-library=x.js",
            "a.o @more",
            "a.o -lfoo.js",
        ] {
            assert!(options(text).has_settings(), "{text}");
        }
        let plain = options("-std=c99 -s -g -O2 -Wl,--gc-sections a.o -o a.js -lm -shared-libgcc");
        assert!(!plain.has_settings());
    }

    #[test]
    fn options_of_other_linkers_are_left_out() {
        let linked = options("-rdynamic -Wl,-z,relro -z now -Wl,-rpath=/x -Wl,-E a.o");
        assert_eq!(linked.arguments, ["a.o"]);
        let linked = options("-Wl,-rpath -Wl,/x -Xlinker -soname -Xlinker y -Wl,--build-id=z a.o");
        assert_eq!(linked.arguments, ["a.o"]);
        let linked = options("-Wl,--warn-common,--gc-sections -Wl,-Map,a.map,--verbose a.o");
        assert_eq!(
            linked.arguments,
            ["-Wl,--gc-sections", "-Wl,--verbose", "a.o"]
        );
        let linked = options("-Xlinker --gc-sections -Wl,--start-group,a.a,--end-group a.o");
        assert_eq!(
            linked.arguments,
            [
                "-Xlinker",
                "--gc-sections",
                "-Wl,--start-group,a.a,--end-group",
                "a.o"
            ]
        );
    }
}
