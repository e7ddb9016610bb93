//! Files, directories and their status.

use super::vocabulary::*;

rows! {
    "Files" {
        env "__syscall_open" = Full [calls::files::open](path: Path, flags: flags(&c::OPEN), mode: Special(x::OpenMode)) -> FD,
            "Opens a file and gives the lowest free descriptor for it. The rights of a new file are the first variable argument.";
        env "__syscall_openat" = Full [calls::files::openat](dirfd: DIRECTORY, path: Path, flags: flags(&c::OPEN), mode: Special(x::OpenMode)) -> FD,
            "Opens a file, a relative path being meant from the directory `dirfd`. The rights of a new file are the first variable argument.";
        env "__syscall_unlink" = Full [calls::files::unlink](path: Path),
            "Removes a name of a file, and the file when it was the last and no one has it open.";
        env "__syscall_unlinkat" = Full [calls::files::unlinkat](dirfd: DIRECTORY, path: Path, flags: flags(&c::AT_REMOVE)),
            "Removes a name of a file, or with AT_REMOVEDIR an empty directory.";
        env "__syscall_rename" = Full [calls::files::rename](oldpath: Path, newpath: Path),
            "Gives a file another name, in the place of any file of that name.";
        env "__syscall_renameat" = Full [calls::files::renameat](olddirfd: DIRECTORY, oldpath: Path, newdirfd: DIRECTORY, newpath: Path),
            "Gives a file another name; relative paths are meant from the two directories.";
        env "__syscall_link" = Full [calls::files::link](oldpath: Path, newpath: Path),
            "Gives a file one more name.";
        env "__syscall_linkat" = Full [calls::files::linkat](olddirfd: DIRECTORY, oldpath: Path, newdirfd: DIRECTORY, newpath: Path, flags: flags(&c::AT)),
            "Gives a file one more name; a symbolic link itself, unless AT_SYMLINK_FOLLOW is set.";
        env "__syscall_symlink" = Full [calls::files::symlink](target: Path, linkpath: Path),
            "Makes a symbolic link that contains `target`.";
        env "__syscall_symlinkat" = Full [calls::files::symlinkat](target: Path, newdirfd: DIRECTORY, linkpath: Path),
            "Makes a symbolic link that contains `target`; a relative `linkpath` is meant from the directory.";
        env "__syscall_readlink" = Full [calls::files::readlink](path: Path, buf: bytes_out(Length::Result), bufsiz: UNSIGNED),
            "Reads the contents of a symbolic link, without a zero at the end; returns their length, cut to the buffer's.";
        env "__syscall_readlinkat" = Full [calls::files::readlinkat](dirfd: DIRECTORY, path: Path, buf: bytes_out(Length::Result), bufsiz: UNSIGNED),
            "Reads the contents of a symbolic link, without a zero at the end; returns their length, cut to the buffer's.";
        env "__syscall_mknod" = Full [calls::files::mknod](path: Path, mode: MODE, dev: Meaning::Number(Scalar::Device)),
            "Makes a file of the type in `mode`: regular, FIFO, socket or device.";
        env "__syscall_mknodat" = Full [calls::files::mknodat](dirfd: DIRECTORY, path: Path, mode: MODE, dev: Meaning::Number(Scalar::Device)),
            "Makes a file of the type in `mode`: regular, FIFO, socket or device.";
        env "__syscall_truncate64" = Full [calls::files::truncate](path: Path, length: INT),
            "Cuts a file to a length, or fills it up with zeros to it.";
        env "__syscall_ftruncate64" = Full [calls::files::ftruncate](fd: FD, length: INT),
            "Cuts an open file to a length, or fills it up with zeros to it.";
        env "__syscall_fallocate" = Full [calls::files::fallocate](fd: FD, mode: flags(&c::FALLOCATE), offset: INT, len: INT),
            "Allocates or frees space of an open file.";
        env "__syscall_fadvise64" = Full [calls::files::fadvise](fd: FD, offset: INT, len: INT, advice: choice(&c::FADVISE)),
            "Tells how a part of a file will be used.";
        env "__syscall_fadvise64_64" = Full [calls::files::fadvise](fd: FD, offset: INT, len: INT, advice: choice(&c::FADVISE)),
            "The same, as older versions name it.";
        env "__syscall_fdatasync" = Full [calls::files::fdatasync](fd: FD),
            "Waits until the contents of a file are on the device.";
        env "__syscall_sync" = Full [calls::files::sync](),
            "Has everything that was written put on the devices.";
        env "__syscall_acct" = Full [calls::files::acct](path: Path),
            "Switches the system's accounting of processes on, to a file, or off.";
        env "flock" = Full [libc calls::files::flock](fd: FD, operation: flags(&c::FLOCK)),
            "Locks a whole open file, or gives the lock up.";
        env "syncfs" = Full [libc calls::extra::syncfs](fd: FD),
            "Has everything that was written to the file's file system put on its device.";
        env "sync_file_range" = Full [libc calls::extra::sync_file_range](fd: FD, offset: INT, nbytes: INT, flags: flags(&c::SYNC_RANGE)),
            "Has a part of a file put on the device.";
        env "fallocate" = Full [libc calls::extra::fallocate](fd: FD, mode: flags(&c::FALLOCATE), offset: INT, len: INT),
            "Allocates or frees space of an open file.";
        env "copy_file_range" = Full [libc calls::extra::copy_file_range](fd_in: FD, off_in: number_in(8, Scalar::Int), fd_out: FD, off_out: number_in(8, Scalar::Int), len: UNSIGNED, flags: HEX),
            "Copies from file to file within the system; returns the number of bytes. Offsets are used and advanced where they are given.";
        env "sendfile" = Full [libc calls::extra::sendfile](out_fd: FD, in_fd: FD, offset: number_in(8, Scalar::Int), count: UNSIGNED),
            "Copies from a file to a descriptor within the system; returns the number of bytes.";
        env "splice" = Full [libc calls::extra::splice](fd_in: FD, off_in: number_in(8, Scalar::Int), fd_out: FD, off_out: number_in(8, Scalar::Int), len: UNSIGNED, flags: flags(&c::SPLICE)),
            "Moves bytes between a pipe and another descriptor; returns their number.";
        env "tee" = Full [libc calls::extra::tee](fd_in: FD, fd_out: FD, len: UNSIGNED, flags: flags(&c::SPLICE)),
            "Copies bytes from pipe to pipe without consuming them; returns their number.";
        env "vmsplice" = Partial [libc calls::extra::vmsplice](fd: FD, iov: Buffers(Direction::In, "nr_segs", Length::Result), nr_segs: UNSIGNED, flags: flags(&c::SPLICE)),
            "Puts buffers into a pipe; returns the number of bytes.", "Pages are never given away.";
        env "memfd_create" = Full [libc calls::extra::memfd_create](name: Text, flags: flags(&c::MEMFD)) -> FD,
            "Makes a file in memory that has no path.";
        env "__syscall_read" = Full [calls::files::read](fd: FD, buf: bytes_out(Length::Result), count: UNSIGNED),
            "Reads into a buffer; returns the number of bytes, 0 at the end of the file.";
        env "__syscall_write" = Full [calls::files::write](fd: FD, buf: bytes_in(Argument("count")), count: UNSIGNED),
            "Writes a buffer; returns the number of bytes.";
        env "__syscall_pread64" = Full [calls::files::pread](fd: FD, buf: bytes_out(Length::Result), count: UNSIGNED, offset: INT),
            "Reads at an offset, without moving the position of the file.";
        env "__syscall_pwrite64" = Full [calls::files::pwrite](fd: FD, buf: bytes_in(Argument("count")), count: UNSIGNED, offset: INT),
            "Writes at an offset, without moving the position of the file.";
        wasi "fd_read" = Full [wasi::files::read](fd: FD, iovs: Buffers(Direction::Out, "iovs_len", Stored("nread")), iovs_len: UNSIGNED, nread: number_out(4, Scalar::Unsigned)),
            "Reads into buffers, one after the other, and stores the number of bytes; 0 at the end of the file.";
        wasi "fd_write" = Full [wasi::files::write](fd: FD, iovs: Buffers(Direction::In, "iovs_len", Length::One), iovs_len: UNSIGNED, nwritten: number_out(4, Scalar::Unsigned)),
            "Writes buffers, one after the other, and stores the number of bytes.";
        wasi "fd_pread" = Full [wasi::files::pread](fd: FD, iovs: Buffers(Direction::Out, "iovs_len", Stored("nread")), iovs_len: UNSIGNED, offset: INT, nread: number_out(4, Scalar::Unsigned)),
            "Reads at an offset, without moving the position of the file.";
        wasi "fd_pwrite" = Full [wasi::files::pwrite](fd: FD, iovs: Buffers(Direction::In, "iovs_len", Length::One), iovs_len: UNSIGNED, offset: INT, nwritten: number_out(4, Scalar::Unsigned)),
            "Writes at an offset, without moving the position of the file.";
        wasi "fd_seek" = Full [wasi::files::seek](fd: FD, offset: INT, whence: choice(&c::W_WHENCE), newoffset: number_out(8, Scalar::Unsigned)),
            "Moves the position of a file and stores the new one.";
        wasi "fd_tell" = Full [wasi::files::tell](fd: FD, offset: number_out(8, Scalar::Unsigned)),
            "Stores the position of a file.";
        wasi "fd_close" = Full [wasi::files::close](fd: FD),
            "Closes a descriptor.";
        wasi "fd_sync" = Full [wasi::files::sync](fd: FD),
            "Waits until contents and status of a file are on the device.";
        wasi "fd_datasync" = Full [wasi::files::datasync](fd: FD),
            "Waits until the contents of a file are on the device.";
        wasi "fd_advise" = Full [wasi::files::advise](fd: FD, offset: INT, len: INT, advice: choice(&c::W_ADVICE)),
            "Tells how a part of a file will be used.";
        wasi "fd_allocate" = Full [wasi::files::allocate](fd: FD, offset: INT, len: INT),
            "Allocates space of a file, which grows to hold it.";
        wasi "fd_renumber" = Full [wasi::files::renumber](fd: FD, to: FD),
            "Gives a descriptor the number `to`, closing what had it.";
        wasi "fd_filestat_set_size" = Full [wasi::files::filestat_set_size](fd: FD, size: INT),
            "Cuts an open file to a size, or fills it up with zeros to it.";
        wasi "path_open" = Partial [wasi::paths::open](dirfd: FD, dirflags: flags(&c::W_LOOKUP), path: bytes_in(Argument("path_len")), path_len: UNSIGNED, oflags: flags(&c::W_OPEN), rights_base: flags(&c::W_RIGHTS), rights_inheriting: flags(&c::W_RIGHTS), fdflags: flags(&c::W_FD), fd: number_out(4, Scalar::Fd)),
            "Opens a file and stores its descriptor. It is opened for reading and for writing as far as `rights_base` asks for either.",
            "Relative to a descriptor; 3 is the root and 4 the working directory. What is not found in the working directory is looked for in the root, since guests give absolute paths without their slash.";
        wasi "path_unlink_file" = Full [wasi::paths::unlink_file](dirfd: FD, path: bytes_in(Argument("path_len")), path_len: UNSIGNED),
            "Removes a name of a file.";
        wasi "path_rename" = Full [wasi::paths::rename](dirfd: FD, path: bytes_in(Argument("path_len")), path_len: UNSIGNED, newdirfd: FD, newpath: bytes_in(Argument("newpath_len")), newpath_len: UNSIGNED),
            "Gives a file another name.";
        wasi "path_link" = Full [wasi::paths::link](dirfd: FD, flags: flags(&c::W_LOOKUP), path: bytes_in(Argument("path_len")), path_len: UNSIGNED, newdirfd: FD, newpath: bytes_in(Argument("newpath_len")), newpath_len: UNSIGNED),
            "Gives a file one more name.";
        wasi "path_symlink" = Full [wasi::paths::symlink](target: bytes_in(Argument("target_len")), target_len: UNSIGNED, dirfd: FD, path: bytes_in(Argument("path_len")), path_len: UNSIGNED),
            "Makes a symbolic link that contains `target`.";
        wasi "path_readlink" = Full [wasi::paths::readlink](dirfd: FD, path: bytes_in(Argument("path_len")), path_len: UNSIGNED, buf: bytes_out(Stored("bufused")), buf_len: UNSIGNED, bufused: number_out(4, Scalar::Unsigned)),
            "Reads the contents of a symbolic link and stores their length, cut to the buffer's.";
    }
    "Directories" {
        env "__syscall_mkdir" = Full [calls::directories::mkdir](path: Path, mode: RIGHTS),
            "Makes a directory.";
        env "__syscall_mkdirat" = Full [calls::directories::mkdirat](dirfd: DIRECTORY, path: Path, mode: RIGHTS),
            "Makes a directory; a relative path is meant from `dirfd`.";
        env "__syscall_getdents64" = Full [calls::directories::getdents64](fd: FD, dirp: Special(x::DirectoryEntries), count: UNSIGNED),
            "Fills a buffer with entries of a directory (`struct dirent`, each `d_reclen` long); returns the bytes used, 0 at the end.";
        env "__syscall_chdir" = Full [calls::directories::chdir](path: Path),
            "Changes the working directory.";
        env "__syscall_fchdir" = Full [calls::directories::fchdir](fd: FD),
            "Changes the working directory to an open one.";
        env "__syscall_getcwd" = Full [calls::directories::getcwd](buf: bytes_out(Length::Result), size: UNSIGNED),
            "Stores the path of the working directory with its zero; returns the length with it.";
        env "__syscall_rmdir" = Full [calls::files::rmdir](path: Path),
            "Removes an empty directory.";
        env "chroot" = Full [libc calls::directories::chroot](path: Path),
            "Makes a directory the root of the process.";
        env "inotify_init" = Full [libc calls::extra::inotify_init]() -> FD,
            "Makes a descriptor that reports changes of files.";
        env "inotify_init1" = Full [libc calls::extra::inotify_init1](flags: flags(&c::CLOEXEC)) -> FD,
            "Makes a descriptor that reports changes of files.";
        env "inotify_add_watch" = Full [libc calls::extra::inotify_add_watch](fd: FD, path: Path, mask: flags(&c::INOTIFY)),
            "Has changes of a file reported; returns the number of the watch.";
        env "inotify_rm_watch" = Full [libc calls::extra::inotify_rm_watch](fd: FD, wd: INT),
            "Ends a watch.";
        wasi "fd_prestat_get" = Full [wasi::directories::prestat_get](fd: FD, buf: output(&s::W_PRESTAT)),
            "Describes a directory that is open from the start; EBADF for other descriptors.";
        wasi "fd_prestat_dir_name" = Full [wasi::directories::prestat_dir_name](fd: FD, path: bytes_out(Argument("path_len")), path_len: UNSIGNED),
            "Stores the name of a directory that is open from the start.";
        wasi "fd_readdir" = Full [wasi::directories::readdir](fd: FD, buf: ADDRESS, buf_len: UNSIGNED, cookie: INT, bufused: number_out(4, Scalar::Unsigned)),
            "Fills a buffer with entries of a directory from a position on, each a `dirent` and its name; the last may be cut off.";
        wasi "path_create_directory" = Full [wasi::paths::create_directory](dirfd: FD, path: bytes_in(Argument("path_len")), path_len: UNSIGNED),
            "Makes a directory.";
        wasi "path_remove_directory" = Full [wasi::paths::remove_directory](dirfd: FD, path: bytes_in(Argument("path_len")), path_len: UNSIGNED),
            "Removes an empty directory.";
    }
    "File status" {
        env "__syscall_stat64" = Full [calls::metadata::stat](path: Path, statbuf: output(&s::STAT)),
            "Stores the status of a file.";
        env "__syscall_lstat64" = Full [calls::metadata::lstat](path: Path, statbuf: output(&s::STAT)),
            "Stores the status of a file, of a symbolic link itself.";
        env "__syscall_fstat64" = Full [calls::metadata::fstat](fd: FD, statbuf: output(&s::STAT)),
            "Stores the status of an open file.";
        env "__syscall_fstatat64" = Full [calls::metadata::fstatat](dirfd: DIRECTORY, path: Path, statbuf: output(&s::STAT), flags: flags(&c::AT)),
            "Stores the status of a file; a relative path is meant from `dirfd`.";
        env "__syscall_newfstatat" = Full [calls::metadata::fstatat](dirfd: DIRECTORY, path: Path, statbuf: output(&s::STAT), flags: flags(&c::AT)),
            "Stores the status of a file; a relative path is meant from `dirfd`.";
        env "__syscall_statfs64" = Full [calls::metadata::statfs](path: Path, size: UNSIGNED, buf: output(&s::STATFS)),
            "Describes the file system of a file; `size` is that of the structure.";
        env "__syscall_fstatfs64" = Full [calls::metadata::fstatfs](fd: FD, size: UNSIGNED, buf: output(&s::STATFS)),
            "Describes the file system of an open file; `size` is that of the structure.";
        env "__syscall_access" = Full [calls::metadata::access](path: Path, mode: flags(&c::ACCESS)),
            "Asks whether the real user may do something with a file.";
        env "__syscall_faccessat" = Full [calls::metadata::faccessat](dirfd: DIRECTORY, path: Path, mode: flags(&c::ACCESS), flags: flags(&c::AT_ACCESS)),
            "Asks whether the user, real or with AT_EACCESS effective, may do something with a file.";
        env "__syscall_chmod" = Full [calls::metadata::chmod](path: Path, mode: RIGHTS),
            "Sets the rights of a file.";
        env "__syscall_fchmod" = Full [calls::metadata::fchmod](fd: FD, mode: RIGHTS),
            "Sets the rights of an open file.";
        env "__syscall_fchmodat" = Full [calls::metadata::fchmodat](dirfd: DIRECTORY, path: Path, mode: RIGHTS, varargs: ADDRESS),
            "Sets the rights of a file; a relative path is meant from `dirfd`.";
        env "__syscall_fchmodat2" = Full [calls::metadata::fchmodat2](dirfd: DIRECTORY, path: Path, mode: RIGHTS, flags: flags(&c::AT)),
            "Sets the rights of a file; with AT_SYMLINK_NOFOLLOW those of a symbolic link, where the system has them.";
        env "__syscall_chown32" = Full [calls::metadata::chown](path: Path, owner: ID, group: ID),
            "Sets owner and group of a file; -1 leaves one as it is.";
        env "__syscall_lchown32" = Full [calls::metadata::lchown](path: Path, owner: ID, group: ID),
            "Sets owner and group of a file, of a symbolic link itself.";
        env "__syscall_fchown32" = Full [calls::metadata::fchown](fd: FD, owner: ID, group: ID),
            "Sets owner and group of an open file.";
        env "__syscall_fchownat" = Full [calls::metadata::fchownat](dirfd: DIRECTORY, path: Path, owner: ID, group: ID, flags: flags(&c::AT)),
            "Sets owner and group of a file; a relative path is meant from `dirfd`.";
        env "__syscall_utimensat" = Full [calls::metadata::utimensat](dirfd: DIRECTORY, path: Path, times: in_array(&s::TIMESPEC, Fixed(2)), flags: flags(&c::AT)),
            "Sets the times of access and modification of a file: to now where there are none, 0x3fffffff nanoseconds (UTIME_NOW) also being now and 0x3ffffffe (UTIME_OMIT) leaving one as it is. Without a path the open file `dirfd` is meant.";
        env "__syscall_umask" = Full [calls::metadata::umask](mask: RIGHTS) -> RIGHTS,
            "Sets which rights new files do not get; returns the mask before.";
        env "euidaccess" = Full [libc calls::extra::euidaccess](path: Path, mode: flags(&c::ACCESS)),
            "Asks whether the effective user may do something with a file.";
        env "futimes" = Full [libc calls::extra::futimes](fd: FD, tv: in_array(&s::TIMEVAL, Fixed(2))),
            "Sets the times of access and modification of an open file.";
        env "lutimes" = Full [libc calls::extra::lutimes](path: Path, tv: in_array(&s::TIMEVAL, Fixed(2))),
            "Sets the times of access and modification of a file, of a symbolic link itself.";
        env "getxattr" = Full [libc calls::extra::getxattr](path: Path, name: Text, value: bytes_out(Length::Result), size: UNSIGNED),
            "Reads an extended attribute of a file; returns its length, also when `size` is 0.";
        env "setxattr" = Full [libc calls::extra::setxattr](path: Path, name: Text, value: bytes_in(Argument("size")), size: UNSIGNED, flags: flags(&c::XATTR)),
            "Sets an extended attribute of a file.";
        wasi "fd_fdstat_get" = Full [wasi::files::fdstat_get](fd: FD, stat: output(&s::W_FDSTAT)),
            "Stores kind, flags and rights of a descriptor. Terminals are told by kind 2 without the right to seek.";
        wasi "fd_fdstat_set_flags" = Full [wasi::files::fdstat_set_flags](fd: FD, flags: flags(&c::W_FD)),
            "Sets the flags of a descriptor.";
        wasi "fd_fdstat_set_rights" = Partial [wasi::files::fdstat_set_rights](fd: FD, rights_base: flags(&c::W_RIGHTS), rights_inheriting: flags(&c::W_RIGHTS)),
            "Takes rights from a descriptor.", "Rights are those of the user; nothing is taken away.";
        wasi "fd_filestat_get" = Full [wasi::files::filestat_get](fd: FD, buf: output(&s::W_FILESTAT)),
            "Stores the status of an open file.";
        wasi "fd_filestat_set_times" = Full [wasi::files::filestat_set_times](fd: FD, atim: UNSIGNED, mtim: UNSIGNED, fst_flags: flags(&c::W_TIMES)),
            "Sets the times of access and modification of an open file, in nanoseconds since 1970.";
        wasi "path_filestat_get" = Full [wasi::paths::filestat_get](dirfd: FD, flags: flags(&c::W_LOOKUP), path: bytes_in(Argument("path_len")), path_len: UNSIGNED, buf: output(&s::W_FILESTAT)),
            "Stores the status of a file.";
        wasi "path_filestat_set_times" = Full [wasi::paths::filestat_set_times](dirfd: FD, flags: flags(&c::W_LOOKUP), path: bytes_in(Argument("path_len")), path_len: UNSIGNED, atim: UNSIGNED, mtim: UNSIGNED, fst_flags: flags(&c::W_TIMES)),
            "Sets the times of access and modification of a file, in nanoseconds since 1970.";
    }
}
