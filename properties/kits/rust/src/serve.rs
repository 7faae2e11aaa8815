//! The harness as a program: the protocol on standard input and output.
use crate::session::{Next, Session};
use crate::system::System;
use std::boxed::Box;
use std::io::{self, BufRead, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::string::{String, ToString};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::vec::Vec;
use std::{eprintln, format, process, thread};

/// Answers that wait for the end of their batch, at most, in bytes.
const BUFFERED: usize = 1 << 16;
/// Longest line that is read, in bytes.
const LONGEST: u64 = 1 << 24;

/// Message and place of the last panic.
static PANIC: Mutex<(String, String)> = Mutex::new((String::new(), String::new()));
/// Set from a panic until it was caught: a further one meanwhile ends the process.
static PANICKING: AtomicBool = AtomicBool::new(false);

/// Answers the tool until it says goodbye. A panic of the system becomes an answer with its
/// message and place, and the next reset starts a new system. A line that makes no sense ends the
/// process with status 2 and the reason on standard error.
pub fn serve<S: System>() {
    note_panics();
    if let Err(problem) = lines::<S>() {
        eprintln!("{}: {}", S::NAME, problem);
        process::exit(2);
    }
}

fn lines<S: System>() -> Result<(), String> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut session = Session::<S>::new();
    let mut line = Vec::new();
    let mut answers = String::new();
    for number in 1u64.. {
        line.clear();
        let length = (&mut input)
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .map_err(|error| format!("reading standard input: {}", error))?;
        if length == 0 {
            return write_out(&mut output, &mut answers);
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let text = core::str::from_utf8(&line).map_err(|error| error.to_string());
        let next = text.and_then(|text| caught(&mut session, text, &mut answers));
        let next = match next {
            Ok(next) => next,
            Err(problem) => {
                // What was answered before is still owed.
                write_out(&mut output, &mut answers)?;
                return Err(format!("line {} of standard input: {}", number, problem));
            }
        };
        if next != Next::Continue || answers.len() >= BUFFERED {
            write_out(&mut output, &mut answers)?;
        }
        if next == Next::End {
            break;
        }
    }
    Ok(())
}

fn write_out(output: &mut impl Write, answers: &mut String) -> Result<(), String> {
    let written = output.write_all(answers.as_bytes());
    answers.clear();
    written
        .and_then(|()| output.flush())
        .map_err(|error| format!("writing standard output: {}", error))
}

/// One line, a panic included.
fn caught<S: System>(
    session: &mut Session<S>,
    line: &str,
    answers: &mut String,
) -> Result<Next, String> {
    let before = answers.len();
    let done = panic::catch_unwind(AssertUnwindSafe(|| session.line(line, answers)));
    if let Ok(done) = done {
        return done.map_err(|error| error.to_string());
    }
    answers.truncate(before);
    PANICKING.store(false, Ordering::SeqCst);
    let (message, place) = match PANIC.lock() {
        Ok(panic) => panic.clone(),
        Err(_) => (String::from("unknown"), String::new()),
    };
    // The broken system is dropped here and may panic once more.
    let running =
        panic::catch_unwind(AssertUnwindSafe(|| session.panicked(&message, &place, answers)));
    PANICKING.store(false, Ordering::SeqCst);
    match running {
        Ok(false) => Err(format!("it panicked in start at {}: {}", place, message)),
        Ok(true) | Err(_) => Ok(Next::Continue),
    }
}

/// Keeps message and place of a panic of this thread; one of another thread goes to standard
/// error, as panics do.
fn note_panics() {
    let serving = thread::current().id();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| text.to_string())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| String::from("a panic without a message"));
        let place =
            info.location().map_or(String::new(), |at| format!("{}:{}", at.file(), at.line()));
        if thread::current().id() != serving {
            eprintln!("a thread panicked at {}: {}", place, message);
            return;
        }
        let mut last = match PANIC.lock() {
            Ok(last) => last,
            Err(poisoned) => poisoned.into_inner(),
        };
        // A panic that will not be caught ends the process: then this is all that remains of it.
        if PANICKING.swap(true, Ordering::SeqCst) {
            eprintln!("panicked at {}: {}", last.1, last.0);
            eprintln!("and, before that was caught, at {}: {}", place, message);
        } else if cfg!(panic = "abort") {
            eprintln!("panicked at {}: {}", place, message);
        }
        *last = (message, place);
    }));
}
