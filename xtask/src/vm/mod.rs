//! `cargo xtask vm`: runs a command under one of Debian's kernels in a virtual
//! machine.
//!
//! The project's folder, the host's programs and the cache are there read-only,
//! at the places that they have on the host. The command's output streams out,
//! and its status is the status. What the kernel reports about itself fails the
//! run.

mod checks;
pub(crate) mod count;
mod initramfs;
mod kernels;
mod log;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::places;
use crate::work_folder::WorkFolder;
pub(crate) use checks::run as run_checks;
use initramfs::Mount;
pub(crate) use kernels::Kernel;

const QEMU: &str = "qemu-system-x86_64";

/// Options of `cargo xtask vm`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The series of kernels to take the newest installed one of.
    #[arg(long, value_name = "SERIES", default_value = "6.1")]
    kernel: String,
    /// Number of processors.
    #[arg(long, value_name = "N", default_value_t = 1)]
    cpus: u32,
    /// Memory, as QEMU understands it.
    #[arg(long, value_name = "SIZE", default_value = "2G")]
    memory: String,
    /// More for the kernel's command line. May be repeated.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    append: Vec<String>,
    /// Let time pass by instructions executed, so that runs can be repeated.
    #[arg(long)]
    icount: bool,
    /// A folder that the command finds, writable, at /share.
    #[arg(long, value_name = "DIR")]
    share: Option<PathBuf>,
    /// Show the host's whole file system, read-only, at /host.
    #[arg(long)]
    root: bool,
    /// Do not load wasmjit's kernel module; it is /vm/modules/wasmjit.ko.
    #[arg(long)]
    bare: bool,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,
    /// Show the kernel's log, whatever happened.
    #[arg(long)]
    log: bool,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// A machine and what it does.
pub(crate) struct Machine<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) cpus: u32,
    pub(crate) memory: &'a str,
    pub(crate) append: &'a [String],
    pub(crate) icount: bool,
    pub(crate) share: Option<&'a Path>,
    /// The host's whole file system is there too, at /host.
    pub(crate) root: bool,
    pub(crate) timeout: Duration,
    /// Modules besides the machine's own, which are in /vm/modules.
    pub(crate) modules: Vec<PathBuf>,
    /// They are loaded.
    pub(crate) load: bool,
    /// Folders where programs are looked for first.
    pub(crate) path: Vec<PathBuf>,
    pub(crate) environment: Vec<(&'static str, OsString)>,
    pub(crate) directory: PathBuf,
    pub(crate) command: &'a [OsString],
    /// Pass the command's output on while it runs.
    pub(crate) stream: bool,
}

/// How a command ended.
pub(crate) struct Outcome {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// The kernel's log.
    pub(crate) log: String,
}

impl Outcome {
    /// An error when the kernel reported something wrong.
    pub(crate) fn check_log(&self) -> Result<()> {
        let complaints = log::complaints(&self.log);
        if complaints.is_empty() {
            return Ok(());
        }
        bail!(
            "the kernel reported:\n{}\n\nits log:\n{}",
            complaints.join("\n"),
            self.log
        );
    }
}

/// Runs the command; ends with its status unless that is zero.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let kernel = Kernel::find(&arguments.kernel)?;
    let machine = Machine {
        cpus: arguments.cpus,
        memory: &arguments.memory,
        append: &arguments.append,
        icount: arguments.icount,
        share: arguments.share.as_deref(),
        root: arguments.root,
        load: !arguments.bare,
        timeout: Duration::from_secs(arguments.timeout),
        stream: true,
        ..Machine::new(&kernel, &arguments.command)?
    };
    let outcome = machine.run()?;
    if arguments.log {
        eprintln!("{}", outcome.log);
    }
    outcome.check_log()?;
    if outcome.status != 0 {
        std::process::exit(outcome.status);
    }
    Ok(())
}

impl<'a> Machine<'a> {
    /// A small machine that runs `command` in the project's folder, with the
    /// command `wasmjit` built and on the path.
    pub(crate) fn new(kernel: &'a Kernel, command: &'a [OsString]) -> Result<Machine<'a>> {
        let mut build = Command::new("cargo");
        build
            .args(["build", "--release", "--quiet", "--bin", "wasmjit"])
            .current_dir(places::root());
        crate::command::run(&mut build)?;
        let home = env::var_os("HOME").unwrap_or_else(|| "/root".into());
        Ok(Machine {
            kernel,
            cpus: 1,
            memory: "2G",
            append: &[],
            icount: false,
            share: None,
            root: false,
            timeout: Duration::from_secs(300),
            modules: vec![crate::kernel::build(kernel)?],
            load: true,
            path: vec![places::target_dir().join("release")],
            environment: vec![("HOME", home)],
            directory: current_folder()?,
            command,
            stream: false,
        })
    }

    /// Boots, runs the command, and turns the machine off.
    pub(crate) fn run(&self) -> Result<Outcome> {
        if !kernels::qemu_is_installed() {
            bail!("{QEMU} is not there: `cargo xtask setup` installs it");
        }
        let work = WorkFolder::new("vm")?;
        let archive = work.path().join("initramfs");
        let mounts = self.mounts()?;
        initramfs::build(self, self.kernel, &mounts, work.path(), &archive)?;
        let ports = ["stdout", "stderr", "status"].map(|name| Port::new(work.path(), name));
        let [stdout, stderr, status] = ports;
        let (stdout, stderr, status) = (stdout?, stderr?, status?);
        let log = work.path().join("log");
        let mut qemu = self.qemu(&archive, &mounts, &log, &[&stdout, &stderr, &status]);
        let child = qemu
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {QEMU}"))?;
        let stdout = stdout.collect(self.stream.then(|| Box::new(std::io::stdout()) as Sink));
        let stderr = stderr.collect(self.stream.then(|| Box::new(std::io::stderr()) as Sink));
        let status = status.collect(None);
        let ended = wait(child, self.timeout);
        let log = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
        if let Err(error) = ended {
            bail!("{error:#}\nthe kernel's log:\n{log}");
        }
        let status = join(status)?;
        let text = String::from_utf8_lossy(&status);
        let Ok(status) = text.trim().parse() else {
            bail!("the machine stopped before the command ended; the kernel's log:\n{log}");
        };
        Ok(Outcome {
            status,
            stdout: join(stdout)?,
            stderr: join(stderr)?,
            log,
        })
    }

    /// The folders of the host that the machine sees.
    fn mounts(&self) -> Result<Vec<Mount>> {
        let mut mounts = Vec::new();
        let mut add = |host: &Path, guest: &Path, writable: bool| {
            mounts.push(Mount {
                tag: format!("host{}", mounts.len()),
                host: host.to_owned(),
                guest: guest.to_owned(),
                writable,
            });
        };
        add(Path::new("/usr"), Path::new("/usr"), false);
        add(places::root(), places::root(), false);
        let target = places::target_dir();
        if !target.starts_with(places::root()) {
            add(&target, &target, false);
        }
        let cache = places::cache_dir()?;
        if cache.is_dir() {
            add(&cache, &cache, false);
        }
        if self.root {
            add(Path::new("/"), Path::new("/host"), false);
        }
        if let Some(share) = self.share {
            let share = share
                .canonicalize()
                .with_context(|| format!("cannot share {}", share.display()))?;
            add(&share, Path::new("/share"), true);
        }
        Ok(mounts)
    }

    fn qemu(&self, archive: &Path, mounts: &[Mount], log: &Path, ports: &[&Port]) -> Command {
        // A machine that nobody waits for any more must not go on: it ends with this
        // thread.
        let mut qemu = Command::new("setpriv");
        qemu.args(["--pdeathsig", "KILL", QEMU]);
        qemu.args(["-accel", "tcg", "-cpu", "max", "-machine", "q35"])
            .args(["-m", self.memory, "-smp", &self.cpus.to_string()])
            .args(["-nodefaults", "-no-user-config", "-display", "none"])
            .args(["-no-reboot", "-device", "virtio-rng-pci"])
            .arg("-kernel")
            .arg(self.kernel.image())
            .arg("-initrd")
            .arg(archive);
        // On a busy host the emulated timer is late, which its test takes for a defect.
        let append = [
            "console=ttyS0 quiet panic=-1 oops=panic",
            "no_timer_check net.ifnames=0",
        ];
        let append: Vec<&str> = append
            .into_iter()
            .chain(self.append.iter().map(String::as_str))
            .collect();
        qemu.args(["-append", &append.join(" ")]);
        qemu.arg("-serial").arg(option("file:", log));
        if self.icount {
            qemu.args(["-icount", "shift=0,sleep=off"]);
        }
        qemu.args(["-device", "virtio-serial-pci"]);
        for port in ports {
            let name = port.name;
            qemu.arg("-chardev")
                .arg(option(&format!("socket,id={name},path="), &port.path));
            qemu.arg("-device")
                .arg(format!("virtserialport,chardev={name},name={name}"));
        }
        for mount in mounts {
            let tag = &mount.tag;
            let readonly = if mount.writable { "off" } else { "on" };
            let start = format!(
                "local,id={tag},security_model=none,multidevs=remap,readonly={readonly},path="
            );
            qemu.arg("-fsdev").arg(option(&start, &mount.host));
            qemu.arg("-device")
                .arg(format!("virtio-9p-pci,fsdev={tag},mount_tag={tag}"));
        }
        qemu
    }
}

/// An option of QEMU's that ends with a path, in which commas count double.
fn option(start: &str, path: &Path) -> String {
    format!("{start}{}", path.to_string_lossy().replace(',', ",,"))
}

/// The folder that the command runs in: this one, if the machine has it too.
fn current_folder() -> Result<PathBuf> {
    let here = env::current_dir()?;
    if here.starts_with(places::root()) {
        Ok(here)
    } else {
        Ok(places::root().to_owned())
    }
}

/// Waits for the machine to turn itself off.
fn wait(mut child: Child, limit: Duration) -> Result<()> {
    let started = Instant::now();
    let messages = child.stderr.take();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("the machine did not end within {} s", limit.as_secs());
        }
        thread::sleep(Duration::from_millis(20));
    };
    if !status.success() {
        let mut text = String::new();
        if let Some(mut messages) = messages {
            messages.read_to_string(&mut text)?;
        }
        bail!("{QEMU} failed: {status}\n{text}");
    }
    Ok(())
}

/// Where output goes while it comes.
type Sink = Box<dyn Write + Send>;

/// A way out of the machine.
struct Port {
    name: &'static str,
    path: PathBuf,
    listener: UnixListener,
}

impl Port {
    fn new(folder: &Path, name: &'static str) -> Result<Port> {
        let path = folder.join(name);
        let listener = UnixListener::bind(&path)
            .with_context(|| format!("cannot make the socket {}", path.display()))?;
        listener.set_nonblocking(true)?;
        Ok(Port {
            name,
            path,
            listener,
        })
    }

    /// Reads all that comes out, on a thread.
    fn collect(self, mut sink: Option<Sink>) -> JoinHandle<Result<Vec<u8>>> {
        thread::spawn(move || {
            let mut collected = Vec::new();
            // QEMU connects when it starts, or has failed before.
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut stream = loop {
                match self.listener.accept() {
                    Ok((stream, _)) => break stream,
                    Err(_) if Instant::now() > deadline => return Ok(collected),
                    Err(_) => thread::sleep(Duration::from_millis(10)),
                }
            };
            stream.set_nonblocking(false)?;
            let mut buffer = [0; 1 << 14];
            loop {
                let count = stream.read(&mut buffer)?;
                if count == 0 {
                    return Ok(collected);
                }
                if let Some(sink) = &mut sink {
                    // Who has closed our output does not want it.
                    let _ = sink.write_all(&buffer[..count]).and_then(|()| sink.flush());
                }
                collected.extend_from_slice(&buffer[..count]);
            }
        })
    }
}

fn join(reader: JoinHandle<Result<Vec<u8>>>) -> Result<Vec<u8>> {
    reader.join().expect("the reader does not panic")
}
