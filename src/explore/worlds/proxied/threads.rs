//! Whether the threads of a process do anything.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

/// A process and its descendants, as `/proc` tells of their threads.
#[derive(Debug, Clone, Copy)]
pub struct ThreadCensus {
    root: u32,
}

/// Longer than a thread that may run waits for its turn on a machine that is not overloaded.
const WINDOW: Duration = Duration::from_millis(25);

/// Of each thread, by its number: whether it sleeps, and how often it was switched to.
type Threads = BTreeMap<u32, (bool, u64)>;

impl ThreadCensus {
    /// Of the process of this number.
    #[must_use]
    pub const fn of(root: u32) -> Self {
        Self { root }
    }

    /// Looks twice, a while apart: the process and all its descendants are at rest where each
    /// thread sleeps both times and none has run between.
    ///
    /// # Errors
    /// The process is gone.
    pub async fn is_at_rest(self) -> io::Result<bool> {
        let before = self.look()?;
        if !all_sleep(&before) {
            return Ok(false);
        }
        tokio::time::sleep(WINDOW).await;
        let after = self.look()?;
        Ok(before == after)
    }

    fn look(self) -> io::Result<Threads> {
        let mut threads = Threads::new();
        for pid in self.family()? {
            match of_process(pid, &mut threads) {
                // It has ended since, unless it is the root.
                Err(_) if pid != self.root => {}
                looked => looked?,
            }
        }
        Ok(threads)
    }

    /// The process, its children, and theirs: as the kernel lists them for each thread, or, where
    /// it keeps no such lists, by the parents of all processes.
    fn family(self) -> io::Result<Vec<u32>> {
        let mut family = vec![self.root];
        let mut next = 0;
        while next < family.len() {
            match children_of(family[next]) {
                Ok(Some(children)) => family.extend(children),
                Ok(None) => return self.family_by_parents(),
                // It has ended since, unless it is the root.
                Err(_) if next > 0 => {}
                Err(error) => return Err(error),
            }
            next += 1;
        }
        Ok(family)
    }

    fn family_by_parents(self) -> io::Result<Vec<u32>> {
        let mut parents = BTreeMap::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let pid: Option<u32> = name.to_str().and_then(|name| name.parse().ok());
            let parent = pid.and_then(|pid| Some((pid, parent_of(pid)?)));
            parents.extend(parent);
        }
        let mut family = vec![self.root];
        let mut next = 0;
        while next < family.len() {
            let children = parents
                .iter()
                .filter(|(_, parent)| **parent == family[next]);
            let children: Vec<u32> = children.map(|(pid, _)| *pid).collect();
            family.extend(children);
            next += 1;
        }
        Ok(family)
    }
}

fn all_sleep(threads: &Threads) -> bool {
    threads.values().all(|(sleeps, _)| *sleeps)
}

/// The children that the threads of a process have started; `None` where the kernel has no lists.
fn children_of(pid: u32) -> io::Result<Option<Vec<u32>>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?.path();
        match fs::read_to_string(task.join("children")) {
            Ok(list) => children.extend(
                list.split_whitespace()
                    .filter_map(|it| it.parse::<u32>().ok()),
            ),
            // The thread has ended, or there are no lists.
            Err(_) if task.exists() => return Ok(None),
            Err(_) => {}
        }
    }
    Ok(Some(children))
}

/// The fields of `stat` behind the name, which may have blanks and parentheses in it: the
/// state is the first.
fn fields(path: &Path) -> io::Result<Vec<String>> {
    let stat = fs::read_to_string(path)?;
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    Ok(behind.split_whitespace().map(str::to_owned).collect())
}

fn parent_of(pid: u32) -> Option<u32> {
    let fields = fields(Path::new(&format!("/proc/{pid}/stat"))).ok()?;
    fields.get(1)?.parse().ok()
}

fn of_process(pid: u32, threads: &mut Threads) -> io::Result<()> {
    for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
        let entry = entry?;
        let thread = of_thread(&entry.path());
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        // A thread may have ended since.
        if let (Some(number), Ok(thread)) = (number, thread) {
            threads.insert(number, thread);
        }
    }
    Ok(())
}

fn of_thread(path: &Path) -> io::Result<(bool, u64)> {
    let state = fields(&path.join("stat"))?;
    let sleeps = matches!(state.first().map(String::as_str), Some("S" | "Z" | "X"));
    let status = fs::read_to_string(path.join("status"))?;
    let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
    let counts = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    Ok((sleeps, counts.sum()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Child, Command, Stdio};

    use super::*;

    fn shell(script: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).spawn().expect("a shell")
    }

    /// Until it is so: a process that was just started does something first.
    async fn until(census: ThreadCensus, is_at_rest: bool) {
        while census.is_at_rest().await.expect("a process") != is_at_rest {}
    }

    #[tokio::test]
    async fn what_waits_is_at_rest_and_what_works_is_not_nor_what_a_child_does() {
        let mut waits = shell("read line; while :; do :; done");
        let census = ThreadCensus::of(waits.id());
        until(census, true).await;
        let stdin = waits.stdin.as_mut().expect("a pipe");
        stdin.write_all(b"go\n").expect("sent");
        until(census, false).await;
        for _ in 0..3 {
            assert!(
                !census.is_at_rest().await.expect("a process"),
                "it works on"
            );
        }
        waits.kill().expect("it runs");
        waits.wait().expect("it ends");
        assert!(census.is_at_rest().await.is_err(), "it is gone");

        let mut has_child = shell("(while :; do :; done) & echo $!; wait");
        let census = ThreadCensus::of(has_child.id());
        let child = loop {
            match census.family().expect("a process").as_slice() {
                [_, child] => break *child,
                // The shell has not got so far.
                _ => tokio::time::sleep(WINDOW).await,
            }
        };
        until(census, false).await;
        let kill = Command::new("kill").arg(child.to_string()).status();
        assert!(kill.expect("kill").success());
        has_child.wait().expect("it ends");
    }

    /// It runs for less than a look takes, again and again.
    #[tokio::test]
    async fn what_wakes_up_between_two_looks_is_not_at_rest() {
        let mut ticks = shell("while :; do sleep 0.001; done");
        let census = ThreadCensus::of(ticks.id());
        for _ in 0..5 {
            assert!(!census.is_at_rest().await.expect("a process"));
        }
        ticks.kill().expect("it runs");
        ticks.wait().expect("it ends");
    }
}
