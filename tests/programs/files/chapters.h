/* The chapters of files.c. */
#ifndef CHAPTERS_H
#define CHAPTERS_H

/* open, read, write, lseek, pread, pwrite, readv, writev, ftruncate, fsync */
void contents(void);
/* stat, chmod, utimensat, futimens */
void attributes(void);
/* symlink, readlink, lstat, rename, unlink, realpath */
void links(void);
/* link */
void hard_links(void);
/* mkdir, rmdir, opendir, readdir, chdir, fchdir, getcwd, openat and its kin */
void directories(void);
/* telldir, seekdir */
void seeking(void);
/* dup, dup2, fcntl, pipe, isatty, poll */
void descriptors(void);
/* access, faccessat, umask-free creation modes */
void access_rights(void);
/* what fails, and how */
void errors(void);
/* stdio: buffering, seeking, ungetc, append, tmpfile, line reading */
void streams(void);
/* mmap of files, private and shared */
void mapping(void);
/* many files, a large one, sparse ones */
void many(void);

#endif
