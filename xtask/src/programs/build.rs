//! Compiling and linking a test program in every way that is asked for.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};

use super::Wanted;
use super::key::{self, Key};
use super::recipe::{Opt, Program, Variant};
use crate::command::{display, output};
use crate::emscripten::{Release, host_command};
use crate::{apt, places};

/// A program that is there, ready to be run.
pub(crate) struct Built {
    /// The native executable.
    pub(crate) native: PathBuf,
    /// The modules, by the name of the variant.
    pub(crate) variants: BTreeMap<String, PathBuf>,
    /// The root of the program's source.
    pub(crate) source: PathBuf,
}

/// One way to build a program.
struct Target {
    /// The folder that it is built to.
    dir: PathBuf,
    /// The name of the file that is linked.
    file: String,
    /// What it depends on.
    key: String,
    /// Whose compilers; native ones without.
    release: Option<Release>,
    /// Options for compiling and linking.
    flags: Vec<String>,
    /// Options for linking alone.
    link_flags: Vec<String>,
}

/// Builds what the cache lacks of a program's native executable and variants.
pub(crate) fn ensure(program: &Program, wanted: &Wanted<'_>, jobs: usize) -> Result<Built> {
    let mut base = Key::default();
    let source = match &program.source {
        Some(package) => {
            let source = apt::source(&package.debian, &package.version)?;
            base.text(&source.version);
            source.dir
        }
        None => program.dir(),
    };
    base.description(&program.build)?;
    base.files(&program.dir())?;
    let home = places::built_programs_dir()?.join(&program.name);

    let native = native_target(program, &home, &base)?;
    let mut built = Built {
        native: native.dir.join(&native.file),
        variants: BTreeMap::new(),
        source: source.clone(),
    };
    let mut targets = vec![native];
    for (name, variant) in program.all_variants() {
        if wanted.includes(&name, variant.opt.unwrap_or(Opt::O2)) {
            let target = variant_target(program, &name, &variant, &home, &base)?;
            let module = format!("{}.wasm", program.name);
            built.variants.insert(name, target.dir.join(module));
            targets.push(target);
        }
    }

    fs::create_dir_all(&home)?;
    let lock = File::create(home.join("lock"))?;
    lock.lock()?;
    targets.retain(|target| !target.is_built());
    if !targets.is_empty() {
        let work = home.join("work");
        build(program, &source, &targets, &work, jobs)?;
        fs::remove_dir_all(&work)?;
    }
    Ok(built)
}

impl Target {
    /// Whether the cache holds it.
    fn is_built(&self) -> bool {
        fs::read_to_string(self.dir.join("key")).is_ok_and(|key| key == self.key)
    }

    /// The name of the variant.
    fn name(&self) -> String {
        let name = self.dir.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// What has to be equal for object files to be shared.
    fn compiling(&self) -> (Option<Release>, &[String]) {
        (self.release, &self.flags)
    }

    /// Its compiler, in the environment that it needs.
    fn compiler(&self, cpp: bool) -> Result<Command> {
        match self.release {
            None => Ok(host_command(if cpp { "g++" } else { "gcc" })),
            Some(release) => release.command(if cpp { "em++" } else { "emcc" }),
        }
    }
}

/// How a program is built natively.
fn native_target(program: &Program, home: &Path, base: &Key) -> Result<Target> {
    let mut key = base.clone();
    key.text(key::native_toolchain()?);
    Ok(Target {
        dir: home.join("native"),
        file: program.name.clone(),
        key: key.finish(),
        release: None,
        flags: vec!["-O2".to_owned()],
        link_flags: Vec::new(),
    })
}

/// How a variant is built.
fn variant_target(
    program: &Program,
    name: &str,
    variant: &Variant,
    home: &Path,
    base: &Key,
) -> Result<Target> {
    let mut key = base.clone();
    key.text(variant.release.version()?);
    key.description(variant)?;
    let mut flags = vec![format!("-{}", variant.opt.unwrap_or(Opt::O2).name())];
    flags.extend_from_slice(&variant.flags);
    let settings = variant.emscripten.as_ref();
    // Linking makes the JavaScript, and the module beside it.
    let lone = variant.standalone || program.build.script.is_some();
    let suffix = if lone { "wasm" } else { "js" };
    Ok(Target {
        dir: home.join(name),
        file: format!("{}.{suffix}", program.name),
        key: key.finish(),
        release: Some(variant.release),
        flags,
        link_flags: settings.unwrap_or(&program.build.emscripten).clone(),
    })
}

/// Compiles and links targets in a copy of the source, then moves them to their places.
fn build(
    program: &Program,
    source: &Path,
    targets: &[Target],
    work: &Path,
    jobs: usize,
) -> Result<()> {
    let names: Vec<String> = targets.iter().map(Target::name).collect();
    println!("building {}: {}", program.name, names.join(" "));
    let tree = work.join("tree");
    if work.exists() {
        fs::remove_dir_all(work)?;
    }
    fs::create_dir_all(work)?;
    output(Command::new("cp").arg("-a").arg(source).arg(&tree))?;
    if let Some(script) = &program.build.prepare {
        output(
            Command::new("sh")
                .args(["-e", "-c", script])
                .env("RECIPE", program.dir())
                .current_dir(&tree),
        )?;
    }

    if let Some(script) = &program.build.script {
        for target in targets {
            run_script(program, target, script, work, jobs)?;
        }
        return targets.iter().try_for_each(|target| install(target, work));
    }
    let sources = expand(&program.build.sources, &tree)?;
    let mut compilations = Vec::new();
    let mut objects: HashMap<_, Vec<PathBuf>> = HashMap::new();
    for target in targets {
        if objects.contains_key(&target.compiling()) {
            continue;
        }
        let folder = work.join(format!("objects-{}", objects.len()));
        fs::create_dir(&folder)?;
        for batch in batches(&sources) {
            compilations.push(compilation(program, target, batch, &folder, &tree)?);
        }
        let paths = sources
            .iter()
            .map(|source| folder.join(object_name(source)));
        objects.insert(target.compiling(), paths.collect());
    }
    run_all(compilations, jobs)?;

    let has_cpp = sources.iter().any(|source| is_cpp(source));
    let mut links = Vec::new();
    for target in targets {
        let out = work.join(target.name());
        fs::create_dir(&out)?;
        let mut link = target.compiler(has_cpp)?;
        link.args(&target.flags)
            .args(&objects[&target.compiling()])
            .args(&program.build.libraries)
            .args(&target.link_flags)
            .arg("-o")
            .arg(out.join(&target.file))
            .current_dir(&tree);
        links.push(link);
    }
    run_all(links, jobs)?;
    targets.iter().try_for_each(|target| install(target, work))
}

/// Moves what was built of a target to its place.
fn install(target: &Target, work: &Path) -> Result<()> {
    let out = work.join(target.name());
    fs::write(out.join("key"), &target.key)?;
    if target.dir.exists() {
        fs::remove_dir_all(&target.dir)?;
    }
    fs::rename(out, &target.dir)?;
    Ok(())
}

/// Builds a target as the program's users do: by a script, in a copy of the source.
fn run_script(
    program: &Program,
    target: &Target,
    script: &str,
    work: &Path,
    jobs: usize,
) -> Result<()> {
    let copy = work.join(format!("tree-{}", target.name()));
    output(
        Command::new("cp")
            .arg("-a")
            .arg(work.join("tree"))
            .arg(&copy),
    )?;
    let compiler = target.compiler(false)?;
    let mut command = Command::new("sh");
    command.args(["-e", "-c", script]).current_dir(&copy);
    command
        .env("RECIPE", program.dir())
        .env("CC", display(&compiler))
        .env("SETTINGS", target.link_flags.join(" "))
        .env("MAKEFLAGS", format!("-j{jobs}"))
        .env("CCACHE_DISABLE", "1");
    for (variable, tool) in [("AR", "ar"), ("RANLIB", "ranlib")] {
        match target.release {
            Some(release) => command.env(variable, display(&release.command(tool)?)),
            None => command.env(variable, tool),
        };
    }
    output(&mut command)?;

    let out = work.join(target.name());
    fs::create_dir(&out)?;
    for (index, result) in program.build.results.iter().enumerate() {
        let name = match (index, Path::new(result).file_name()) {
            (0, _) => target.file.clone(),
            (_, Some(name)) => name.to_string_lossy().into_owned(),
            (_, None) => bail!("{result} is not a file's name"),
        };
        let from = copy.join(result);
        fs::copy(&from, out.join(name))
            .with_context(|| format!("the script made no {}", from.display()))?;
    }
    Ok(())
}

/// Cuts a list of files into pieces of one language, each for one run of a
/// compiler: emcc takes half a second to start.
fn batches(sources: &[PathBuf]) -> impl Iterator<Item = &[PathBuf]> {
    sources
        .chunk_by(|a, b| is_cpp(a) == is_cpp(b))
        .flat_map(|files| files.chunks(8))
}

/// The command that compiles some files of one language into `folder`.
fn compilation(
    program: &Program,
    target: &Target,
    sources: &[PathBuf],
    folder: &Path,
    tree: &Path,
) -> Result<Command> {
    let build = &program.build;
    let include = |dir: &String| match dir.strip_prefix("$RECIPE") {
        Some(rest) => format!("-I{}{rest}", program.dir().display()),
        None => format!("-I{}", tree.join(dir).display()),
    };
    let mut command = target.compiler(sources.iter().any(|source| is_cpp(source)))?;
    command
        .args(&target.flags)
        .args(&build.flags)
        .args(build.defines.iter().map(|define| format!("-D{define}")))
        .args(build.includes.iter().map(include))
        .arg("-c")
        .args(sources.iter().map(|source| tree.join(source)))
        .current_dir(folder);
    Ok(command)
}

/// What a compiler calls the object file of a source.
fn object_name(source: &Path) -> PathBuf {
    let name = source.with_extension("o");
    PathBuf::from(name.file_name().unwrap_or_default())
}

fn is_cpp(source: &Path) -> bool {
    source
        .extension()
        .is_some_and(|extension| extension == "cpp" || extension == "cc")
}

/// The files that patterns stand for, relative to `tree`. A pattern may hold one
/// `*` in its file name; `!` before it takes files out.
pub(crate) fn expand(patterns: &[String], tree: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for pattern in patterns {
        let (excluded, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, pattern.as_str()),
        };
        let path = Path::new(pattern);
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut matching = Vec::new();
        match name.split_once('*') {
            None => matching.push(path.to_path_buf()),
            Some((start, end)) => {
                let dir = tree.join(folder);
                let entries =
                    fs::read_dir(&dir).with_context(|| format!("no folder {}", dir.display()))?;
                for entry in entries {
                    let file = entry?.file_name().to_string_lossy().into_owned();
                    if file.len() >= start.len() + end.len()
                        && file.starts_with(start)
                        && file.ends_with(end)
                    {
                        matching.push(folder.join(file));
                    }
                }
                matching.sort();
            }
        }
        if matching.is_empty() {
            bail!("no file is like {pattern}");
        }
        if excluded {
            found.retain(|path| !matching.contains(path));
        } else {
            found.extend(matching);
        }
    }
    Ok(found)
}

/// Runs commands, `jobs` at a time; stops at the first failure.
fn run_all(commands: Vec<Command>, jobs: usize) -> Result<()> {
    let total = commands.len();
    let commands: Vec<_> = commands.into_iter().map(Mutex::new).collect();
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..jobs.min(total) {
            scope.spawn(|| {
                while let Some(command) = commands.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut command = command.lock().expect("nobody panics");
                    if let Err(error) = output(&mut command) {
                        next.store(total, Ordering::Relaxed);
                        failure.lock().expect("nobody panics").get_or_insert(error);
                    }
                }
            });
        }
    });
    match failure.into_inner().expect("nobody panics") {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
