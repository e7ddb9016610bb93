//! Another user.

use std::ffi::CString;
use std::io;
use std::ptr;

/// A user whose identity a process takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    uid: libc::uid_t,
    gid: libc::gid_t,
    /// Supplementary groups.
    groups: Vec<libc::gid_t>,
}

impl User {
    /// Looks up `USER[:GROUP]`, each a name or a number. Without a group the
    /// user has those that the system says.
    ///
    /// # Errors
    /// When there is no such user or group.
    pub fn find(text: &str) -> Result<Self, String> {
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (text, None),
        };
        let entry = passwd(user);
        let uid = match (&entry, user.parse()) {
            (Some(entry), _) => entry.uid,
            (None, Ok(number)) => number,
            (None, Err(_)) => return Err(format!("there is no user `{user}`")),
        };
        let (gid, groups) = match group {
            Some(name) => {
                let gid = group_number(name).ok_or(format!("there is no group `{name}`"))?;
                (gid, vec![gid])
            }
            None => {
                let entry = entry.ok_or(format!(
                    "the user {uid} has no entry that says its group; write {uid}:GROUP"
                ))?;
                let groups = all_groups(&entry.name, entry.gid);
                (entry.gid, groups)
            }
        };
        // Both mean "leave it as it is" to the calls that set them.
        if uid == libc::uid_t::MAX || gid == libc::gid_t::MAX {
            return Err(format!("{text} is no user"));
        }
        Ok(Self { uid, gid, groups })
    }

    /// Takes the identity, in the order in which each step is still allowed:
    /// supplementary groups, group, user.
    pub(super) fn assume(&self) -> io::Result<()> {
        let check = |result: i32| match result {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        };
        let Self { uid, gid, groups } = self;
        // SAFETY: `groups` is as long as said; the others take numbers.
        unsafe {
            let users = [libc::getuid(), libc::geteuid()];
            let groups_now = [libc::getgid(), libc::getegid()];
            if *uid != 0 && users == [*uid; 2] && groups_now == [*gid; 2] {
                // Already so, without the right to change groups.
                return Ok(());
            }
            check(libc::setgroups(groups.len() as _, groups.as_ptr()))?;
            check(libc::setresgid(*gid, *gid, *gid))?;
            check(libc::setresuid(*uid, *uid, *uid))?;
            if *uid != 0 && libc::setresuid(0, 0, 0) == 0 {
                return Err(io::Error::other("the rights of root could be regained"));
            }
        }
        Ok(())
    }
}

struct Entry {
    name: CString,
    uid: libc::uid_t,
    gid: libc::gid_t,
}

/// The entry of a user, by name or number.
fn passwd(user: &str) -> Option<Entry> {
    let name = CString::new(user).ok()?;
    // SAFETY: the string ends with a zero; the result is null or points to the
    // C library's own memory, which is copied before another call, and the
    // process has one thread.
    unsafe {
        let mut found = libc::getpwnam(name.as_ptr());
        if found.is_null() {
            found = libc::getpwuid(user.parse().ok()?);
        }
        let entry = found.as_ref()?;
        Some(Entry {
            name: std::ffi::CStr::from_ptr(entry.pw_name).to_owned(),
            uid: entry.pw_uid,
            gid: entry.pw_gid,
        })
    }
}

fn group_number(name: &str) -> Option<libc::gid_t> {
    let text = CString::new(name).ok()?;
    // SAFETY: as in `passwd`.
    let found = unsafe { libc::getgrnam(text.as_ptr()).as_ref() };
    found
        .map(|entry| entry.gr_gid)
        .or_else(|| name.parse().ok())
}

/// All groups of a user.
fn all_groups(name: &CString, gid: libc::gid_t) -> Vec<libc::gid_t> {
    const MOST: usize = 65_536;
    let mut count: i32 = 0;
    // SAFETY: no room is given; the number of groups is stored.
    unsafe { libc::getgrouplist(name.as_ptr(), gid, ptr::null_mut(), &mut count) };
    let mut groups = vec![0; usize::try_from(count).unwrap_or(0).clamp(1, MOST)];
    count = groups.len() as i32;
    // SAFETY: there is room for `count` groups.
    let stored = unsafe { libc::getgrouplist(name.as_ptr(), gid, groups.as_mut_ptr(), &mut count) };
    match stored {
        -1 => vec![gid],
        _ => {
            groups.truncate(usize::try_from(count).unwrap_or(0));
            groups
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found() {
        let root = User::find("root").unwrap();
        assert_eq!((root.uid, root.gid), (0, 0));
        assert_eq!(User::find("0:0").unwrap().uid, 0);
        let other = User::find("12345:54321").unwrap();
        assert_eq!(
            (other.uid, other.gid, other.groups),
            (12345, 54321, vec![54321])
        );
        assert!(User::find("12345").unwrap_err().contains("12345:GROUP"));
        assert!(
            User::find("nobody-of-this-name")
                .unwrap_err()
                .contains("no user")
        );
        assert!(
            User::find("root:no-such-group")
                .unwrap_err()
                .contains("no group")
        );
        assert!(User::find("4294967295:0").is_err());
    }
}
