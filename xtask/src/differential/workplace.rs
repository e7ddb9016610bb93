//! The folder that a case is run in, and one run in it.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::inputs;
use super::tree::Tree;
use crate::command::{Captured, capture};
use crate::programs::recipe::{Case, Content, Program};

/// What the environment keeps of ours.
const KEPT_VARIABLES: [&str; 3] = ["PATH", "HOME", "XDG_CACHE_HOME"];

/// What a program is run by.
pub(crate) enum Runner {
    /// The processor: the file is an executable.
    Native,
    /// A command that gets the module's path and the arguments.
    Wasmjit(Vec<OsString>),
    /// Node with Emscripten's JavaScript, which lies beside the module.
    Node,
}

impl Runner {
    /// Whether it can run a module: Node needs the JavaScript.
    pub(crate) fn can_run(&self, module: &Path) -> bool {
        !matches!(self, Runner::Node) || module.with_extension("js").exists()
    }
}

/// What a run did.
pub(crate) struct Outcome {
    /// How it ended and what it said.
    pub(crate) captured: Captured,
    /// What it left.
    pub(crate) tree: Tree,
}

/// A folder for the runs of one case. Each of them finds the same files at the
/// same paths, so that what it prints does not depend on who runs it.
pub(crate) struct Workplace<'a> {
    dir: PathBuf,
    program: &'a Program,
    case: &'a Case,
    source: &'a Path,
    keep: bool,
}

impl<'a> Workplace<'a> {
    /// A place for the runs of `case`; `dir` must not exist.
    pub(crate) fn new(
        dir: PathBuf,
        program: &'a Program,
        case: &'a Case,
        source: &'a Path,
        keep: bool,
    ) -> Workplace<'a> {
        Workplace {
            dir,
            program,
            case,
            source,
            keep,
        }
    }

    /// Runs the case, with the program's file at `path`.
    pub(crate) fn run(&self, runner: &Runner, path: &Path) -> Result<Outcome> {
        if self.dir.exists() {
            fs::remove_dir_all(&self.dir)?;
        }
        let work = self.dir.join("work");
        self.prepare(&work)?;
        let words = self.install(runner, path)?;
        let mut command = match &self.case.script {
            None => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]).args(&self.case.args);
                command
            }
            Some(script) => {
                let mut command = Command::new("sh");
                let mut text = shell_functions(&words, &self.bin());
                text.push(script);
                command.arg("-c").arg(text);
                command
            }
        };
        let kept = KEPT_VARIABLES.iter().filter_map(|name| {
            let value = env::var_os(name)?;
            Some((*name, value))
        });
        command
            .env_clear()
            .envs(kept)
            .env("LC_ALL", "C")
            .envs(&self.case.env)
            .current_dir(&work)
            .stdin(self.stdin(&work)?);
        let captured = capture(&mut command, Duration::from_secs(self.case.limit))?;
        let tree = Tree::read(&work)?;
        Ok(Outcome { captured, tree })
    }

    /// Puts the case's files in place.
    fn prepare(&self, work: &Path) -> Result<()> {
        fs::create_dir_all(work)?;
        for file in &self.case.files {
            let to = work.join(file);
            fs::create_dir_all(to.parent().unwrap_or(work))?;
            fs::copy(self.program.dir().join("cases").join(file), to)
                .with_context(|| format!("no file {file} in the folder cases"))?;
        }
        for input in &self.case.inputs {
            let bytes = match &input.content {
                Content::Source(path) => fs::read(self.source.join(path))
                    .with_context(|| format!("no file {path} in the source"))?,
                Content::Prose(size) => inputs::prose(*size),
                Content::Noise(size) => inputs::noise(*size),
                Content::Zeros(size) => vec![0; *size],
                Content::Records(count) => inputs::records(*count),
            };
            fs::write(work.join(&input.path), bytes)?;
        }
        Ok(())
    }

    /// The folder with the program.
    fn bin(&self) -> PathBuf {
        self.dir.join("bin")
    }

    /// Puts the program in place; the words that start it there.
    fn install(&self, runner: &Runner, path: &Path) -> Result<Vec<OsString>> {
        let bin = self.bin();
        fs::create_dir_all(&bin)?;
        for result in self.program.build.results.iter().skip(1) {
            let name = Path::new(result).file_name().unwrap_or_default();
            symlink(path.with_file_name(name), bin.join(name))?;
        }
        // The native program has the module's name too: both know it as argv[0].
        let module = bin.join(format!("{}.wasm", self.program.name));
        symlink(path, &module)?;
        let script = module.with_extension("js");
        let companion = path.with_extension("js");
        if companion.exists() {
            symlink(companion, &script)?;
        }
        Ok(match runner {
            Runner::Native => vec![module.into()],
            Runner::Wasmjit(command) => {
                let mut words = command.clone();
                words.push(module.into());
                words
            }
            Runner::Node => {
                let words = ["node", "--no-experimental-fetch"].map(OsString::from);
                words.into_iter().chain([script.into()]).collect()
            }
        })
    }

    /// Standard input, as a file that can be read from its start.
    fn stdin(&self, work: &Path) -> Result<Stdio> {
        let path = match &self.case.stdin_file {
            Some(name) => work.join(name),
            None if self.case.stdin.is_empty() => return Ok(Stdio::null()),
            None => {
                let path = self.dir.join("stdin");
                fs::write(&path, &self.case.stdin)?;
                path
            }
        };
        Ok(File::open(path)?.into())
    }
}

impl Drop for Workplace<'_> {
    fn drop(&mut self) {
        if !self.keep {
            // A folder that is left in the place for temporary files harms nobody.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// The beginning of a script: `program` stands for the words that start the program,
/// `$bin` for the folder where it and the other results of its build are, and `tool
/// NAME` for what starts one of these.
fn shell_functions(words: &[OsString], bin: &Path) -> OsString {
    let quoted = |words: &[OsString]| {
        let mut text = OsString::new();
        for word in words {
            text.push("'");
            text.push(word);
            text.push("' ");
        }
        text
    };
    let mut text = OsString::from("program() { ");
    text.push(quoted(words));
    text.push("\"$@\"; }\nbin=");
    text.push(quoted(&[bin.into()]));
    text.push("\ntool() { tool_name=$1; shift; ");
    text.push(quoted(&words[..words.len() - 1]));
    text.push("\"$bin/$tool_name\" \"$@\"; }\n");
    text
}
