//! What a kernel's log says about its health.

/// Words by which the kernel reports that something is wrong with itself.
const COMPLAINTS: [&str; 16] = [
    "BUG:",
    "WARNING:",
    "Oops",
    "kernel BUG at",
    "general protection fault",
    "unable to handle",
    "Kernel panic",
    "double fault",
    "soft lockup",
    "hard LOCKUP",
    "blocked for more than",
    "self-detected stall",
    "possible recursive locking",
    "possible circular locking",
    "unreferenced object",
    "scheduling while atomic",
];

/// The lines that report something wrong.
pub(super) fn complaints(log: &str) -> Vec<&str> {
    log.lines()
        .filter(|line| COMPLAINTS.iter().any(|complaint| line.contains(complaint)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::complaints;

    #[test]
    fn reports_are_found() {
        let log = "[    0.1] Linux version 6.1\n\
                   [    2.0] WARNING: CPU: 0 PID: 7 at kernel/x.c:1 f+0x1/0x2\n\
                   [    2.1] BUG: unable to handle page fault for address: 0\n\
                   [    2.2] done\n";
        assert_eq!(complaints(log).len(), 2);
        assert!(complaints("[    1.0] all is well\n").is_empty());
    }
}
