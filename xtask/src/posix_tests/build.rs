//! Building the tests: each natively, and each group as one module.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::object::{self, Signature};
use super::suite::Group;
use crate::command::{End, capture};
use crate::emscripten::{Release, host_command};
use crate::places;
use crate::programs::key::{Key, native_toolchain};

/// Options of all tests, natively and for WebAssembly.
const FLAGS: [&str; 7] = [
    "-w",
    "-O1",
    "-std=gnu99",
    "-pthread",
    "-D_GNU_SOURCE",
    "-D_POSIX_C_SOURCE=200112L",
    "-D_XOPEN_SOURCE=600",
];

/// What some tests do before anything else is to see whether the system's options
/// are those of the standard of 2001 exactly, and what they should look for: that or a
/// later one.
const EXACTLY_2001: (&str, &str) = ("!= 200112L", "< 200112L");

/// Longest time for one command.
const LIMIT: Duration = Duration::from_secs(600);

/// What came of building a test.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Built {
    /// It is a program; what its main function takes.
    Program(Signature),
    /// It is no program, but declarations that have to be compiled, and were.
    Compiled,
    /// The compiler or linker refused it, saying so.
    Refused(String),
}

impl Built {
    fn is_program(&self) -> bool {
        matches!(self, Self::Program(_))
    }
}

/// A group as it was built.
pub(super) struct Tests {
    /// Where the module and the native programs lie.
    pub(super) folder: PathBuf,
    /// What came of each test natively, and for WebAssembly.
    pub(super) built: Vec<(Built, Built)>,
}

impl Tests {
    /// The module of all tests; its first argument is the test's number.
    pub(super) const MODULE: &str = "tests.wasm";

    /// Name of the native program of a test.
    pub(super) fn native(number: usize) -> String {
        format!("{number}.native")
    }
}

/// Builds a group unless that was done.
pub(super) fn ensure(group: &Group, include: &Path) -> Result<Tests> {
    let home = places::cache_dir()?.join("posix-tests");
    let name = group.name.replace('/', "-");
    fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
    // Others may be about to build the same.
    let lock = File::create(home.join(format!("{name}.lock")))?;
    lock.lock()?;
    let folder = home.join(name);
    let mut key = Key::default();
    key.text(Release::Installed.version()?);
    key.text(native_toolchain()?);
    key.text(&format!("{FLAGS:?}"));
    for headers in ["include", "include/sys"] {
        key.files(&places::root().join("sysroot").join(headers))?;
    }
    let first = group.tests.first().context("a group has tests")?;
    let home = first.source.parent().context("a source lies in a folder")?;
    key.files(home)?;
    let sources = group.tests.iter().map(|test| read(&test.source));
    let sources = sources.collect::<Result<Vec<_>>>()?;
    if sources.iter().any(|text| text.contains(EXACTLY_2001.0)) {
        key.text(EXACTLY_2001.1);
    }
    let compiled = Stamp::new(&folder, "compiled", key.finish());
    if !compiled.is_there() {
        // Whatever is there is of another build.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let sources = copy(&sources, &folder)?;
        let compiler = Compiler {
            includes: [home, include],
            folder: &folder,
        };
        note(&folder, "native", &compiler.native(&sources)?)?;
        note(&folder, "object", &compiler.objects(&sources)?)?;
        compiled.set()?;
    }
    // The link library changes more often than what tests are compiled with.
    key.text(Release::Wasmjit.version()?);
    let linked = Stamp::new(&folder, "linked", key.finish());
    if !linked.is_there() {
        let mut list = known(&folder, "object", group.tests.len())?;
        if let Some(said) = link(&list, &folder)? {
            refuse(&mut list, &folder, &said)?;
            // The others, without those that are to blame.
            if let Some(said) = link(&list, &folder)? {
                let why = first_error(&said);
                let programs = list.iter_mut().filter(|built| built.is_program());
                programs.for_each(|built| *built = Built::Refused(why.clone()));
            }
        }
        note(&folder, "module", &list)?;
        linked.set()?;
    }
    let native = known(&folder, "native", group.tests.len())?;
    let module = known(&folder, "module", group.tests.len())?;
    let built = native.into_iter().zip(module).collect();
    Ok(Tests { folder, built })
}

/// A file that says what a folder was made from.
struct Stamp {
    path: PathBuf,
    key: String,
}

impl Stamp {
    fn new(folder: &Path, name: &str, key: String) -> Self {
        let path = folder.join(name);
        Self { path, key }
    }

    fn is_there(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|key| key == self.key)
    }

    fn set(&self) -> Result<()> {
        Ok(fs::write(&self.path, &self.key)?)
    }
}

/// Keeps what came of each test.
fn note(folder: &Path, kind: &str, list: &[Built]) -> Result<()> {
    fs::write(folder.join(kind), serde_json::to_string(list)?)?;
    Ok(())
}

/// What came of each test, as it was noted.
fn known(folder: &Path, kind: &str, count: usize) -> Result<Vec<Built>> {
    let list: Vec<Built> = serde_json::from_str(&fs::read_to_string(folder.join(kind))?)?;
    ensure!(list.len() == count, "{} is damaged", folder.display());
    Ok(list)
}

/// The text of a source, some of which have names in other encodings than UTF-8.
fn read(source: &Path) -> Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(source)?).into_owned())
}

/// Copies sources to a folder, by their numbers.
fn copy(sources: &[String], folder: &Path) -> Result<Vec<PathBuf>> {
    let mut copies = Vec::new();
    for (number, text) in sources.iter().enumerate() {
        let copy = folder.join(format!("{number}.c"));
        fs::write(&copy, text.replace(EXACTLY_2001.0, EXACTLY_2001.1))?;
        copies.push(copy);
    }
    Ok(copies)
}

/// Compiles what lies in a folder.
struct Compiler<'a> {
    /// Where headers lie besides.
    includes: [&'a Path; 2],
    folder: &'a Path,
}

impl Compiler<'_> {
    /// Runs a compiler; what it complains about, if it fails.
    fn run(&self, mut command: Command, arguments: &[&OsStr]) -> Result<Option<String>> {
        command.args(FLAGS);
        for include in self.includes {
            command.arg("-I").arg(include);
        }
        command.args(arguments).current_dir(self.folder);
        let said = capture(&mut command, LIMIT)?;
        let text = String::from_utf8_lossy(&said.stderr);
        Ok((said.end != End::Status(0)).then(|| first_error(&text)))
    }

    /// The native programs.
    fn native(&self, sources: &[PathBuf]) -> Result<Vec<Built>> {
        let build = |(number, source): (usize, &PathBuf)| -> Result<Built> {
            // Without a main function, it is to be compiled alone.
            let is_program = fs::read_to_string(source)?.contains("main");
            let program = Tests::native(number);
            let arguments: &[&OsStr] = match is_program {
                true => &[
                    "-o".as_ref(),
                    program.as_ref(),
                    "-lrt".as_ref(),
                    "-lm".as_ref(),
                ],
                false => &["-fsyntax-only".as_ref()],
            };
            let arguments = [&[source.as_os_str()], arguments].concat();
            Ok(match self.run(host_command("gcc"), &arguments)? {
                Some(why) => Built::Refused(why),
                None if is_program => Built::Program(Signature::default()),
                None => Built::Compiled,
            })
        };
        sources.iter().enumerate().map(build).collect()
    }

    /// The object files of a group, each ready to be linked with the others.
    fn objects(&self, sources: &[PathBuf]) -> Result<Vec<Built>> {
        let mut refused = vec![None; sources.len()];
        if self.compile(sources)?.is_some() {
            // One of them: which?
            for (number, source) in sources.iter().enumerate() {
                refused[number] = self.compile(std::slice::from_ref(source))?;
            }
        }
        let mut built = Vec::new();
        for (number, refused) in refused.into_iter().enumerate() {
            if let Some(why) = refused {
                built.push(Built::Refused(why));
                continue;
            }
            let path = object_of(self.folder, number);
            let mut bytes = fs::read(&path)
                .with_context(|| format!("the compiler did not write {}", path.display()))?;
            built.push(match object::isolate(&mut bytes, number)? {
                Some(signature) => Built::Program(signature),
                None => Built::Compiled,
            });
            fs::write(&path, bytes)?;
        }
        Ok(built)
    }

    /// Compiles sources to object files beside each other; why that failed, if it
    /// did.
    fn compile(&self, sources: &[PathBuf]) -> Result<Option<String>> {
        let main = format!("-Dmain={}", object::MAIN);
        let mut arguments: Vec<&OsStr> = vec![main.as_ref(), "-c".as_ref()];
        arguments.extend(sources.iter().map(|source| source.as_os_str()));
        self.run(Release::Wasmjit.command("emcc")?, &arguments)
    }
}

/// The object file of a test.
fn object_of(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("{number}.o"))
}

/// Refuses the tests that need functions of which the linker says that nobody has
/// them.
fn refuse(list: &mut [Built], folder: &Path, said: &str) -> Result<()> {
    const MISSING: &str = "undefined symbol: ";
    let missing = said.lines().filter_map(|line| {
        let (_, name) = line.split_once(MISSING)?;
        Some(name.trim())
    });
    let missing: Vec<&str> = missing.collect();
    for (number, built) in list.iter_mut().enumerate() {
        if !built.is_program() {
            continue;
        }
        let needs = object::needs(&fs::read(object_of(folder, number))?)?;
        if let Some(name) = missing
            .iter()
            .find(|name| needs.iter().any(|need| need == *name))
        {
            *built = Built::Refused(format!("{MISSING}{name}"));
        }
    }
    Ok(())
}

/// Links the tests with a main function that calls the one that is wanted; what the
/// linker said, if that failed.
fn link(list: &[Built], folder: &Path) -> Result<Option<String>> {
    let programs = list.iter().enumerate();
    let programs = programs.filter_map(|(number, built)| match built {
        Built::Program(signature) => Some((number, *signature)),
        _ => None,
    });
    let programs: Vec<_> = programs.collect();
    if programs.is_empty() {
        return Ok(None);
    }
    let mut declarations = String::from("#include <stdlib.h>\n");
    let mut cases = String::new();
    for (number, signature) in &programs {
        let name = object::entry(*number);
        let result = if signature.has_result { "int" } else { "void" };
        let (parameters, arguments) = match signature.has_arguments {
            true => ("int, char **", "count - 1, arguments + 1"),
            false => ("void", ""),
        };
        let keep = if signature.has_result {
            "status = "
        } else {
            ""
        };
        writeln!(declarations, "{result} {name}({parameters});")?;
        writeln!(cases, "\tcase {number}: {keep}{name}({arguments}); break;")?;
    }
    let driver = folder.join("driver.c");
    fs::write(
        &driver,
        format!(
            "{declarations}int main(int count, char **arguments)\n{{\n\tint status = 0;\n\
             \tswitch (atoi(arguments[1])) {{\n{cases}\t}}\n\treturn status;\n}}\n"
        ),
    )?;
    let mut command = Release::Wasmjit.command("emcc")?;
    command.args(["-w", "-O1", "-pthread"]).arg(&driver);
    command.args(
        programs
            .iter()
            .map(|(number, _)| object_of(folder, *number)),
    );
    command.arg("-o").arg(folder.join(Tests::MODULE));
    let said = capture(command.current_dir(folder), LIMIT)?;
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    Ok((said.end != End::Status(0)).then_some(text))
}

/// What a compiler complains about first.
fn first_error(said: &str) -> String {
    let line = said.lines().find(|line| line.contains("error"));
    line.unwrap_or("it fails without a word").to_owned()
}
