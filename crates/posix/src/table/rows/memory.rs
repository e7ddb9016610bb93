//! Memory and its mappings.

use super::vocabulary::*;

rows! {
    "Memory" {
        env "emscripten_resize_heap" = Full [calls::memory::resize_heap](requested_size: UNSIGNED),
            "Grows the memory to at least so many bytes; returns whether that was possible.";
        env "emscripten_get_heap_max" = Full [calls::memory::heap_max]() -> UNSIGNED,
            "Returns how large the memory may become.";
        env "emscripten_get_heap_size" = Full [calls::memory::heap_size]() -> UNSIGNED,
            "Returns the size of the memory.";
        env "emscripten_notify_memory_growth" = Full [calls::memory::notify_growth](memory_index: INT),
            "Tells that the memory has grown; nothing has to be done.";
        env "emscripten_memcpy_big" = Full [calls::memory::copy](dest: ADDRESS, src: ADDRESS, num: UNSIGNED) -> ADDRESS,
            "Copies bytes; the ranges may overlap. Traps outside of memory.";
        env "_emscripten_memcpy_js" = Full [calls::memory::copy](dest: ADDRESS, src: ADDRESS, num: UNSIGNED) -> ADDRESS,
            "Copies bytes; the ranges may overlap. Traps outside of memory.";
        env "_mmap_js" = Partial
            [calls::mapping::mmap](length: UNSIGNED, prot: flags(&c::PROTECTION), flags: flags(&c::MAP), fd: FD, offset: INT, allocated: number_out(4, Scalar::Int), addr: word_out(Scalar::Address))
            [calls::mapping::mmap_old](addr: ADDRESS, length: UNSIGNED, prot: flags(&c::PROTECTION), flags: flags(&c::MAP), fd: FD, offset: INT, allocated: number_out(4, Scalar::Int)),
            "Maps a file into memory from the guest's allocator, whose address it stores (older versions: returns).",
            "A private mapping is a copy; a shared one too where memory may move: its changes are then written back by msync, munmap and at the end.";
        env "_munmap_js" = Full
            [calls::mapping::munmap](addr: ADDRESS, length: UNSIGNED, prot: flags(&c::PROTECTION), flags: flags(&c::MAP), fd: FD, offset: INT)
            [calls::mapping::munmap_old](addr: ADDRESS, length: UNSIGNED, prot: flags(&c::PROTECTION), flags: flags(&c::MAP), fd: FD, offset: INT),
            "Ends a mapping of a file, writing changes of a shared one back; the memory itself is freed by the guest.";
        env "_msync_js" = Full
            [calls::mapping::msync](addr: ADDRESS, length: UNSIGNED, prot: flags(&c::PROTECTION), flags: flags(&c::MSYNC), fd: FD, offset: INT)
            [calls::mapping::msync_old](addr: ADDRESS, length: UNSIGNED, flags: flags(&c::MSYNC), fd: FD),
            "Writes changes of a shared mapping back to its file.";
        env "__wasmjit_mmap" = Partial [sys calls::mapping::mmap_fixed](addr: ADDRESS, length: UNSIGNED, prot: flags(&c::PROTECTION), flags: flags(&c::MAP), fd: FD, offset: UNSIGNED),
            "Maps a file, or with MAP_ANONYMOUS zeros, in the place of memory of the program's, from an address that is a multiple of 64 KiB. The offset counts 4096 bytes.",
            "A private mapping is a copy; a shared one too where memory may move: its changes are then written back.";
        env "__wasmjit_munmap" = Full [sys calls::mapping::munmap_range](addr: ADDRESS, length: UNSIGNED),
            "Ends what is mapped in a range, and puts zeros in the place of pages that others have as well.";
        env "__wasmjit_msync" = Full [sys calls::mapping::msync_range](addr: ADDRESS, length: UNSIGNED),
            "Writes the changes of shared mappings in a range to their files.";
        env "__map_file" = Stub [calls::mapping::map_file](pathname: ADDRESS, size: ADDRESS) -> ADDRESS,
            "Returns null: `musl` maps time zone files with it, which the host reads itself.";
        env "__syscall_mprotect" = Partial [calls::memory::ignored_range](addr: ADDRESS, len: UNSIGNED, prot: flags(&c::PROTECTION)),
            "Checks the range.", "No effect.";
        env "__syscall_madvise" = Partial [calls::memory::ignored_range](addr: ADDRESS, len: UNSIGNED, advice: choice(&c::MADVISE)),
            "Checks the range.", "No effect.";
        env "__syscall_mlock" = Partial [calls::memory::ignored_lock](addr: ADDRESS, len: UNSIGNED),
            "Checks the range.", "No effect.";
        env "__syscall_munlock" = Partial [calls::memory::ignored_lock](addr: ADDRESS, len: UNSIGNED),
            "Checks the range.", "No effect.";
        env "__syscall_mlockall" = Partial [calls::memory::ignored_lock_all](flags: flags(&c::MLOCKALL)),
            "Returns 0.", "No effect.";
        env "__syscall_munlockall" = Partial [calls::memory::ignored_unlock_all](),
            "Returns 0.", "No effect.";
        env "__syscall_mincore" = Partial [calls::memory::mincore](addr: ADDRESS, length: UNSIGNED, vec: ADDRESS),
            "Stores for each page of a range whether it is present.", "All pages are present.";
        env "__syscall_mremap" = Stub [calls::memory::mremap](old_addr: ADDRESS, old_size: UNSIGNED, new_size: UNSIGNED, flags: flags(&c::MREMAP), new_addr: ADDRESS),
            "Would move a mapping; gives ENOMEM, so that programs copy instead.";
    }
}
