//! The name section.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use wasmparser::{BinaryReader, Name, NameMap, NameSectionReader};

/// Names that a module gives to itself and its functions, for messages and
/// backtraces. They have no influence on execution, so a broken name section
/// only means fewer names.
#[derive(Clone)]
pub struct Names {
    /// The module's binary, where the names stand.
    bytes: Arc<[u8]>,
    module: Option<NameRange>,
    /// Names of functions by ascending index.
    functions: Vec<(u32, NameRange)>,
}

/// Where a name stands in the binary.
#[derive(Clone, Copy)]
struct NameRange {
    start: u32,
    len: u32,
}

impl NameRange {
    /// The name that ends at `end`; `None` for empty names, which say nothing.
    fn ending_at(end: u64, name: &str) -> Option<Self> {
        let len = u32::try_from(name.len()).ok().filter(|&len| len > 0)?;
        let start = u32::try_from(end).ok()?.checked_sub(len)?;
        Some(Self { start, len })
    }
}

impl Names {
    /// No names.
    pub(crate) fn none(bytes: Arc<[u8]>) -> Self {
        Self {
            bytes,
            module: None,
            functions: Vec::new(),
        }
    }

    /// Reads as much of the name section at `section` as is intact.
    pub(crate) fn decode(bytes: Arc<[u8]>, section: Range<usize>, function_count: usize) -> Self {
        let mut names = Self::none(bytes.clone());
        let offset = section.start as u64;
        let Some(contents) = bytes.get(section) else {
            return names;
        };
        let reader = NameSectionReader::new(BinaryReader::new(contents, offset));
        for subsection in reader.map_while(Result::ok) {
            match subsection {
                Name::Module { name, name_range } => {
                    names.module = NameRange::ending_at(name_range.end, name);
                }
                Name::Function(map) => {
                    names.functions = function_names(map, function_count).unwrap_or_default();
                }
                _ => {}
            }
        }
        names
    }

    /// The module's name.
    pub fn module(&self) -> Option<&str> {
        self.text(self.module?)
    }

    /// The name of a function.
    pub fn function(&self, function: u32) -> Option<&str> {
        let at = self
            .functions
            .binary_search_by_key(&function, |(index, _)| *index)
            .ok()?;
        self.text(self.functions[at].1)
    }

    /// Every named function, by ascending index.
    pub fn functions(&self) -> impl Iterator<Item = (u32, &str)> {
        self.functions
            .iter()
            .filter_map(|&(index, range)| Some((index, self.text(range)?)))
    }

    fn text(&self, range: NameRange) -> Option<&str> {
        let start = range.start as usize;
        let bytes = self.bytes.get(start..start + range.len as usize)?;
        core::str::from_utf8(bytes).ok()
    }
}

/// Reads function names; the order of indices is checked by `NameMap`.
fn function_names(
    mut map: NameMap<'_>,
    function_count: usize,
) -> wasmparser::Result<Vec<(u32, NameRange)>> {
    let mut names = Vec::new();
    while let Some(naming) = map.next() {
        let naming = naming?;
        if naming.index as usize >= function_count {
            break;
        }
        if let Some(range) = NameRange::ending_at(map.names.original_position(), naming.name) {
            names.push((naming.index, range));
        }
    }
    names.shrink_to_fit();
    Ok(names)
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("module", &self.module())
            .field("functions", &self.functions.len())
            .finish()
    }
}
