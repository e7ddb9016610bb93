//! Emscripten's tests as its package ships them: programs with their expected output beside them.
//!
//! How a test is built stands in Emscripten's own test scripts, in Python. What is needed of them is
//! found by simple means: settings, options and arguments that stand as literals in the function that
//! names the program.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where Debian's package has them.
pub(super) const FOLDER: &str = "/usr/share/emscripten/tests";

/// The scripts that say how programs are built.
const SCRIPTS: [&str; 2] = ["test_core.py", "test_other.py"];

/// Folders of programs that need a browser, or another system than POSIX.
const LEFT_OUT: [&str; 6] = [
    "asmfs",
    "browser",
    "embind",
    "interop",
    "wasmfs",
    "websocket",
];

/// A program with its expected output.
pub(super) struct Test {
    /// Its path in the folder.
    pub(super) name: String,
    pub(super) source: PathBuf,
    pub(super) expected: String,
    /// Options for the compiler.
    pub(super) flags: Vec<String>,
    pub(super) arguments: Vec<String>,
    /// It is meant to fail.
    pub(super) fails: bool,
    /// What the script does that only JavaScript or Python can.
    pub(super) foreign: Option<&'static str>,
}

/// Signs in a script that the program alone is not the test: JavaScript beside it, side modules,
/// outputs that are converted before they are compared.
const FOREIGN: [&str; 9] = [
    "add_pre_run(",
    "pre_js",
    "post_js",
    "output_nicerizer",
    "do_dyncall",
    "prep_dlfcn",
    "dylink_test",
    "'-sASYNCIFY",
    "create_file(",
];

/// All tests, by name.
pub(super) fn find() -> Result<Vec<Test>> {
    let folder = Path::new(FOLDER);
    let mut scripts = Vec::new();
    for script in SCRIPTS {
        let path = folder.join(script);
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}: the tests come with Debian's package emscripten",
                path.display()
            )
        })?;
        scripts.extend(functions(&text));
    }
    let mut outputs = Vec::new();
    outputs_in(folder, &mut outputs)?;
    let mut tests = Vec::new();
    for output in outputs {
        let sources = ["c", "cpp", "cc"].map(|extension| output.with_extension(extension));
        let Some(source) = sources.into_iter().find(|source| source.exists()) else {
            continue;
        };
        let name = source.strip_prefix(folder)?.display().to_string();
        if LEFT_OUT.iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        let expected = String::from_utf8_lossy(&fs::read(&output)?).into_owned();
        let described = scripts.iter().find(|script| script.names(&name));
        let Script {
            flags,
            arguments,
            fails,
            foreign,
            ..
        } = described.cloned().unwrap_or_else(|| Script {
            flags: threads(&source).into_iter().collect(),
            ..Script::default()
        });
        let dynamic = name.contains("dylink").then_some("dynamic linking");
        tests.push(Test {
            name,
            source,
            expected,
            flags,
            arguments,
            fails,
            foreign: foreign.or(dynamic),
        });
    }
    tests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tests)
}

/// The option that a program with threads needs, of which no script says how it is built.
fn threads(source: &Path) -> Option<String> {
    let text = fs::read(source).ok()?;
    let text = String::from_utf8_lossy(&text);
    let uses = [
        "pthread.h",
        "<threads.h>",
        "<thread>",
        "emscripten/threading.h",
    ];
    let uses = uses.iter().any(|header| text.contains(header));
    uses.then(|| "-pthread".to_string())
}

/// Collects the expected outputs in a folder and those below it.
fn outputs_in(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            outputs_in(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "out") {
            found.push(path);
        }
    }
    Ok(())
}

/// What a function of a test script says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Script {
    /// The programs that it builds.
    programs: Vec<String>,
    flags: Vec<String>,
    arguments: Vec<String>,
    fails: bool,
    foreign: Option<&'static str>,
}

impl Script {
    fn names(&self, test: &str) -> bool {
        self.programs.iter().any(|program| program == test)
    }
}

/// The functions of a script.
fn functions(text: &str) -> Vec<Script> {
    let parts: Vec<&str> = text.split("\n  def ").collect();
    let pairs = parts.windows(2);
    pairs
        .map(|pair| {
            let mut script = function(pair[1]);
            // Decorators stand at the end of what is before.
            let decorators = pair[0]
                .lines()
                .rev()
                .take_while(|line| line.starts_with("  @"));
            for decorator in decorators {
                if decorator.contains("pthreads") {
                    script.flags.push("-pthread".into());
                }
                if decorator.contains("no_optimize") {
                    script.flags.push("-O0".into());
                }
            }
            script
        })
        .collect()
}

fn function(text: &str) -> Script {
    let mut script = Script::default();
    // What stands after the program is for another one.
    let first = text.find("    self.do_").unwrap_or(text.len());
    let before = &text[..first];
    for (call, folder) in [
        ("do_core_test(", "core"),
        ("do_other_test(", "other"),
        ("do_run_in_out_file_test(", ""),
    ] {
        for (at, _) in text.match_indices(call) {
            let mut parts: Vec<String> = literals(&text[at + call.len()..]);
            if !folder.is_empty() {
                parts.insert(0, folder.into());
            }
            script.programs.push(parts.join("/"));
            let line = text[at..].lines().next().unwrap_or_default();
            if let Some((_, options)) = line.split_once("emcc_args=[") {
                script.flags.extend(literals(options));
            }
            if let Some((_, words)) = line.split_once("args='") {
                let words = words.split('\'').next().unwrap_or_default();
                script.arguments = words.split(' ').map(String::from).collect();
            }
        }
    }
    for (at, call) in before.match_indices("self.set_setting(") {
        let rest = &before[at + call.len()..];
        let Some(name) = literals(rest).into_iter().next() else {
            continue;
        };
        let end = rest.find([')', '\n']).unwrap_or(rest.len());
        let value = rest[..end]
            .split_once(',')
            .map_or("1", |(_, value)| value.trim());
        let list = literals(value.trim_start_matches('[')).join(",");
        let value = match list.as_str() {
            "" => value,
            list => list,
        };
        script.flags.push(format!("-s{name}={value}"));
    }
    for call in ["emcc_args += [", "emcc_args.append("] {
        for (at, _) in before.match_indices(call) {
            script.flags.extend(literals(&before[at + call.len()..]));
        }
    }
    if text.contains("setup_node_pthreads()") {
        script.flags.push("-pthread".into());
    }
    if let Some(at) = text.find(" args=[") {
        script.arguments = literals(&text[at + " args=[".len()..]);
    }
    script.fails = text.contains("assert_returncode=");
    script.foreign = FOREIGN.into_iter().find(|sign| text.contains(sign));
    script
}

/// The string literals at the beginning, up to what is none.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', ',', '\n']);
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return found;
        };
        let Some((literal, after)) = rest[1..].split_once(quote) else {
            return found;
        };
        found.push(literal.into());
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_understood() {
        let text = "class core:\n  def test_a(self):\n    self.set_setting('EXIT_RUNTIME')\n    \
            self.set_setting('LIST', ['x', 'y'])\n    self.set_setting('SIZE', 5)\n    \
            self.emcc_args += ['-O2', '-DX=1']\n    self.do_core_test('test_a.c', args=['-t', '12'])\n\
            \n  def test_b(self):\n    \
            self.do_run_in_out_file_test('math', 'b.c', assert_returncode=NON_ZERO)\n";
        let strings = |list: &[&str]| list.iter().map(|s| (*s).to_string()).collect::<Vec<_>>();
        assert_eq!(
            functions(text),
            [
                Script {
                    programs: strings(&["core/test_a.c"]),
                    flags: strings(&["-sEXIT_RUNTIME=1", "-sLIST=x,y", "-sSIZE=5", "-O2", "-DX=1"]),
                    arguments: strings(&["-t", "12"]),
                    ..Script::default()
                },
                Script {
                    programs: strings(&["math/b.c"]),
                    fails: true,
                    ..Script::default()
                },
            ]
        );
    }
}
