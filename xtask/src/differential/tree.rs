//! What lies in a folder: to compare what two runs leave behind.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A file of any kind.
#[derive(PartialEq, Eq)]
enum Entry {
    File { mode: u32, bytes: Vec<u8> },
    Folder { mode: u32 },
    Link { target: PathBuf },
    Other,
}

/// All that lies under a folder, by relative path.
#[derive(PartialEq, Eq)]
pub(crate) struct Tree(BTreeMap<PathBuf, Entry>);

impl Tree {
    /// Reads a folder.
    pub(crate) fn read(dir: &Path) -> Result<Tree> {
        let mut entries = BTreeMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(dir.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                let metadata = entry.metadata()?;
                let mode = metadata.permissions().mode() & 0o7777;
                let found = if metadata.is_symlink() {
                    let target = fs::read_link(entry.path())?;
                    Entry::Link { target }
                } else if metadata.is_dir() {
                    folders.push(path.clone());
                    Entry::Folder { mode }
                } else if metadata.is_file() {
                    let bytes = fs::read(entry.path())?;
                    Entry::File { mode, bytes }
                } else {
                    Entry::Other
                };
                entries.insert(path, found);
            }
        }
        Ok(Tree(entries))
    }

    /// The differences to what another run left, one a line.
    pub(crate) fn differences(&self, other: &Tree) -> Vec<String> {
        let mut differences = Vec::new();
        for (path, entry) in &self.0 {
            let found = other.0.get(path);
            let path = path.display();
            match (entry, found) {
                (_, None) => differences.push(format!("{path} is missing")),
                (a, Some(b)) if a == b => {}
                (Entry::File { mode, bytes }, Some(Entry::File { mode: m, bytes: b })) => {
                    if mode != m {
                        differences.push(format!("{path} has mode {m:o}, not {mode:o}"));
                    }
                    if let Some(text) = super::report::difference(bytes, b) {
                        differences.push(format!("{path} differs {text}"));
                    }
                }
                (Entry::Folder { mode }, Some(Entry::Folder { mode: m })) => {
                    differences.push(format!("{path} has mode {m:o}, not {mode:o}"));
                }
                (Entry::Link { target }, Some(Entry::Link { target: t })) => {
                    let (target, t) = (target.display(), t.display());
                    differences.push(format!("{path} leads to {t}, not {target}"));
                }
                _ => differences.push(format!("{path} is of another kind")),
            }
        }
        for path in other.0.keys().filter(|path| !self.0.contains_key(*path)) {
            differences.push(format!("{} is there too", path.display()));
        }
        differences
    }
}
