//! The installed Emscripten.

use super::Tool;
use crate::failure::{Failure, SUCCESS, Status};
use std::env;
use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

/// Debian's folder of JavaScript modules, where emcc finds its parser.
const NODE_MODULES: &str = "/usr/share/nodejs";

/// One of Emscripten's tools and what is known of it.
pub(super) struct Toolchain {
    path: PathBuf,
    version: Version,
}

/// Emscripten's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) [u32; 3]);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches('"');
        let mut parts = text.split(['.', '-', ' ']).map(str::parse);
        let mut next = || parts.next()?.ok();
        Some(Self([next()?, next()?, next()?]))
    }
}

impl Toolchain {
    /// Finds a tool on the search path, or in `$EMSCRIPTEN`, the folder of another
    /// installation.
    pub(super) fn find(tool: Tool) -> Result<Self, Failure> {
        let name = tool.emscripten();
        let chosen = env::var_os("EMSCRIPTEN").map(PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = chosen.into_iter().chain(env::split_paths(&path));
        let found = folders
            .map(|folder| folder.join(name))
            .find(|path| path.is_file());
        let path = found.ok_or_else(|| {
            Failure::usage(format_args!(
                "{name} is not on the search path; install Emscripten (Debian: apt install \
                 emscripten) or name its folder in EMSCRIPTEN"
            ))
        })?;
        let version = Self::version_of(&path)?;
        Ok(Self { path, version })
    }

    /// The version stands in a file beside the tools.
    fn version_of(tool: &Path) -> Result<Version, Failure> {
        let real = tool
            .canonicalize()
            .map_err(|error| Failure::io(tool, "cannot be found", &error))?;
        let file = real.with_file_name("emscripten-version.txt");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::io(&file, "Emscripten's version cannot be read", &error))?;
        Version::parse(&text).ok_or_else(|| {
            Failure::usage(format_args!(
                "{}: this is no version of Emscripten: {}",
                file.display(),
                text.trim()
            ))
        })
    }

    /// Which version it is.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// What tells this installation from others.
    pub(super) fn identity(&self) -> String {
        format!("{} {:?}", self.path.display(), self.version)
    }

    /// A call of the tool.
    pub(super) fn command(&self) -> Command {
        command(&self.path)
    }

    /// A call of another tool of the same installation.
    pub(super) fn other(&self, tool: Tool) -> Command {
        self.sibling(tool.emscripten())
    }

    /// A call of what has this name beside the tool.
    pub(super) fn sibling(&self, name: &str) -> Command {
        command(&self.path.with_file_name(name))
    }
}

fn command(path: &Path) -> Command {
    let mut command = Command::new(path);
    if env::var_os("NODE_PATH").is_none() && Path::new(NODE_MODULES).exists() {
        command.env("NODE_PATH", NODE_MODULES);
    }
    command
}

/// Runs a tool to its end.
pub(super) fn status(command: &mut Command) -> Result<Status, Failure> {
    let status = command
        .status()
        .map_err(|error| not_started(command.get_program(), &error))?;
    Ok(exit_status(status))
}

/// Runs a tool to its end and keeps what it writes.
pub(super) fn output(command: &mut Command) -> Result<Output, Failure> {
    command
        .output()
        .map_err(|error| not_started(command.get_program(), &error))
}

/// How a tool ended, as a shell would say it.
pub(super) fn exit_status(status: ExitStatus) -> Status {
    match (status.code(), status.signal()) {
        (Some(code), _) => code as u8,
        (None, Some(signal)) => 128 + signal as u8,
        (None, None) => SUCCESS,
    }
}

pub(super) fn not_started(program: &OsStr, error: &std::io::Error) -> Failure {
    Failure::io(Path::new(program), "cannot be started", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(Version::parse("3.1.6\n"), Some(Version([3, 1, 6])));
        assert_eq!(Version::parse("\"3.1.69-git\""), Some(Version([3, 1, 69])));
        assert_eq!(Version::parse("3.x"), None);
        assert!(Version([3, 1, 69]) > Version([3, 1, 6]));
    }
}
