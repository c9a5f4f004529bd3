//! The tables of a copy as SQL, by `pg_dump`.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::command::run_to_end;
use super::make::PostgresCopy;
use super::sql;
use crate::database::error::ServerError;
use crate::database::passed_on::passed_on;

const PROGRAM: &str = "pg_dump";

/// The schema of `sim` is no part of it; its own role owns all that is made of it.
const FLAGS: [&str; 8] = [
    "--no-owner",
    "--no-privileges",
    "--no-publications",
    "--no-subscriptions",
    "--no-tablespaces",
    "--exclude-schema=sim",
    "--column-inserts",
    "--rows-per-insert=100",
];

impl PostgresCopy {
    pub(in crate::database) async fn dump(&self) -> Result<String, ServerError> {
        let program = self.find_dump().await?;
        let (mut output, mut errors) = (temporary()?, temporary()?);
        let mut command = Command::new(&program);
        command
            .args(FLAGS)
            .env_clear()
            .envs(passed_on())
            .envs(self.access().variables())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(not_dumped)?)
            .stderr(errors.try_clone().map_err(not_dumped)?);
        let status = run_to_end(command).await.map_err(not_dumped)?;
        if !status.success() {
            let said = whole(&mut errors).map_err(not_dumped)?;
            let said: Vec<&str> = said.lines().take(3).collect();
            return Err(refused(format!(
                "{}: {}",
                program.display(),
                said.join("; ")
            )));
        }
        Ok(cleaned(&whole(&mut output).map_err(not_dumped)?))
    }

    /// The program beside the server's own, of which the versions are equal; or the one on the path.
    async fn find_dump(&self) -> Result<PathBuf, ServerError> {
        let beside = self.directory_of_programs().await?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path).filter(|it| it.is_absolute());
        let mut directories = beside.into_iter().chain(on_path);
        let found = directories.find_map(|directory| {
            let program = Path::new(&directory).join(PROGRAM);
            program.is_file().then_some(program)
        });
        found.ok_or_else(|| {
            refused(format!(
                "{PROGRAM} is neither beside the server's programs nor on the path: install the \
                 client programs of PostgreSQL, or name a directory that has all of them in \
                 SIM_POSTGRES_BIN"
            ))
        })
    }
}

/// Without what holds for the run alone: the key of a dump, which is another one each time, and
/// that nothing is vacuumed.
fn cleaned(dump: &str) -> String {
    let (begins, of_run) = sql::STORAGE_OF_RUN;
    let mut lines: Vec<String> = Vec::new();
    for line in dump.lines() {
        let is_key = line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
        let options = line.strip_prefix(begins).and_then(|it| it.split_once(')'));
        match options {
            _ if is_key => {}
            Some((options, behind)) if options.contains(of_run) => {
                let kept = options
                    .split(", ")
                    .filter(|option| !option.starts_with(of_run));
                let kept: Vec<&str> = kept.collect();
                match (kept.is_empty(), lines.last_mut()) {
                    (true, Some(last)) => last.push_str(behind),
                    _ => lines.push(format!("{begins}{}){behind}", kept.join(", "))),
                }
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n").trim_start_matches('\n').to_owned() + "\n"
}

fn temporary() -> Result<File, ServerError> {
    tempfile::tempfile().map_err(not_dumped)
}

fn whole(file: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn not_dumped(error: std::io::Error) -> ServerError {
    refused(error.to_string())
}

fn refused(reason: String) -> ServerError {
    ServerError::Query {
        what: "write the tables down",
        reason,
        is_refusal: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_the_run_alone_goes() {
        let dump = "\\restrict x1\n\nmake a (\n    id integer\n)\nWITH (autovacuum_enabled='off');\n\
                    make b (\n)\nWITH (fillfactor='70', autovacuum_enabled='off');\n\\unrestrict x1\n";
        let left = "make a (\n    id integer\n);\nmake b (\n)\nWITH (fillfactor='70');\n";
        assert_eq!(cleaned(dump), left);
        assert_eq!(cleaned(left), left);
    }
}
