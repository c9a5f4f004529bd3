//! Where results go: pipes that are not read, devices, and full disks.

mod escapes;
mod undone;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use crate::fixture::{Server, command, entries, sim};
use serde_json::{Value, json};

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let database = Server::shared();
    for (call, code) in [
        (sim("list"), 0),
        (sim("--help"), 0),
        (sim("--strategy naive").on(&database), 10),
        (sim("--strategy atomic").on(&database), 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = call.stdout(writer).run();
        done.exits(code).complains_of_nothing();
    }
}

#[test]
fn a_result_that_cannot_be_printed_is_an_error() {
    let database = Server::shared();
    for call in [
        sim("list"),
        sim("--help"),
        sim("--strategy atomic").on(&database),
    ] {
        let done = call.stdout(full_device()).run();
        done.exits(1)
            .complains("error: cannot write to standard output: No space left on device");
    }
}

fn full_device() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

#[test]
fn what_cannot_be_printed_is_still_exported() {
    let call = sim("--strategy atomic --export-csv /dev/stderr").json();
    let done = call.on(&Server::shared()).stdout(full_device()).run();
    done.exits(1)
        .complains("standard output")
        .complains("atomic,read-committed,1,safe");
    done.conserves(500);
}

#[test]
fn a_report_on_standard_output_stands_below_the_result() {
    let done = sim("--strategy atomic --export-csv /dev/stdout")
        .on(&Server::shared())
        .run();
    done.exits(0).says("SAFE  atomic");
    done.says("\n,atomic,read-committed,1,safe,,");
}

#[test]
fn a_full_device_takes_no_report_and_the_result_is_printed_all_the_same() {
    let done = sim("--strategy atomic --export-json /dev/full")
        .on(&Server::shared())
        .run();
    done.exits(1).says("SAFE  atomic");
    done.complains("error: cannot write /dev/full: No space left on device");
    assert_eq!(entries(&done.out()), ["stderr", "stdout"]);
}

/// No file may grow above 4 KiB, as if the disk were full by then.
#[test]
fn a_disk_that_fills_up_leaves_the_old_report_whole() {
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$@\"";
    let call = sim("--strategy atomic,naive --runs 3").on(&Server::shared());
    fs::write(call.out().join("run.json"), "{\"precious\": true}").unwrap();
    let done = call
        .json()
        .through(&["/bin/bash", "-c", script, "sh"])
        .run();
    done.exits(1)
        .says("atomic")
        .complains("run.json: File too large");
    assert_eq!(done.written(), json!({"precious": true}));
    assert_eq!(entries(&done.out()), ["run.json", "stderr", "stdout"]);
}

#[test]
#[ignore = "mounts a file system: only root may"]
fn a_full_disk_leaves_the_old_report_whole() {
    let call = sim("--strategy atomic --buyers 50").on(&Server::shared());
    let disk = SmallDisk::mount(call.out().join("disk"));
    let report = disk.0.join("run.json");
    fs::write(&report, "{\"precious\": true}").unwrap();
    fs::write(disk.0.join("filler"), vec![0; 16 * 1024]).unwrap_err();
    let done = call.arg("--export-json").arg(&report).run();
    done.exits(1).says("atomic at read-committed");
    done.complains("run.json: No space left on device");
    assert_eq!(fs::read_to_string(&report).unwrap(), "{\"precious\": true}");
    assert_eq!(entries(&disk.0), ["filler", "run.json"]);
}

/// A disk of its own for a test; unmounted when it goes.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Self {
        fs::create_dir(&at).unwrap();
        let options: [&dyn AsRef<OsStr>; 6] = [&"-t", &"tmpfs", &"-o", &"size=16k", &"tmpfs", &at];
        command("mount", &options);
        Self(at)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        command("umount", &[&self.0]);
    }
}

#[test]
fn a_report_goes_through_links_and_pipes() {
    let database = Server::shared();
    let call = sim("--strategy atomic --export-json link.json --export-csv pipe.csv").on(&database);
    let out = call.out();
    fs::write(out.join("real.json"), "old").unwrap();
    std::os::unix::fs::symlink("real.json", out.join("link.json")).unwrap();
    command("mkfifo", &[&out.join("pipe.csv")]);
    let pipe = out.join("pipe.csv");
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    let done = call.run();
    done.exits(0);
    assert!(
        reader
            .join()
            .unwrap()
            .contains("atomic,read-committed,1,safe")
    );
    assert!(out.join("link.json").is_symlink());
    let report = fs::read_to_string(out.join("real.json")).unwrap();
    assert!(report.contains("\"strategy\": \"atomic\""));
    assert_eq!(entries(&out).len(), 5, "nothing else is there");
    let _: BTreeMap<String, Value> = serde_json::from_str(&report).unwrap();
}
