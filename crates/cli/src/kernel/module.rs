//! Building, installing, loading and unloading the kernel module.

use super::reason;
use crate::args::ModuleOptions;
use crate::failure::{FAILURE, Failure, SUCCESS, Status};
use crate::output;
use crate::work_folder::WorkFolder;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmjit_device::Device;

/// The folder of Debian's package, which DKMS builds from too.
const SOURCE: &str = concat!("/usr/src/wasmjit-", env!("CARGO_PKG_VERSION"));

const MODULE: &str = "wasmjit.ko";

/// Files that are installed with the module, as Debian's package installs them.
const RULE: (&str, &str) = (
    "udev/rules.d/60-wasmjit.rules",
    include_str!("../../../../kernel/60-wasmjit.rules"),
);
const OPTIONS: (&str, &str) = (
    "modprobe.d/wasmjit.conf",
    include_str!("../../../../kernel/wasmjit.conf"),
);

pub(super) fn build(options: &ModuleOptions, folder: &Path) -> Result<Status, Failure> {
    let release = release(options)?;
    let built = Built::new(options, &release)?;
    let to = folder.join(MODULE);
    copy(&built.module(), &to)?;
    output::line(to.display())?;
    Ok(SUCCESS)
}

pub(super) fn install(options: &ModuleOptions) -> Result<Status, Failure> {
    let release = release(options)?;
    let built = Built::new(options, &release)?;
    let folder = Path::new("/lib/modules").join(&release).join("updates");
    fs::create_dir_all(&folder).map_err(|e| Failure::io(&folder, "cannot be made", &e))?;
    let to = folder.join(MODULE);
    copy(&built.module(), &to)?;
    tool(Command::new("depmod").arg(&release))?;
    // No other tool makes a group on every system.
    tool(Command::new("groupadd").args(["--system", "--force", "wasmjit"]))?;
    for (name, text) in [RULE, OPTIONS] {
        if !Path::new("/usr/lib").join(name).exists() {
            let path = Path::new("/etc").join(name);
            write(&path, text)?;
        }
    }
    // Without udev there is nothing to tell.
    let _ = Command::new("udevadm")
        .args(["control", "--reload"])
        .output();
    output::line(format_args!(
        "{} is installed; `wasmjit kernel load` loads it",
        to.display()
    ))?;
    Ok(SUCCESS)
}

pub(super) fn load(file: Option<&Path>) -> Result<Status, Failure> {
    if is_loaded() {
        output::line("the kernel module is loaded already")?;
        return Ok(SUCCESS);
    }
    let mut command = match file {
        Some(file) => {
            let mut command = Command::new("insmod");
            command.arg(file);
            command
        }
        None => {
            let mut command = Command::new("modprobe");
            command.arg("wasmjit");
            command
        }
    };
    let before = reason::last_refusal();
    tool(&mut command).map_err(|failure| {
        let reason = reason::failed(before.as_deref());
        let reason = reason.unwrap_or_else(|| {
            "if the module was found, the kernel's log says why it was not loaded: dmesg".into()
        });
        Failure::usage(format_args!("{failure}\n{reason}"))
    })?;
    output::line("the kernel module is loaded")?;
    Ok(SUCCESS)
}

pub(super) fn unload() -> Result<Status, Failure> {
    if !is_loaded() {
        output::line("the kernel module is not loaded")?;
        return Ok(SUCCESS);
    }
    let contexts = Device::open().and_then(|device| device.info());
    // One of them was this command's own.
    let running = contexts.map_or(0, |info| info.contexts.saturating_sub(1));
    if running > 0 {
        output::line(format_args!(
            "the kernel module is in use by {running} programs, and stays"
        ))?;
        return Ok(FAILURE);
    }
    tool(Command::new("rmmod").arg("wasmjit"))?;
    output::line("the kernel module is unloaded")?;
    Ok(SUCCESS)
}

fn is_loaded() -> bool {
    Path::new("/sys/module/wasmjit").exists()
}

fn release(options: &ModuleOptions) -> Result<String, Failure> {
    if let Some(release) = &options.release {
        return Ok(release.clone());
    }
    let path = Path::new("/proc/sys/kernel/osrelease");
    let release = fs::read_to_string(path).map_err(|e| Failure::io(path, "cannot be read", &e))?;
    Ok(release.trim().to_owned())
}

/// A module that was built, in a folder of its own that goes away with it.
struct Built {
    folder: WorkFolder,
}

impl Built {
    fn new(options: &ModuleOptions, release: &str) -> Result<Self, Failure> {
        let source = options.source.as_deref().unwrap_or(Path::new(SOURCE));
        if !source.join("library.o_shipped").exists() {
            return Err(Failure::usage(format_args!(
                "{}: the sources of the kernel module are not there; Debian's package has them, \
                 or name their folder by --source (`cargo xtask kernel` makes one)",
                source.display()
            )));
        }
        let headers = Path::new("/lib/modules").join(release).join("build");
        if !headers.exists() {
            return Err(Failure::usage(format_args!(
                "{}: the headers of this kernel are not installed; on Debian: \
                 apt install linux-headers-{release}",
                headers.display()
            )));
        }
        let folder = WorkFolder::new(&std::env::temp_dir(), "wasmjit-module")?;
        let entries =
            fs::read_dir(source).map_err(|e| Failure::io(source, "cannot be read", &e))?;
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            copy(&entry.path(), &folder.path().join(entry.file_name()))?;
        }
        let mut make = Command::new("make");
        make.args(["-s", "-C"])
            .arg(folder.path())
            .arg(format!("KERNEL_RELEASE={release}"));
        tool(&mut make)?;
        Ok(Self { folder })
    }

    fn module(&self) -> PathBuf {
        self.folder.path().join(MODULE)
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::io(to, "cannot be written", &error)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| Failure::io(path, "cannot be written", &error))
}

/// Runs a program of the system; what it says is part of the failure.
fn tool(command: &mut Command) -> Result<(), Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| Failure::usage(format_args!("{name} cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    Err(Failure::usage(format_args!(
        "{name} failed ({}): {}",
        output.status,
        said.trim()
    )))
}
