//! The command line.

use crate::cc::{self, Tool};
use crate::units::{Duration, Size};
use crate::wast;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use wasmjit::WasmFeatures;
use wasmjit_posix::strace::Filter;
use wasmjit_unix::sandbox::{Directory, Sandbox, User};

/// Runs POSIX programs that were compiled to WebAssembly with Emscripten.
///
/// `wasmjit PROGRAM.wasm ARGS…` runs a program; none of the commands below is
/// needed for that. `wasmjit run --help` shows the options.
#[derive(Debug, Parser)]
#[command(name = "wasmjit", version, max_term_width = 100)]
#[command(override_usage = "\
wasmjit [OPTIONS] PROGRAM.wasm [ARGS]...
       wasmjit COMMAND ...")]
#[command(after_help = "\
Exit status:
  that of the program, when it ends by itself
  128+N   the program was ended by signal N (as shells show it)
  134     the program trapped; message and call stack are on standard error
  124     the time limit (--timeout) was over
  125     wasmjit itself was used wrongly or failed
  126     the program was found, but cannot be run
  127     the program was not found")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Box<Run>),
    Compile(Compile),
    Inspect(Inspect),
    Objdump(Objdump),
    Wast(Wast),
    /// Show or empty the cache of compiled code.
    Cache {
        #[command(subcommand)]
        command: CacheCommand,
    },
    /// Have Linux run WebAssembly programs like native ones: `./prog.wasm ARGS`.
    Binfmt {
        #[command(subcommand)]
        command: BinfmtCommand,
    },
    /// Look at the kernel module, in which `--engine kernel` runs programs.
    Kernel {
        #[command(subcommand)]
        command: KernelCommand,
    },
    /// Compile and link C with Emscripten, for wasmjit: a compiler for `make CC=`,
    /// configure scripts and CMake.
    ///
    /// A program is linked so that all of POSIX that wasmjit provides is there,
    /// and becomes one executable file that starts wasmjit; with `-o NAME.wasm`
    /// a plain module. A link to wasmjit with the name `wasmjit-cc` (or
    /// `wasmjit-c++`, `wasmjit-ar`, `wasmjit-ranlib`) does the same as this
    /// command, for build systems that want one word.
    #[command(name = "cc")]
    Cc(Compiler),
    /// The same for C++.
    #[command(name = "c++")]
    Cpp(Compiler),
    /// Make archives of object files.
    Ar(Compiler),
    /// Make the index of an archive.
    Ranlib(Compiler),
    /// What emcc calls in Node's place.
    #[command(skip)]
    Node(Compiler),
    /// Write a completion script for a shell to standard output.
    #[command(after_help = "For bash: wasmjit completions bash >\
                            ~/.local/share/bash-completion/completions/wasmjit")]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write manual pages to a folder.
    Man {
        /// The folder; it is created if it is missing.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// `wasmjit kernel`
#[derive(Debug, Subcommand)]
pub(crate) enum KernelCommand {
    /// Say whether programs can run in the kernel, and what runs there. The exit
    /// status is 1 when they cannot.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Build the kernel module, and say where it is.
    Build {
        #[command(flatten)]
        options: ModuleOptions,
        /// The folder to put wasmjit.ko into.
        #[arg(long, value_name = "DIR", default_value = ".")]
        output: PathBuf,
    },
    /// Build the kernel module and install it where `wasmjit kernel load` and
    /// modprobe find it, with the rule that lets the group wasmjit use it.
    Install {
        #[command(flatten)]
        options: ModuleOptions,
    },
    /// Load the kernel module.
    Load {
        /// This file, rather than the installed module.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Unload the kernel module.
    Unload,
}

/// What to build the kernel module from, and for which kernel.
#[derive(Debug, Args)]
pub(crate) struct ModuleOptions {
    /// The module's sources [default: /usr/src/wasmjit-VERSION].
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
    /// The kernel, as `uname -r` says it [default: the running one].
    #[arg(long, value_name = "RELEASE")]
    pub(crate) release: Option<String>,
}

/// Run a program.
///
/// This is what happens when no command is given. Everything after PROGRAM
/// belongs to the program, even if it starts with a dash. The program has its
/// user's rights, environment, files and standard streams, like a native one.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Set an environment variable for the program; without a value, pass it
    /// on. (The whole environment is passed on anyway.)
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<OsString>,
    /// What the program sees as its own name [default: PROGRAM].
    #[arg(long, value_name = "NAME")]
    pub(crate) argv0: Option<OsString>,
    /// Change to this directory once PROGRAM is loaded.
    #[arg(long, value_name = "DIR")]
    pub(crate) chdir: Option<PathBuf>,
    /// Most memory that the program may have, as 64M or 1.5G.
    #[arg(long, value_name = "SIZE")]
    pub(crate) max_memory: Option<Size>,
    /// Longest time that the program may run, as 10, 500ms or 2m; then it is
    /// ended with exit status 124.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<Duration>,
    /// Report on standard error where time and memory went.
    #[arg(long)]
    pub(crate) stats: bool,
    /// With --stats: as JSON.
    #[arg(long, requires = "stats")]
    pub(crate) json: bool,
    /// Use machine code that `wasmjit compile -o FILE` wrote for this program.
    #[arg(long, value_name = "FILE", conflicts_with = "no_cache")]
    pub(crate) code: Option<PathBuf>,
    /// Neither use nor fill the cache of compiled code.
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// The WebAssembly program.
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: PathBuf,
    /// The program's arguments.
    #[arg(value_name = "ARGS", allow_hyphen_values = true)]
    pub(crate) args: Vec<OsString>,
    #[command(flatten)]
    pub(crate) restrictions: Restrictions,
    #[command(flatten)]
    pub(crate) tracing: TraceOptions,
    #[command(flatten)]
    pub(crate) profiling: ProfileOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// Where the time goes.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Profiling")]
pub(crate) struct ProfileOptions {
    /// Write a flame graph of the processor time that functions and system calls
    /// took, for a web browser.
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) profile: Option<PathBuf>,
    /// Write the names of functions to /tmp/perf-PID.map, where `perf report`
    /// finds them.
    #[arg(long)]
    pub(crate) perf_map: bool,
    /// Write functions with their code to jit-PID.dump, for `perf record -k mono`
    /// and `perf inject --jit`.
    #[arg(long)]
    pub(crate) jitdump: bool,
}

impl ProfileOptions {
    /// Whether anything is to be profiled.
    pub(crate) fn is_wanted(&self) -> bool {
        self.profile.is_some() || self.perf_map || self.jitdump
    }
}

/// What the program and its children may not do.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Restrictions")]
pub(crate) struct Restrictions {
    /// Let the program use only files in these directories, and with `:ro`
    /// change nothing there. May be given several times.
    #[arg(long, value_name = "PATH[:ro]", value_parser = directory)]
    pub(crate) dir: Vec<Directory>,
    /// Let the program make no sockets.
    #[arg(long)]
    pub(crate) no_net: bool,
    /// Let the program run no other programs.
    #[arg(long)]
    pub(crate) no_exec: bool,
    /// Run the program as this user.
    #[arg(long, value_name = "USER[:GROUP]", value_parser = User::find)]
    pub(crate) user: Option<User>,
}

impl Restrictions {
    /// As the system is told of them.
    pub(crate) fn sandbox(&self) -> Sandbox {
        Sandbox {
            directories: self.dir.clone(),
            no_network: self.no_net,
            no_exec: self.no_exec,
            user: self.user.clone(),
        }
    }
}

/// Reads `PATH`, `PATH:ro` or `PATH:rw`.
fn directory(text: &str) -> Result<Directory, String> {
    let (path, read_only) = match text.strip_suffix(":ro") {
        Some(path) => (path, true),
        None => (text.strip_suffix(":rw").unwrap_or(text), false),
    };
    if path.is_empty() {
        return Err("there is no path".into());
    }
    Ok(Directory {
        path: path.into(),
        read_only,
    })
}

/// Watching the system calls.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "System calls")]
pub(crate) struct TraceOptions {
    /// Show each system call with its arguments and result, on standard error
    /// or in FILE, for the program, its threads and its children.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub(crate) strace: Option<Option<PathBuf>>,
    /// Only these calls and groups of calls, as `file,network,!fd_read`: all,
    /// file, desc, network, time, process, signal, memory, thread, ipc,
    /// exception, message, admin. `!` leaves out; without this option all
    /// calls but those of C++ exceptions are shown.
    #[arg(long, value_name = "LIST", value_parser = Filter::parse)]
    pub(crate) strace_only: Option<Filter>,
    /// Show when each call was made, in seconds since the start, and how long
    /// it took.
    #[arg(long)]
    pub(crate) strace_times: bool,
    /// Show all fields of structures.
    #[arg(long)]
    pub(crate) strace_verbose: bool,
    /// Show so many bytes of strings.
    #[arg(long, value_name = "BYTES", default_value = "32")]
    pub(crate) strace_length: usize,
    /// Show at the end how often each call was made and how long it took;
    /// without --strace instead of the calls.
    #[arg(long)]
    pub(crate) strace_summary: bool,
    /// The descriptor of a parent's trace.
    #[arg(skip)]
    pub(crate) descriptor: Option<i32>,
}

impl TraceOptions {
    /// Whether calls are to be watched.
    pub(crate) fn is_wanted(&self) -> bool {
        self.strace.is_some() || self.strace_summary || self.descriptor.is_some()
    }
}

impl Run {
    /// Whether something has to be told of each call.
    pub(crate) fn traces_calls(&self) -> bool {
        self.tracing.is_wanted() || self.profiling.profile.is_some()
    }

    /// Runs `program` with the defaults.
    pub(crate) fn plain(program: OsString, args: Vec<OsString>) -> Self {
        Self {
            env: Vec::new(),
            argv0: None,
            chdir: None,
            max_memory: None,
            timeout: None,
            stats: false,
            json: false,
            code: None,
            no_cache: false,
            restrictions: Restrictions::default(),
            tracing: TraceOptions::default(),
            profiling: ProfileOptions::default(),
            engine: EngineOptions::default(),
            program: program.into(),
            args,
        }
    }
}

/// Compile a program ahead of time.
///
/// All of its machine code is put into the cache, so that the next run starts
/// at once, or into a file for `wasmjit run --code FILE`.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// Write the code to this file instead of the cache.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The WebAssembly program.
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: PathBuf,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// Show what a program consists of: imports and whether they are provided,
/// exports, sections.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// The WebAssembly program.
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: PathBuf,
}

/// Show a program's machine code, with the places in the binary that it comes
/// from.
#[derive(Debug, Args)]
pub(crate) struct Objdump {
    /// Only functions with this index or name; `*` at the end of a name stands
    /// for anything.
    #[arg(short, long, value_name = "FUNCTION")]
    pub(crate) function: Vec<String>,
    /// The WebAssembly program.
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: PathBuf,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// Run specification scripts (.wast).
#[derive(Debug, Args)]
pub(crate) struct Wast {
    /// One line of JSON for each script.
    #[arg(long)]
    pub(crate) json: bool,
    /// Features that modules may use, as `wasm2,threads`: the sets wasm1 and
    /// wasm2, and names of proposals [default: all that there are].
    #[arg(long, value_name = "LIST", value_parser = wast::features)]
    pub(crate) features: Option<WasmFeatures>,
    /// The scripts.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// A tool of the compiler's with options of its own.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Compiler {
    /// The tool's options and files.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Remove everything from the cache.
    Clear,
    /// Show where the cache is and what it holds.
    Info {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BinfmtCommand {
    /// Register this wasmjit for WebAssembly programs, now and at each start of
    /// the system. For root.
    Install {
        /// Not at the system's next start.
        #[arg(long)]
        until_reboot: bool,
        /// Have the kernel keep this file open, so that programs also run in
        /// containers that lack it. Repeat this after an update of wasmjit.
        #[arg(long)]
        fix_binary: bool,
    },
    /// Undo that.
    Remove,
    /// Show what runs WebAssembly programs; exit with 1 when it is not wasmjit.
    Status,
}

/// How code comes about.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Engine")]
pub(crate) struct EngineOptions {
    /// What carries the program out.
    #[arg(long, value_name = "ENGINE", default_value = "auto")]
    pub(crate) engine: EngineKind,
    /// Compile functions after so many iterations of their loops, whatever
    /// their size; a call counts as several.
    #[arg(long, value_name = "COUNT", hide = true)]
    pub(crate) hot_after: Option<u32>,
    /// When functions are compiled: each when it is needed, or all before the
    /// start [default: lazy].
    #[arg(long, value_name = "WHEN")]
    pub(crate) compile: Option<When>,
    /// How accesses are kept inside the memory: `guarded` by unmapped address
    /// space, `checked` one by one; `auto` is the first where there is enough
    /// address space.
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub(crate) memory: MemoryChoice,
    /// The same as --memory checked.
    #[arg(long, hide = true)]
    pub(crate) checked: bool,
    /// The program's calls are traced.
    #[arg(skip)]
    pub(crate) traced: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            engine: EngineKind::Auto,
            hot_after: None,
            compile: None,
            memory: MemoryChoice::Auto,
            checked: false,
            traced: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineKind {
    /// An interpreter at first, machine code for what is used often.
    Auto,
    /// In the Linux kernel.
    Kernel,
    /// Machine code for everything.
    Jit,
    /// An interpreter for everything; programs that need what it cannot do yet
    /// (vectors, threads, exceptions) trap there.
    Interp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On the first call.
    Lazy,
    /// Before the start.
    Eager,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MemoryChoice {
    /// Guarded if possible.
    Auto,
    /// By unmapped address space.
    Guarded,
    /// By comparisons.
    Checked,
}

/// Names of the commands, and options of which clap takes care on its own.
const COMMANDS: [&str; 19] = [
    "run",
    "compile",
    "inspect",
    "objdump",
    "wast",
    "cache",
    "binfmt",
    "kernel",
    "cc",
    "c++",
    "ar",
    "ranlib",
    "completions",
    "man",
    "help",
    "--help",
    "-h",
    "--version",
    "-V",
];

/// Reads the command line; ends the process when there is nothing to do or it
/// is wrong.
pub(crate) fn parse(arguments: Vec<OsString>) -> Command {
    if started_by_binfmt() {
        return Command::Run(Box::new(by_binfmt(arguments)));
    }
    if let Some(command) = compiler(&arguments) {
        return command;
    }
    if let Some(command) = in_place_of_node(&arguments) {
        return command;
    }
    match without_options(arguments) {
        Ok(run) => Command::Run(Box::new(run)),
        Err(arguments) => match Arguments::try_parse_from(with_command(arguments)) {
            Ok(arguments) => arguments.command,
            Err(error) => {
                let _ = error.print();
                let status = if error.use_stderr() { 125 } else { 0 };
                std::process::exit(status)
            }
        },
    }
}

/// Whether the kernel started this for a program that is a WebAssembly module, as
/// `wasmjit binfmt install` has it do.
fn started_by_binfmt() -> bool {
    #[cfg(target_os = "linux")]
    {
        const AT_FLAGS: u64 = 8;
        const PRESERVE_ARGV0: u64 = 1;
        // SAFETY: asks for a number.
        let flags = unsafe { libc::getauxval(AT_FLAGS) };
        flags & PRESERVE_ARGV0 != 0
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// A tool of the compiler's, called as `wasmjit cc …` or `wasmjit-cc …`: its
/// arguments are not looked at here.
fn compiler(arguments: &[OsString]) -> Option<Command> {
    let own = Path::new(arguments.first()?).file_name()?;
    let own = own.as_encoded_bytes().strip_prefix(b"wasmjit-");
    let (tool, rest) = match own.and_then(|name| Tool::named(std::str::from_utf8(name).ok()?)) {
        Some(tool) => (tool, 1),
        None => (Tool::named(arguments.get(1)?.to_str()?)?, 2),
    };
    let compiler = Compiler {
        arguments: arguments[rest..].to_vec(),
    };
    Some(match tool {
        Tool::C => Command::Cc(compiler),
        Tool::Cpp => Command::Cpp(compiler),
        Tool::Ar => Command::Ar(compiler),
        Tool::Ranlib => Command::Ranlib(compiler),
    })
}

/// Called by emcc, which `wasmjit cc` has told that this is Node.
fn in_place_of_node(arguments: &[OsString]) -> Option<Command> {
    let (own, rest) = arguments.split_first()?;
    let own = Path::new(own).file_name()?;
    (own == cc::javascript::NAME).then(|| {
        Command::Node(Compiler {
            arguments: rest.to_vec(),
        })
    })
}

/// Understands what the kernel passes: its own name of this program, the module,
/// the name under which that was called, its arguments.
fn by_binfmt(arguments: Vec<OsString>) -> Run {
    let mut arguments = arguments.into_iter().skip(1);
    let program = arguments.next().unwrap_or_default();
    let name = arguments.next();
    Run {
        argv0: name,
        ..Run::plain(program, arguments.collect())
    }
}

/// The usual case, `wasmjit PROGRAM ARGS…`, is not worth building the whole
/// description of the command line for.
fn without_options(mut arguments: Vec<OsString>) -> Result<Run, Vec<OsString>> {
    match arguments.get(1) {
        Some(first) if !is_option(first) && !is_command(first) => {
            let args = arguments.split_off(2);
            let program = arguments.swap_remove(1);
            Ok(Run::plain(program, args))
        }
        _ => Err(arguments),
    }
}

fn is_command(argument: &OsStr) -> bool {
    COMMANDS.iter().any(|command| argument == *command)
}

fn is_option(argument: &OsStr) -> bool {
    argument.as_encoded_bytes().starts_with(b"-")
}

/// Adds what may be left out: `run`, and the `--` before PROGRAM that keeps the
/// options after it for the program.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    match arguments.get(1) {
        None => return arguments,
        Some(first) if first == "run" => {}
        Some(first) if is_command(first) => return arguments,
        Some(_) => arguments.insert(1, "run".into()),
    }
    let command = Arguments::command();
    let run = command.find_subcommand("run").expect("there is one");
    let takes_value = |name: &OsStr| {
        let mut options = run.get_arguments();
        options.any(|option| {
            let long = option.get_long().map(|long| format!("--{long}"));
            long.is_some_and(|long| name == long.as_str())
                && option.get_action().takes_values()
                && !option.is_require_equals_set()
        })
    };
    let mut at = 2;
    while let Some(argument) = arguments.get(at) {
        if argument == "--" {
            break;
        }
        if !is_option(argument) {
            arguments.insert(at, "--".into());
            break;
        }
        // An option with `=` does not match any name, so it is one argument.
        at += 1 + usize::from(takes_value(argument));
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Run {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        match without_options(arguments) {
            Ok(run) => run,
            Err(arguments) => {
                match Arguments::try_parse_from(with_command(arguments))
                    .unwrap()
                    .command
                {
                    Command::Run(run) => *run,
                    other => panic!("not a run: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn the_description_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_is_known() {
        for command in Arguments::command().get_subcommands() {
            assert!(is_command(command.get_name().as_ref()), "{command}");
        }
    }

    #[test]
    fn needs_neither_command_nor_option() {
        let run = run(&["wasmjit", "prog.wasm", "--env", "-x", "run"]);
        assert_eq!(run.program, PathBuf::from("prog.wasm"));
        assert_eq!(run.args, ["--env", "-x", "run"]);
        assert!(run.env.is_empty());
    }

    #[test]
    fn binfmt_passes_the_name_of_the_program() {
        let arguments = ["wasmjit", "/usr/bin/x.wasm", "x", "--env", "y"];
        let run = by_binfmt(arguments.iter().map(OsString::from).collect());
        assert_eq!(run.program, PathBuf::from("/usr/bin/x.wasm"));
        assert_eq!(run.argv0, Some("x".into()));
        assert_eq!(run.args, ["--env", "y"]);
    }

    #[test]
    fn options_end_at_the_program() {
        for prefix in [&["wasmjit"][..], &["wasmjit", "run"]] {
            let rest = [
                "--env",
                "A=b",
                "--stats",
                "prog.wasm",
                "--env",
                "c",
                "--",
                "-h",
            ];
            let run = run(&[prefix, &rest].concat());
            assert_eq!(run.program, PathBuf::from("prog.wasm"));
            assert_eq!(run.env, ["A=b"]);
            assert!(run.stats);
            assert_eq!(run.args, ["--env", "c", "--", "-h"]);
        }
    }

    #[test]
    fn values_may_follow_an_equals_sign() {
        let run = run(&[
            "wasmjit",
            "--env=A=b",
            "--max-memory=64M",
            "p",
            "--max-memory=1",
        ]);
        assert_eq!(run.env, ["A=b"]);
        assert_eq!(run.max_memory, Some(Size(64 << 20)));
        assert_eq!(run.program, PathBuf::from("p"));
        assert_eq!(run.args, ["--max-memory=1"]);
    }

    #[test]
    fn an_optional_value_needs_an_equals_sign() {
        let run = run(&["wasmjit", "--strace", "prog.wasm"]);
        assert_eq!(run.tracing.strace, Some(None));
        assert_eq!(run.program, PathBuf::from("prog.wasm"));
        let run = self::run(&["wasmjit", "--strace=log", "prog.wasm"]);
        assert_eq!(run.tracing.strace, Some(Some("log".into())));
    }

    #[test]
    fn a_program_may_start_with_a_dash() {
        let run = run(&["wasmjit", "--stats", "--", "-prog.wasm", "--", "x"]);
        assert_eq!(run.program, PathBuf::from("-prog.wasm"));
        assert_eq!(run.args, ["--", "x"]);
    }

    #[test]
    fn an_unknown_option_is_refused() {
        let arguments = ["wasmjit", "--mispelt", "prog.wasm"];
        let arguments = with_command(arguments.iter().map(OsString::from).collect());
        let error = Arguments::try_parse_from(arguments).unwrap_err();
        assert!(error.to_string().contains("--mispelt"), "{error}");
    }
}
