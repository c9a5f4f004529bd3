//! Finds installed server programs.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use super::account::{OsUser, prepare};
use super::binaries::Binaries;
use super::error::ClusterError;

/// The environment variable that names the directory with `initdb` and `postgres`.
pub const OVERRIDE: &str = "SIM_POSTGRES_BIN";

/// Where packages put the server programs: Debian and Ubuntu, the PostgreSQL project's own RPMs,
/// Homebrew on either processor, Postgres.app. One `*` a path.
const PACKAGE_DIRECTORIES: [&str; 5] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

impl Binaries {
    /// Finds installed programs: `SIM_POSTGRES_BIN`, else PATH, else where `pg_config` says, else
    /// the newest in the directories that packages use. `None` where nothing is installed, or, for
    /// root, nothing that the server's user may execute.
    ///
    /// # Errors
    /// `SIM_POSTGRES_BIN` is set but unusable; root has no user to run the server as.
    pub fn find() -> Result<Option<Binaries>, ClusterError> {
        let account = OsUser::for_server()?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let chosen = std::env::var_os(OVERRIDE).filter(|value| !value.is_empty());
        let found = Search {
            chosen: chosen.map(PathBuf::from),
            path: std::env::split_paths(&path).collect(),
            packages: PACKAGE_DIRECTORIES.iter().map(PathBuf::from).collect(),
            account: account.as_ref(),
        }
        .run()?;
        if found.is_none() {
            has_descriptors().map_err(ClusterError::io("look for PostgreSQL"))?;
        }
        Ok(found)
    }
}

/// How many files are open at most while a program is asked for its version: the ends of its pipes.
const DESCRIPTORS: usize = 8;

/// Without them nothing is found, wherever it is.
fn has_descriptors() -> io::Result<()> {
    let files = (0..DESCRIPTORS).map(|_| fs::File::open("/"));
    files.collect::<io::Result<Vec<_>>>().map(drop)
}

/// Where to look; apart from the environment, so that tests can say.
struct Search<'a> {
    chosen: Option<PathBuf>,
    path: Vec<PathBuf>,
    packages: Vec<PathBuf>,
    account: Option<&'a OsUser>,
}

impl Search<'_> {
    fn run(&self) -> Result<Option<Binaries>, ClusterError> {
        if let Some(directory) = &self.chosen {
            return Binaries::at(directory, self.account)
                .map(Some)
                .map_err(|why| ClusterError::Override {
                    directory: directory.clone(),
                    why,
                });
        }
        let at = |directory: PathBuf| Binaries::at(&directory, self.account).ok();
        let found = self
            .path
            .iter()
            .filter(|entry| entry.is_absolute())
            .cloned()
            .find_map(at);
        let found = found.or_else(|| self.pg_config().and_then(at));
        Ok(found.or_else(|| {
            let installed = self
                .packages
                .iter()
                .flat_map(|pattern| expand(pattern))
                .filter_map(at);
            installed.max_by_key(Binaries::version)
        }))
    }

    /// The directory that the `pg_config` on the path names.
    fn pg_config(&self) -> Option<PathBuf> {
        let program = self
            .path
            .iter()
            .filter(|entry| entry.is_absolute())
            .map(|entry| entry.join("pg_config"))
            .find(|it| it.is_file())?;
        let mut command = Command::new(program);
        // Not as root: the program may lie where another user put it.
        prepare(&mut command, self.account);
        let output = command.arg("--bindir").current_dir("/").output().ok()?;
        let directory = String::from_utf8(output.stdout).ok()?;
        output
            .status
            .success()
            .then(|| PathBuf::from(directory.trim_end()))
    }
}

/// The existing directories that `pattern` matches; a `*` in a component stands for any letters.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        found = found
            .iter()
            .flat_map(|base| step(base, component))
            .collect();
    }
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

fn step(base: &Path, component: Component<'_>) -> Vec<PathBuf> {
    let star = component
        .as_os_str()
        .to_str()
        .and_then(|name| name.split_once('*'));
    let Some((before, after)) = star else {
        return vec![base.join(component)];
    };
    let matches = |name: &OsStr| {
        name.to_str()
            .and_then(|name| name.strip_prefix(before))
            .is_some_and(|rest| rest.ends_with(after))
    };
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    entries
        .filter(|entry| matches(&entry.file_name()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a program from a child process: a file that we had open for writing could not be
    /// run as long as a child that another test forks meanwhile holds it open too.
    fn program(path: &Path, text: &str) {
        let write = "mkdir -p \"${1%/*}\" && printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", write, "sh"]).arg(path).arg(text);
        assert!(shell.status().unwrap().success());
    }

    /// Puts programs that only know their version into `directory`.
    fn install(directory: &Path, version: &str) {
        for name in ["initdb", "postgres"] {
            program(
                &directory.join(name),
                &format!("echo '{name} (PostgreSQL) {version}'"),
            );
        }
    }

    fn search(base: &Path) -> Search<'static> {
        Search {
            chosen: None,
            path: vec![base.join("a"), base.join("b")],
            packages: vec![base.join("pg/*/bin"), base.join("pgsql-*/bin")],
            account: None,
        }
    }

    fn major(search: &Search) -> Option<u32> {
        search
            .run()
            .unwrap()
            .map(|binaries| binaries.version().major)
    }

    #[test]
    fn the_order_of_the_search() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path();
        let mut search = search(base);
        assert_eq!(major(&search), None);

        install(&base.join("pg/9.6/bin"), "9.6.24");
        assert_eq!(major(&search), None, "too old");
        install(&base.join("pg/9/bin"), "12.3");
        install(&base.join("pg/15/bin"), "15.13 (Debian 15.13-0+deb12u1)");
        install(&base.join("pgsql-17/bin"), "17beta2");
        assert_eq!(
            major(&search),
            Some(17),
            "the newest, by what it says and not by its path"
        );

        install(&base.join("elsewhere"), "14.1");
        let elsewhere = base.join("elsewhere");
        program(
            &base.join("b/pg_config"),
            &format!("echo {}", elsewhere.display()),
        );
        assert_eq!(major(&search), Some(14), "pg_config before the packages");

        install(&base.join("b"), "13.1");
        assert_eq!(major(&search), Some(13), "the path before pg_config");
        install(&base.join("chosen"), "11.9");
        search.chosen = Some(base.join("chosen"));
        assert_eq!(major(&search), Some(11), "the variable before all");
    }

    #[test]
    fn a_wrong_override_is_refused_by_name() {
        let base = tempfile::tempdir().unwrap();
        install(&base.path().join("pg/15/bin"), "15.1");
        let mut search = search(base.path());
        search.chosen = Some(base.path().join("nowhere"));
        let refused = search.run().unwrap_err().to_string();
        assert!(
            refused.contains("SIM_POSTGRES_BIN=") && refused.contains("nowhere"),
            "{refused}"
        );
        assert!(refused.contains("no initdb there"), "{refused}");
    }

    #[test]
    fn links_are_followed_and_broken_programs_passed_over() {
        let base = tempfile::tempdir().unwrap();
        install(&base.path().join("real"), "15.1");
        fs::create_dir(base.path().join("a")).unwrap();
        fs::create_dir(base.path().join("b")).unwrap();
        for name in ["initdb", "postgres"] {
            let real = base.path().join("real").join(name);
            std::os::unix::fs::symlink(real, base.path().join("b").join(name)).unwrap();
            fs::write(base.path().join("a").join(name), "not a program").unwrap();
        }
        let found = search(base.path()).run().unwrap().unwrap();
        assert_eq!(
            found.postgres(),
            base.path().canonicalize().unwrap().join("real/postgres")
        );
    }
}
