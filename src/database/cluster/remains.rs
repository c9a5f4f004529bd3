//! What a server leaves that was killed: processes of its own sessions, and a segment of shared
//! memory.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::postmaster;

/// A killed process is gone at once, unless the disk holds it.
const GONE_LIMIT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(2);

/// Kills what runs in this data directory as the user `server`, and removes the segment that its
/// `postmaster.pid` names, read before: a server that ends in good order removes that file. Where
/// there is no `/proc`, nothing is known to be left.
pub(super) fn end(data: &File, server: u32, pid_file: Option<&str>) {
    let Ok(directory) = data.metadata() else {
        return;
    };
    let asked = Instant::now();
    loop {
        let left = processes_in(&directory, server);
        for process in &left {
            let _ = kill(*process, Signal::SIGKILL);
        }
        if left.is_empty() || asked.elapsed() > GONE_LIMIT {
            break;
        }
        thread::sleep(POLL);
    }
    if let Some((key, id)) = pid_file.and_then(postmaster::segment) {
        remove_segment(key, id, server);
    }
}

/// The server processes of this user whose working directory this is. They have sessions of their
/// own, so that they are in no process group of the server's. A shell that looks around there stays.
fn processes_in(directory: &Metadata, user: u32) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_in = |number: &i32| {
        let process = format!("/proc/{number}");
        let is_of_user = fs::metadata(&process).is_ok_and(|found| found.uid() == user);
        let name = fs::read_to_string(format!("{process}/comm"));
        let place = fs::metadata(format!("{process}/cwd"));
        is_of_user
            && name.is_ok_and(|name| name.trim_end() == "postgres")
            && place
                .is_ok_and(|place| (place.dev(), place.ino()) == (directory.dev(), directory.ino()))
    };
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(is_in)
        .map(Pid::from_raw)
        .collect()
}

/// Removes a System V segment if it is still the one that is meant, is this user's, and is used by
/// no process.
fn remove_segment(key: i64, id: i32, user: u32) {
    let segments = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    let is_left = segments.lines().any(|line| is_unused(line, key, id, user));
    if is_left {
        destroy(id);
    }
}

/// Whether this line of `/proc/sysvipc/shm` is about that segment: key, id, permissions, size, two
/// process ids, how many use it, and the owner.
fn is_unused(line: &str, key: i64, id: i32, user: u32) -> bool {
    let numbers: Vec<i64> = line
        .split_whitespace()
        .map_while(|word| word.parse().ok())
        .collect();
    let wanted = [key, id.into(), 0, user.into()];
    matches!(numbers[..], [key, id, _, _, _, _, used, owner, ..] if [key, id, used, owner] == wanted)
}

#[allow(unsafe_code)]
fn destroy(id: i32) {
    // SAFETY: IPC_RMID reads nothing through the third argument.
    let _ = unsafe { nix::libc::shmctl(id, nix::libc::IPC_RMID, std::ptr::null_mut()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unused_segment_of_the_user_is_meant() {
        let line = " 1234567  8  600  56  4711  4711  0  105  106  105  106  0  0  1  0  0";
        assert!(is_unused(line, 1_234_567, 8, 105));
        assert!(!is_unused(line, 1_234_568, 8, 105), "another key");
        assert!(!is_unused(line, 1_234_567, 9, 105), "another id");
        assert!(!is_unused(line, 1_234_567, 8, 106), "another user");
        let used = line.replace("4711  0 ", "4711  1 ");
        assert!(!is_unused(&used, 1_234_567, 8, 105), "still used");
        assert!(!is_unused("key shmid perms", 1_234_567, 8, 105));
    }
}
