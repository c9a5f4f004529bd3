//! A Chromium without a window, spoken to through its DevTools protocol: JSON,
//! a message between two zero bytes, over a pair of pipes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Set where its absence is a failure.
const REQUIRED: &str = "SIM_REQUIRE_BROWSER";
/// Names the program.
const OVERRIDE: &str = "SIM_CHROMIUM";
const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
const NOT_INSTALLED: &str =
    "no Chromium is installed (Debian: chromium; or name it with SIM_CHROMIUM)";
/// How long an answer may take on a busy machine before it counts as missing.
const HUNG: Duration = Duration::from_secs(60);

/// DevTools speaks on the third and fourth descriptor, where Rust's standard
/// library puts nothing; a shell moves its own there and becomes the browser.
const MOVE_PIPES: &str = "exec 3<&0 4>&1 </dev/null >/dev/null 2>&1; exec \"$@\"";

/// A browser with one page. It ends when this is dropped, also by a panic.
pub struct Chromium {
    child: Child,
    /// `None` once the browser was asked to end.
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    asked: u64,
    session: Option<String>,
    /// What happened on the page, oldest first.
    pub events: Vec<Value>,
    _profile: TempDir,
}

impl Chromium {
    /// `None`, and a line on standard error, where it is not installed.
    ///
    /// # Panics
    /// If it is not installed and must be.
    pub fn find() -> Option<Self> {
        if let Some(program) = program() {
            return Some(Self::start(&program));
        }
        assert!(std::env::var_os(REQUIRED).is_none(), "{NOT_INSTALLED}");
        // Not `eprintln!`, which is kept back when a test passes.
        let _ = writeln!(std::io::stderr(), "\n*** NOT RUN: {NOT_INSTALLED} ***");
        None
    }

    fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", MOVE_PIPES, "sh"])
            .arg(program)
            // For root there is no sandbox; the only page that is opened is our
            // own.
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--disable-background-networking"])
            .args(["--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let from = listen(child.stdout.take().unwrap());
        let mut browser = Self {
            to: child.stdin.take(),
            child,
            from,
            asked: 0,
            session: None,
            events: Vec::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        );
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Opens a file, and waits until it is loaded.
    pub fn open(&mut self, file: &Path) {
        self.events.clear();
        let url = format!("file://{}", file.display());
        self.call("Page.navigate", json!({ "url": url }));
        while !self
            .events
            .iter()
            .any(|e| e["method"] == "Page.loadEventFired")
        {
            let event = self.hear();
            self.events.push(event);
        }
    }

    /// What a script on the page evaluates to.
    ///
    /// # Panics
    /// If it throws.
    #[track_caller]
    pub fn js(&mut self, expression: &str) -> Value {
        let parameters = json!({
            "expression": expression,
            "returnByValue": true,
            "awaitPromise": true,
        });
        let answer = self.call("Runtime.evaluate", parameters);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].clone()
    }

    /// Makes the page so many CSS pixels wide, as a phone does.
    pub fn be_wide(&mut self, width: u32) {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": true });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Sets the colour scheme that the system prefers: `light` or `dark`.
    pub fn prefer(&mut self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        );
    }

    /// Lays the page out as on paper that is so many CSS pixels wide.
    pub fn be_paper(&mut self, width: u32) {
        self.be_wide(width);
        self.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    }

    /// From the next page on, no script of a page runs.
    pub fn run_no_script(&mut self) {
        let parameters = json!({ "value": true });
        self.call("Emulation.setScriptExecutionDisabled", parameters);
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let to = self.to.as_mut().expect("it has not ended");
        to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let heard = self.hear();
            if heard["id"] == json!(self.asked) {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].clone();
            }
            self.events.push(heard);
        }
    }

    fn hear(&mut self) -> Value {
        let heard = self.from.recv_timeout(HUNG);
        heard.unwrap_or_else(|why| panic!("the browser says nothing: {why}"))
    }
}

impl Drop for Chromium {
    /// A browser whose pipe is closed ends by itself and tidies its profile up.
    fn drop(&mut self) {
        self.to = None;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads on a thread of its own, so that silence can be noticed.
fn listen(from: ChildStdout) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for message in BufReader::new(from).split(0).map_while(Result::ok) {
            let heard = serde_json::from_slice(&message).expect("DevTools speaks JSON");
            if sender.send(heard).is_err() {
                return;
            }
        }
    });
    receiver
}

fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(OVERRIDE) {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "{OVERRIDE}: there is no {}", path.display());
        return Some(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let anywhere = |name: &&str| {
        directories
            .iter()
            .map(|d| d.join(name))
            .find(|p| p.is_file())
    };
    NAMES.iter().find_map(anywhere)
}
