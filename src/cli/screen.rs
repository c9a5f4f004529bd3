//! Standard error: lines that stay, and below them a few that are redrawn in place.
//!
//! One thread alone writes there. The others wait for it, but not for ever: behind a pipe
//! that is not read, or a terminal that is stopped, `sim` would be deaf to signals, and a
//! silent server would never be given up.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use terminal_size::terminal_size_of;

/// How long a line may take to be written.
const WRITTEN_MAX: Duration = Duration::from_secs(1);

/// How often the view is drawn again, while there is one.
pub(super) const REDRAW: Duration = Duration::from_millis(100);

/// Where a terminal does not tell how wide it is.
const COLUMNS_USUAL: usize = 80;
/// A wider view would not say more.
const COLUMNS_MAX: usize = 200;

const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// The lines that are redrawn; none where there is nothing to see.
static VIEW: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Set at the end, and by a panic, whose message must not be drawn over.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// A line to be written above the view, or none, and how to say that all is drawn.
type Letter = (Option<String>, SyncSender<()>);

/// Writes a line that stays.
pub(super) fn say(line: String) {
    wait_for(Some(line));
}

/// Writes a line that stays, once there is a moment for it: the caller has work to do.
pub(super) fn mention(line: String) {
    if !IS_OVER.load(Ordering::Relaxed) {
        let _ = writer().send((Some(line), sync_channel(1).0));
    }
}

/// Shows these lines from now on, each without what begins a new one, until they are
/// replaced or taken away. They stand behind two columns, the first one behind a
/// spinner.
pub(super) fn show(lines: Vec<String>) {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(end_at_a_panic);
    if IS_OVER.load(Ordering::Relaxed) {
        return;
    }
    let lines = lines.into_iter().map(as_wanted).collect();
    let is_first = std::mem::replace(&mut *view(), lines).is_empty();
    if is_first {
        let _ = writer().send((None, sync_channel(1).0));
    }
}

/// Takes the lines away.
pub(super) fn clear() {
    let is_shown = !std::mem::take(&mut *view()).is_empty();
    if is_shown {
        wait_for(None);
    }
}

/// Takes the lines away for good: threads that are not waited for may go on to show some.
pub(super) fn end() {
    IS_OVER.store(true, Ordering::Relaxed);
    clear();
}

/// How many columns a line of the view has.
pub(super) fn columns() -> usize {
    let terminal = terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0));
    let columns = terminal.unwrap_or(COLUMNS_USUAL).min(COLUMNS_MAX);
    // Two before each line, and the last one free: some terminals break the line there.
    columns.saturating_sub(3)
}

fn view() -> MutexGuard<'static, Vec<String>> {
    VIEW.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where letters to the one thread are posted.
fn writer() -> &'static Sender<Letter> {
    static WRITER: OnceLock<Sender<Letter>> = OnceLock::new();
    WRITER.get_or_init(|| {
        let (writer, letters) = channel();
        let writing = move || write(&letters);
        // Without a thread the channel is closed, and nothing is waited for.
        let _ = thread::Builder::new().name("stderr".into()).spawn(writing);
        writer
    })
}

fn wait_for(line: Option<String>) {
    static IS_STUCK: AtomicBool = AtomicBool::new(false);
    let (is_drawn, drawn) = sync_channel(1);
    let is_taken = writer().send((line, is_drawn)).is_ok();
    if is_taken && !IS_STUCK.load(Ordering::Relaxed) {
        let is_late = drawn.recv_timeout(WRITTEN_MAX) == Err(RecvTimeoutError::Timeout);
        IS_STUCK.store(is_late, Ordering::Relaxed);
    }
}

fn write(letters: &Receiver<Letter>) {
    let mut drawn = 0;
    for turn in 0_usize.. {
        let letter = match drawn {
            0 => letters.recv().map_err(RecvTimeoutError::from),
            _ => letters.recv_timeout(REDRAW),
        };
        match letter {
            Ok((line, is_drawn)) => {
                if let Some(line) = line {
                    drawn = draw(drawn, &[], turn);
                    // With standard error closed there is nothing left to tell.
                    let _ = writeln!(anstream::stderr(), "{line}");
                }
                drawn = draw(drawn, &view().clone(), turn);
                let _ = is_drawn.try_send(());
            }
            Err(RecvTimeoutError::Timeout) => drawn = draw(drawn, &view().clone(), turn),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Draws lines in the place of so many, and answers how many there are now.
fn draw(drawn: usize, lines: &[String], turn: usize) -> usize {
    let terminal = terminal_size_of(io::stderr());
    // What has left the screen at its top cannot be drawn over.
    let fit = terminal.map_or(lines.len(), |(_, height)| usize::from(height.0) - 1);
    let lines = &lines[..lines.len().min(fit)];
    let _ = io::stderr().write_all(frame(drawn, lines, turn).as_bytes());
    lines.len()
}

/// Without its colours, where none are wanted; what moves the cursor stays.
fn as_wanted(line: String) -> String {
    match AutoStream::choice(&io::stderr()) {
        ColorChoice::Never => strip_str(&line).to_string(),
        _ => line,
    }
}

/// What a terminal must be told to show lines in the place of so many.
fn frame(drawn: usize, lines: &[String], turn: usize) -> String {
    let mut text = String::new();
    if drawn > 0 {
        // Up to the first of them, and to its first column.
        let _ = write!(text, "\x1b[{drawn}A\r");
    }
    if !lines.is_empty() {
        // No line is broken meanwhile, whatever the width has become.
        text.push_str("\x1b[?7l");
        for (number, line) in lines.iter().enumerate() {
            let before = match number {
                0 => SPINNER[turn % SPINNER.len()],
                _ => ' ',
            };
            let _ = writeln!(text, "{before} {line}\x1b[K");
        }
        text.push_str("\x1b[?7h");
    }
    if drawn > 0 {
        text.push_str("\x1b[J");
    }
    text
}

/// A panic writes to standard error by itself.
fn end_at_a_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        end();
        report(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands on a screen after such frames: it knows the few commands that a frame
    /// consists of, and no others.
    fn shown(frames: &[String]) -> Vec<String> {
        let (mut screen, mut row) = (vec![Vec::new(); 9], 0);
        let (mut column, text) = (0, frames.concat());
        let mut rest = text.as_str();
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            match letter {
                '\n' => (row, column) = (row + 1, 0),
                '\r' => column = 0,
                '\x1b' => {
                    let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                    let (command, after) = rest.split_at(end + 1);
                    rest = after;
                    match command {
                        "[K" => screen[row].truncate(column),
                        "[J" => {
                            screen[row].truncate(column);
                            screen[row + 1..].iter_mut().for_each(Vec::clear);
                        }
                        "[?7l" | "[?7h" => {}
                        up => {
                            let up = up.strip_prefix('[').and_then(|up| up.strip_suffix('A'));
                            row -= up.unwrap().parse::<usize>().unwrap();
                        }
                    }
                }
                letter => {
                    let line: &mut Vec<char> = &mut screen[row];
                    let length = line.len().max(column + 1);
                    line.resize(length, ' ');
                    line[column] = letter;
                    column += 1;
                }
            }
        }
        let lines = screen.into_iter().map(|line| line.into_iter().collect());
        let mut lines: Vec<String> = lines.collect();
        lines.truncate(
            lines
                .iter()
                .rposition(|l| !l.is_empty())
                .map_or(0, |last| last + 1),
        );
        lines
    }

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_view_is_drawn_over_the_one_before() {
        let first = frame(0, &lines(&["a long line", "two", "three"]), 0);
        let second = frame(3, &lines(&["short", "2"]), 1);
        assert_eq!(
            shown(std::slice::from_ref(&first)),
            ["⠋ a long line", "  two", "  three"]
        );
        assert_eq!(shown(&[first, second]), ["⠙ short", "  2"]);
    }

    /// A line that stays takes the place of the view, which is drawn again below it.
    #[test]
    fn a_line_stays_above_the_view() {
        let view = lines(&["one", "two"]);
        let above = [
            frame(0, &view, 0),
            frame(2, &[], 0),
            "error: gone\n".to_owned(),
            frame(0, &view, 0),
        ];
        assert_eq!(shown(&above), ["error: gone", "⠋ one", "  two"]);
        let gone = [frame(0, &view, 0), frame(2, &[], 0), "result\n".to_owned()];
        assert_eq!(shown(&gone), ["result"]);
    }

    /// Where there never was a view, as in a pipe, lines alone are written.
    #[test]
    fn without_a_view_no_command_is_written() {
        assert_eq!(frame(0, &[], 3), "");
    }
}
