//! What an entry is stored under.

use std::fmt;

/// Identifies compiled code: a hash over the module and everything that decides
/// which code comes out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Key {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// In hexadecimal, as in file names.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Makes a [`Key`].
///
/// ```
/// use wasmjit_cache::KeyBuilder;
///
/// let key = |cpu| KeyBuilder::new(b"module").part("compiler 1.0").part(cpu).finish();
/// assert_eq!(key("avx2"), key("avx2"));
/// assert_ne!(key("avx2"), key("sse4.1"));
/// ```
#[derive(Clone)]
pub struct KeyBuilder(blake3::Hasher);

impl KeyBuilder {
    /// Starts with the module's binary; this is where the time goes (about a
    /// millisecond for 2 MB).
    pub fn new(module: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("wasmjit 2026 cache of compiled code");
        hasher.update(blake3::hash(module).as_bytes());
        Self(hasher)
    }

    /// Adds something else that the code depends on: the compiler and its
    /// version, a setting, the features of the processor. The order matters.
    #[must_use]
    pub fn part(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        // The length keeps "ab" + "c" and "a" + "bc" apart.
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// The key.
    pub fn finish(self) -> Key {
        Key(*self.0.finalize().as_bytes())
    }
}

impl fmt::Debug for KeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyBuilder").finish_non_exhaustive()
    }
}
