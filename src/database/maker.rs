//! Which process made a schema on a server of the user's, as its comment says, and whether that
//! process is dead.

use std::fmt;
use std::fs;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// A process, told from every other one: of another machine, from before a restart, in another
/// container, or with the same number later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Maker {
    pid: i32,
    /// When it was started, in clock ticks since the start of the machine.
    started: u64,
    /// The machine and its restart, and the container: what `pid` counts in.
    place: String,
}

impl Maker {
    /// This process. `None` where the system does not tell all of it (it has no `/proc`).
    pub(super) fn this() -> Option<Self> {
        let pid = std::process::id().cast_signed();
        Some(Self {
            pid,
            started: started(pid)?.0,
            place: place()?,
        })
    }

    /// Reads what [`Maker`] is written as.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("sim: process ")?.split(' ');
        let pid = words.next()?.parse().ok().filter(|pid| *pid > 0)?;
        let started = words.next()?.parse().ok()?;
        let place = words.next()?.to_owned();
        words.next().is_none().then_some(Self {
            pid,
            started,
            place,
        })
    }

    /// Whether it is known to have ended: only of a process that was started here.
    pub(super) fn is_dead(&self) -> bool {
        if place().as_ref() != Some(&self.place) {
            return false;
        }
        // Where `/proc` hides the processes of others, the signal still finds them.
        let is_missing = kill(Pid::from_raw(self.pid), None) == Err(Errno::ESRCH);
        is_missing
            || started(self.pid)
                .is_some_and(|(started, has_ended)| has_ended || started != self.started)
    }
}

impl fmt::Display for Maker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pid,
            started,
            place,
        } = self;
        write!(formatter, "sim: process {pid} {started} {place}")
    }
}

/// When a process was started, and whether it has ended and only its parent has not asked how
/// (proc_pid_stat(5): fields 22 and 3; the second one, a name in brackets, may hold anything).
fn started(pid: i32) -> Option<(u64, bool)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let has_ended = matches!(*fields.first()?, "Z" | "X");
    Some((fields.get(19)?.parse().ok()?, has_ended))
}

fn place() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}/{}", boot.trim(), namespace.to_str()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_until_it_ends_or_its_number_is_anothers() {
        let this = Maker::this().unwrap();
        assert_eq!(Maker::parse(&this.to_string()), Some(this.clone()));
        assert!(!this.is_dead());
        let earlier = Maker {
            started: this.started - 1,
            ..this.clone()
        };
        assert!(earlier.is_dead(), "the number is another process's now");

        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id().cast_signed();
        let of_child = Maker {
            pid,
            started: started(pid).unwrap().0,
            ..this.clone()
        };
        while !started(pid).unwrap().1 {
            std::thread::yield_now();
        }
        assert!(of_child.is_dead(), "it has ended");
        child.wait().unwrap();
        assert!(of_child.is_dead(), "it is gone");

        let elsewhere = Maker {
            place: "elsewhere".into(),
            ..of_child
        };
        assert!(!elsewhere.is_dead(), "of another machine nothing is known");
    }

    #[test]
    fn only_its_own_words_are_read() {
        let this = Maker::this().unwrap().to_string();
        for other in ["", "a shop", "sim: process 0 1 x", "sim: process -1 1 x"] {
            assert_eq!(Maker::parse(other), None, "{other}");
        }
        assert_eq!(Maker::parse(&format!("{this} and more")), None);
    }
}
