//! The virtual machine's root file system: busybox, modules, and what to do.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Machine;
use super::kernels::{Kernel, copy_module};

/// Modules that the machine needs before the host's folders can be mounted.
const MODULES: [&str; 3] = ["virtio_pci", "virtio_console", "9p"];
/// The transport of 9p that nothing depends on by name.
const TRANSPORT: &str = "9pnet_virtio";

/// Where Debian's package puts the statically linked busybox.
const BUSYBOX: &str = "/bin/busybox";

/// A folder of the host.
pub(super) struct Mount {
    /// Name of the device.
    pub(super) tag: String,
    /// Where it is, on the host and in the machine.
    pub(super) host: PathBuf,
    pub(super) guest: PathBuf,
    pub(super) writable: bool,
}

/// Writes the compressed archive to `archive`; `work` is an empty folder.
pub(super) fn build(
    machine: &Machine<'_>,
    kernel: &Kernel,
    mounts: &[Mount],
    work: &Path,
    archive: &Path,
) -> Result<()> {
    let root = work.join("root");
    for folder in [
        "busybox-bin",
        "proc",
        "sys",
        "dev",
        "etc",
        "tmp",
        "run",
        "usr",
        "vm/modules",
    ] {
        fs::create_dir_all(root.join(folder))?;
    }
    fs::copy(BUSYBOX, root.join("busybox"))
        .with_context(|| format!("cannot copy {BUSYBOX}: `cargo xtask setup` installs it"))?;
    for folder in ["bin", "sbin", "lib", "lib32", "lib64"] {
        symlink(format!("usr/{folder}"), root.join(folder))?;
    }
    for (file, text) in [
        (
            "passwd",
            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        ),
        ("group", "root:x:0:\nnogroup:x:65534:\n"),
        ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("resolv.conf", ""),
    ] {
        fs::write(root.join("etc").join(file), text)?;
    }
    let mut files = kernel.module_files(&MODULES);
    files.extend(kernel.module_files(&[TRANSPORT]));
    let own = files.len();
    files.extend(machine.modules.iter().cloned());
    let mut names = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let name = file.file_name().and_then(OsStr::to_str);
        let name = name.context("a module without a name")?;
        let name = name.trim_end_matches(".xz").to_owned();
        copy_module(file, &root.join("vm/modules").join(&name))?;
        if (number < own || machine.load) && !names.contains(&name) {
            names.push(name);
        }
    }
    write_script(&root.join("init"), include_str!("init.sh"))?;
    write_script(&root.join("vm/settings"), &settings(&names, mounts))?;
    write_script(&root.join("vm/command"), &command(machine))?;
    pack(&root, archive)
}

fn settings(modules: &[String], mounts: &[Mount]) -> String {
    let mut text = format!("modules='{}'\nlog_level=7\n", modules.join(" "));
    text += "mount_all() {\n:\n";
    for mount in mounts {
        let options = if mount.writable {
            "rw,cache=none,access=any"
        } else {
            "ro,cache=loose,access=any"
        };
        let guest = quote(mount.guest.as_os_str());
        let _ = writeln!(text, "mount_host {} {guest} {options}", mount.tag);
    }
    text += "}\nafter_command() {\n:\n}\n";
    text
}

/// The script that runs the command as it would run on the host.
fn command(machine: &Machine<'_>) -> String {
    let mut text = String::from("#!/busybox sh\n");
    let path: Vec<String> = machine
        .path
        .iter()
        .map(|folder| folder.to_string_lossy().into_owned())
        .chain(["/usr/local/bin", "/usr/bin", "/usr/sbin", "/busybox-bin"].map(str::to_owned))
        .collect();
    let _ = writeln!(text, "export PATH={}", quote(OsStr::new(&path.join(":"))));
    for (name, value) in &machine.environment {
        let _ = writeln!(text, "export {name}={}", quote(value));
    }
    let _ = writeln!(
        text,
        "cd {} || exit 126",
        quote(machine.directory.as_os_str())
    );
    let words: Vec<String> = machine.command.iter().map(|word| quote(word)).collect();
    let _ = writeln!(text, "exec {}", words.join(" "));
    text
}

/// A word of the shell that stands for exactly this text.
fn quote(word: &OsStr) -> String {
    format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))
}

fn write_script(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Makes the archive that the kernel unpacks.
fn pack(root: &Path, archive: &Path) -> Result<()> {
    let mut find = Command::new("find")
        .arg(".")
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run find")?;
    let names = find.stdout.take().context("find has an output")?;
    let status = Command::new("cpio")
        .args(["--create", "--format=newc", "--owner=+0:+0", "--quiet"])
        .current_dir(root)
        .stdin(names)
        .stdout(File::create(archive)?)
        .status()
        .context("cannot run cpio: `cargo xtask setup` installs it")?;
    if !find.wait()?.success() || !status.success() {
        bail!("the virtual machine's root file system could not be packed");
    }
    Ok(())
}
