//! `cargo xtask deb`: a Debian package of the command and the kernel module.
//!
//! The module comes as its C shim and the finished object of the Rust library,
//! which DKMS links for each kernel that is installed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{output as output_of, run as run_command, wasmjit};
use crate::{kernel, places};

/// Options of `cargo xtask deb`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder to put the package into.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Builds the package and says where it is.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let output = match &arguments.output {
        Some(folder) => folder.clone(),
        None => places::target_dir().join("deb"),
    };
    println!("{}", build(&output)?.display());
    Ok(())
}

/// Builds the package, and returns its path.
pub(crate) fn build(output: &Path) -> Result<PathBuf> {
    let program = wasmjit()?;
    let version = version(program)?;
    let version = version.as_str();
    let root = places::target_dir().join("deb/root");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let usr = root.join("usr");
    install(program, &usr.join("bin/wasmjit"), 0o755)?;
    let source = kernel::source()?;
    let shipped = usr.join(format!("src/wasmjit-{version}"));
    for name in kernel::source_files() {
        install(&source.join(name), &shipped.join(name), 0o644)?;
    }
    let fill = |text: &str| text.replace("@VERSION@", version);
    let dkms = shipped.join("dkms.conf");
    write(&dkms, fill(&fs::read_to_string(&dkms)?).as_bytes(), 0o644)?;
    let files = places::root().join("kernel");
    for (name, place) in [
        ("60-wasmjit.rules", "lib/udev/rules.d"),
        ("wasmjit.conf", "lib/modprobe.d"),
    ] {
        install(&files.join(name), &usr.join(place).join(name), 0o644)?;
    }
    let documents = usr.join("share/doc/wasmjit");
    for (from, to) in [
        ("CHANGELOG.md", "changelog"),
        ("LICENSE-MIT", "copyright"),
        ("README.md", "README.md"),
    ] {
        install(&places::root().join(from), &documents.join(to), 0o644)?;
    }
    run_command(
        Command::new("gzip")
            .args(["-9n"])
            .arg(documents.join("changelog")),
    )?;
    let pages = usr.join("share/man/man1");
    run_command(Command::new(program).arg("man").arg(&pages))?;
    let completion = usr.join("share/bash-completion/completions/wasmjit");
    let script = Command::new(program)
        .args(["completions", "bash"])
        .output()?;
    write(&completion, &script.stdout, 0o644)?;

    let control = root.join("DEBIAN");
    write(&control.join("control"), fill(CONTROL).as_bytes(), 0o644)?;
    write(&control.join("postinst"), fill(POSTINST).as_bytes(), 0o755)?;
    write(&control.join("prerm"), fill(PRERM).as_bytes(), 0o755)?;
    fs::create_dir_all(output)?;
    let package = output.join(format!("wasmjit_{version}_amd64.deb"));
    run_command(
        Command::new("dpkg-deb")
            .args(["--build", "--root-owner-group", "-Zxz"])
            .arg(&root)
            .arg(&package),
    )?;
    Ok(package)
}

/// The command's version.
fn version(program: &Path) -> Result<String> {
    let said = output_of(Command::new(program).arg("--version"))?;
    let version = said.split_whitespace().nth(1);
    Ok(version.context("the command says its version")?.to_owned())
}

const CONTROL: &str = "\
Package: wasmjit
Version: @VERSION@
Architecture: amd64
Maintainer: The wasmjit developers <wasmjit@localhost>
Depends: libc6 (>= 2.34), libgcc-s1, dkms, make, gcc, binutils, passwd
Recommends: linux-headers-amd64
Section: interpreters
Priority: optional
Description: WebAssembly programs as processes, and in the kernel
 Runs POSIX programs that were compiled to WebAssembly as native programs run:
 same arguments, environment, files, sockets, signals and exit status.
 .
 With the kernel module, which DKMS builds, programs can run in ring 0.
";

/// Members of the group may use the device; DKMS builds the module for each
/// kernel whose headers are there.
const POSTINST: &str = "\
#!/bin/sh
set -e
if [ \"$1\" = configure ]; then
    getent group wasmjit >/dev/null || groupadd --system wasmjit
    if [ -x /usr/lib/dkms/common.postinst ]; then
        /usr/lib/dkms/common.postinst wasmjit @VERSION@ \"\" \"\" \"$2\" ||
            echo \"wasmjit: the kernel module was not built; see above\" >&2
    fi
    if [ -d /run/udev ]; then
        udevadm control --reload || true
    fi
fi
";

const PRERM: &str = "\
#!/bin/sh
set -e
if [ -x /usr/sbin/dkms ] && [ -n \"$(dkms status -m wasmjit -v @VERSION@)\" ]; then
    dkms remove -m wasmjit -v @VERSION@ --all
fi
";

fn install(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    write(to, &bytes, mode)
}

fn write(to: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let folder = to.parent().context("a file in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}
