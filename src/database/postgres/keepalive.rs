//! TCP keepalive: the system notices a peer that is gone without a word.

use std::time::Duration;

/// Sets keepalive for every TCP connection of this process. The driver lends its
/// sockets to no caller, so they are found where the system lists them.
///
/// After 10 s of rest the peer is asked every 5 s. A peer that confirms nothing, an
/// answer to these or data, is gone after `patience` (tcp(7), TCP_USER_TIMEOUT,
/// which overrides the number of probes).
#[cfg(target_os = "linux")]
pub(super) fn set_everywhere(patience: Duration) {
    use std::os::fd::BorrowedFd;

    let Ok(listed) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers = listed
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        // What was inherited is not ours to set.
        .filter(|number| *number > 2);
    for number in numbers {
        // SAFETY: the number is used for `setsockopt` alone, which reads and writes
        // no memory of this process through it. Another thread may have closed it
        // meanwhile, which breaks the promise of `BorrowedFd` that it is open; then
        // the calls fail, or set keepalive on another connection of this process.
        #[allow(unsafe_code)]
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        set(&descriptor, patience);
    }
}

#[cfg(target_os = "linux")]
fn set(descriptor: &std::os::fd::BorrowedFd<'_>, patience: Duration) {
    use nix::sys::socket::{setsockopt, sockopt};

    // On anything but a TCP socket the first call fails.
    let patience_ms = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    if setsockopt(descriptor, sockopt::TcpUserTimeout, &patience_ms).is_ok() {
        let _ = setsockopt(descriptor, sockopt::KeepAlive, &true);
        let _ = setsockopt(descriptor, sockopt::TcpKeepIdle, &10);
        let _ = setsockopt(descriptor, sockopt::TcpKeepInterval, &5);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn set_everywhere(_: Duration) {}
