//! The seam to a place where compiled code is kept.

use alloc::vec::Vec;

/// What compiled code is kept under.
pub type CacheKey = [u8; 32];

/// A place where compiled code is kept from one run to the next.
///
/// The contents will be executed, so an implementation answers for them:
/// [`load`](Self::load) may only return what [`store`](Self::store) was given
/// under the same key. Nothing may fail here; a cache that is out of order
/// behaves like an empty one.
pub trait CodeCache: Send + Sync {
    /// The key of a module's code. `compiler` describes everything else that
    /// decides which code is generated.
    fn key(&self, module: &[u8], compiler: &str) -> CacheKey;

    /// What was stored under the key.
    fn load(&self, key: &CacheKey) -> Option<Vec<u8>>;

    /// Stores `image`, given in parts, in place of what was there.
    fn store(&self, key: &CacheKey, image: &[&[u8]]);
}

#[cfg(feature = "cache")]
impl CodeCache for wasmjit_cache::Cache {
    fn key(&self, module: &[u8], compiler: &str) -> CacheKey {
        let key = wasmjit_cache::KeyBuilder::new(module).part(compiler);
        *key.finish().as_bytes()
    }

    fn load(&self, key: &CacheKey) -> Option<Vec<u8>> {
        wasmjit_cache::Cache::load(self, &(*key).into())
            .ok()
            .map(wasmjit_cache::Image::into_vec)
    }

    fn store(&self, key: &CacheKey, image: &[&[u8]]) {
        // A full disk or a read-only home must not keep programs from running.
        let _ = wasmjit_cache::Cache::store(self, &(*key).into(), image);
    }
}
