//! `wasmjit binfmt`: has Linux run WebAssembly programs like native ones, so that
//! `./prog.wasm` works.

use crate::args::BinfmtCommand;
use crate::failure::{FAILURE, Failure, Plain, SUCCESS, Status};
use crate::output;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What the record is called.
const NAME: &str = "wasmjit";

/// How modules begin: the magic number and version 1.
const MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// Longest path of an interpreter that the kernel takes.
const PATH_MAX: usize = 127;

/// Where the system keeps such records.
struct Places {
    /// The file system in which those in force are.
    kernel: PathBuf,
    /// Those that are put into force when the system starts.
    boot: PathBuf,
}

impl Places {
    fn of_system() -> Self {
        Self {
            kernel: "/proc/sys/fs/binfmt_misc".into(),
            boot: "/etc/binfmt.d".into(),
        }
    }

    fn record(&self) -> PathBuf {
        self.kernel.join(NAME)
    }

    fn boot_file(&self) -> PathBuf {
        self.boot.join(NAME).with_extension("conf")
    }
}

/// Does what the command says.
pub(crate) fn run(command: &BinfmtCommand) -> Result<Status, Failure> {
    let places = Places::of_system();
    match command {
        BinfmtCommand::Install {
            until_reboot,
            fix_binary,
        } => {
            let program = own_path()?;
            install(&places, &program, *fix_binary, !until_reboot)?;
            let text = format!(
                "WebAssembly programs are now run by {}\n",
                program.display()
            );
            output::write(text.as_bytes())?;
            Ok(SUCCESS)
        }
        BinfmtCommand::Remove => {
            let text = match remove(&places)? {
                true => "WebAssembly programs are no longer run by wasmjit\n",
                false => "WebAssembly programs were not run by wasmjit\n",
            };
            output::write(text.as_bytes())?;
            Ok(SUCCESS)
        }
        BinfmtCommand::Status => {
            let status = status(&places)?;
            output::write(status.text.as_bytes())?;
            Ok(if status.in_force { SUCCESS } else { FAILURE })
        }
    }
}

/// This program's file.
fn own_path() -> Result<PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|error| Failure::usage(format_args!("cannot find my own file: {}", Plain(&error))))
}

/// The record for a program. The flag P passes the name by which a program was
/// called on, F opens `program` once and for all.
fn record(program: &Path, fix_binary: bool) -> Result<String, Failure> {
    let refused = |why: &str| {
        Failure::usage(format_args!(
            "{}: this path {why}, which the kernel does not take here; install wasmjit \
             elsewhere, as /usr/local/bin/wasmjit",
            program.display()
        ))
    };
    let path = program.to_str().ok_or(refused("is not in UTF-8"))?;
    if path.len() > PATH_MAX {
        return Err(refused("is longer than 127 bytes"));
    }
    if !program.is_absolute() || path.contains(['\n', '\\']) {
        return Err(refused("is relative or has special characters"));
    }
    // The first character separates the fields.
    let separator = [':', '|', ',', '%']
        .into_iter()
        .find(|c| !path.contains(*c));
    let s = separator.ok_or(refused(
        "contains all characters that could separate fields",
    ))?;
    let magic: String = MAGIC.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    let flags = if fix_binary { "PF" } else { "P" };
    Ok(format!(
        "{s}{NAME}{s}M{s}{s}{magic}{s}{s}{path}{s}{flags}\n"
    ))
}

fn install(places: &Places, program: &Path, fix: bool, boot: bool) -> Result<(), Failure> {
    let record = record(program, fix)?;
    let register = places.kernel.join("register");
    if !register.exists() {
        return Err(Failure::usage(format_args!(
            "{}: there is no such file; as root, `modprobe binfmt_misc` and `mount -t \
             binfmt_misc binfmt_misc {}` provide it",
            register.display(),
            places.kernel.display()
        )));
    }
    if places.record().exists() {
        withdraw(places)?;
    }
    write(&register, &record)?;
    if boot {
        fs::create_dir_all(&places.boot)
            .map_err(|error| cannot(&places.boot, "cannot be made", &error))?;
        write(&places.boot_file(), &record)?;
    }
    Ok(())
}

/// Takes the record out of force.
fn withdraw(places: &Places) -> Result<(), Failure> {
    write(&places.record(), "-1")
}

/// Removes the record; whether there was one.
fn remove(places: &Places) -> Result<bool, Failure> {
    let mut found = false;
    if places.record().exists() {
        withdraw(places)?;
        found = true;
    }
    let file = places.boot_file();
    match fs::remove_file(&file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(found),
        Err(error) => Err(cannot(&file, "cannot be removed", &error)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| cannot(path, "cannot be written", &error))
}

/// A failure, with what to do where rights are missing.
fn cannot(path: &Path, what: &str, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => "; run this as root, as `sudo wasmjit binfmt …`",
        ErrorKind::ReadOnlyFilesystem => "; is this a container? do it on its host",
        _ => "",
    };
    Failure::usage(format_args!(
        "{}: {what}: {}{remedy}",
        path.display(),
        Plain(error)
    ))
}

struct Report {
    text: String,
    in_force: bool,
}

/// What runs WebAssembly programs now, and when the system starts.
fn status(places: &Places) -> Result<Report, Failure> {
    let mut text = String::new();
    let mut in_force = false;
    let entries = fs::read_dir(&places.kernel)
        .map(|entries| entries.filter_map(Result::ok).collect::<Vec<_>>())
        .unwrap_or_default();
    let globally = fs::read_to_string(places.kernel.join("status")).unwrap_or_default();
    let magic: String = MAGIC.iter().map(|byte| format!("{byte:02x}")).collect();
    for entry in entries {
        let name = entry.file_name();
        if name == "register" || name == "status" {
            continue;
        }
        let Ok(record) = fs::read_to_string(entry.path()) else {
            continue;
        };
        let field = |key: &str| record.lines().find_map(|line| line.strip_prefix(key));
        let own = name.as_bytes() == NAME.as_bytes();
        // Shorter magic numbers match as well.
        let matches = field("magic ").is_some_and(|other| magic.starts_with(other));
        if !own && !matches {
            continue;
        }
        let enabled = record.starts_with("enabled") && !globally.starts_with("disabled");
        let interpreter = field("interpreter ").unwrap_or("?");
        let missing = !Path::new(interpreter).exists() && !record.contains("flags: PF");
        text += &format!(
            "{}: {interpreter}{}{}\n",
            name.to_string_lossy(),
            if enabled { "" } else { " (switched off)" },
            if missing {
                " (there is no such file)"
            } else {
                ""
            },
        );
        in_force |= own && enabled && !missing;
    }
    if text.is_empty() {
        text = match places.kernel.join("register").exists() {
            true => "nothing is registered for WebAssembly programs\n".into(),
            false => format!(
                "nothing can be registered: {} is not mounted\n",
                places.kernel.display()
            ),
        };
    }
    let file = places.boot_file();
    text += &match file.exists() {
        true => format!("at the system's start: {}\n", file.display()),
        false => "at the system's start: nothing\n".into(),
    };
    Ok(Report { text, in_force })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in the place of the system's, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("wasmjit-binfmt-test-{}-{name}", std::process::id());
            let path = std::env::temp_dir().join(name);
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(path.join("kernel")).unwrap();
            fs::write(path.join("kernel/register"), "").unwrap();
            fs::write(path.join("kernel/status"), "enabled\n").unwrap();
            Self(path)
        }

        fn places(&self) -> Places {
            Places {
                kernel: self.0.join("kernel"),
                boot: self.0.join("etc/binfmt.d"),
            }
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const PROGRAM: &str = "/usr/bin/wasmjit";

    #[test]
    fn records_are_what_the_kernel_expects() {
        let record = |path: &str, fix| record(Path::new(path), fix).map_err(|f| f.to_string());
        assert_eq!(
            record(PROGRAM, false).unwrap(),
            ":wasmjit:M::\\x00\\x61\\x73\\x6d\\x01\\x00\\x00\\x00::/usr/bin/wasmjit:P\n"
        );
        assert!(
            record("/a:b/wasmjit", true)
                .unwrap()
                .starts_with("|wasmjit|M|")
        );
        assert!(record("/a:b/wasmjit", true).unwrap().ends_with("|PF\n"));
        assert!(record("wasmjit", false).unwrap_err().contains("relative"));
        let long = format!("/{}", "x".repeat(127));
        assert!(record(&long, false).unwrap_err().contains("127"));
        assert!(record("/:|,%", false).unwrap_err().contains("separate"));
    }

    #[test]
    fn installs_and_removes() {
        let folder = Folder::new("install");
        let places = folder.places();
        install(&places, Path::new(PROGRAM), false, true).unwrap();
        let register = fs::read_to_string(places.kernel.join("register")).unwrap();
        assert!(register.contains(PROGRAM));
        assert_eq!(fs::read_to_string(places.boot_file()).unwrap(), register);
        // What the kernel would have made of it.
        fs::write(places.record(), "enabled\n").unwrap();
        assert!(remove(&places).unwrap());
        assert_eq!(fs::read_to_string(places.record()).unwrap(), "-1");
        fs::remove_file(places.record()).unwrap();
        assert!(!places.boot_file().exists());
        assert!(!remove(&places).unwrap());

        install(&places, Path::new(PROGRAM), false, false).unwrap();
        assert!(!places.boot_file().exists());
        fs::remove_file(places.kernel.join("register")).unwrap();
        let failure = install(&places, Path::new(PROGRAM), false, true).unwrap_err();
        assert!(failure.to_string().contains("modprobe binfmt_misc"));
    }

    #[test]
    fn tells_who_runs_programs() {
        let folder = Folder::new("status");
        let places = folder.places();
        let report = status(&places).unwrap();
        assert!(!report.in_force && report.text.starts_with("nothing is registered"));
        let own = std::env::current_exe().unwrap();
        let record = |interpreter: &Path| {
            format!(
                "enabled\ninterpreter {}\nflags: P\noffset 0\nmagic 0061736d01000000\n",
                interpreter.display()
            )
        };
        fs::write(places.kernel.join("wasmjit"), record(&own)).unwrap();
        fs::write(
            places.kernel.join("other"),
            "disabled\ninterpreter /x\nflags: \noffset 0\nmagic 0061736d\n",
        )
        .unwrap();
        fs::write(places.kernel.join("java"), "enabled\nmagic cafebabe\n").unwrap();
        let report = status(&places).unwrap();
        assert!(report.in_force, "{}", report.text);
        assert!(
            report.text.contains("other: /x (switched off)"),
            "{}",
            report.text
        );
        assert!(!report.text.contains("java"));
        fs::write(places.kernel.join("wasmjit"), record(Path::new("/none"))).unwrap();
        let report = status(&places).unwrap();
        assert!(!report.in_force && report.text.contains("no such file"));
    }

    #[test]
    fn missing_rights_are_told_with_a_remedy() {
        let denied = io::Error::from(ErrorKind::PermissionDenied);
        let failure = cannot(Path::new("/proc/x"), "cannot be written", &denied);
        assert!(failure.to_string().contains("sudo wasmjit binfmt"));
    }
}
