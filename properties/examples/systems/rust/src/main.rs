//! The harness: JSON Lines on standard input and output (properties/sut/PROTOCOL.md), by hand.
//! The tool writes every line flat, without blanks, and every field by name, so that finding
//! `"name":` is all the parsing there is.
mod allocator;

use allocator::{Error, VectorAllocator, MAX_CPUS};
use std::io::{self, BufRead, BufWriter, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;

const HELLO: &str = r#"{"kind":"hello","protocol":1,"name":"vector-allocator","level":"linux",
"subsystem":"irq/vector-matrix/allocator","refs":true,"observes":[],
"commands":["alloc","free","freeRef","online","offline","reserve","allocatedCount"]}"#;

/// What stands behind `"name":`, up to the end of the line.
fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let key = format!("\"{}\":", name);
    line.find(&key).map_or("", |at| &line[at + key.len()..])
}
fn number(line: &str, name: &str) -> usize {
    let text = field(line, name);
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().unwrap_or(usize::MAX)
}
fn list(line: &str, name: &str) -> Vec<usize> {
    let text = field(line, name).trim_start_matches('[');
    text[..text.find(']').unwrap_or(0)]
        .split(',')
        .flat_map(|n| n.parse())
        .collect()
}
fn kind(line: &str) -> &str {
    field(line, "kind").split('"').nth(1).unwrap_or("")
}

struct Harness {
    config: String,
    module: VectorAllocator,
    /// What each command since the last reset was given, for `freeRef`.
    given: Vec<Option<(usize, usize)>>,
    free_on_cpu0: bool,
}

impl Harness {
    fn reset(&mut self) -> String {
        let config = &self.config;
        if number(config, "cpus") > MAX_CPUS {
            return format!(
                "{{\"kind\":\"refused\",\"reason\":\"at most {} CPUs\"}}",
                MAX_CPUS
            );
        }
        let (start, end) = (number(config, "start"), number(config, "end"));
        self.module = VectorAllocator::new(start, end, &list(config, "system"));
        self.module.free_on_cpu0 = self.free_on_cpu0;
        for cpu in list(config, "online") {
            self.module.set_online(cpu, true);
        }
        self.given.clear();
        "{\"kind\":\"ready\"}".into()
    }

    /// One command, one answer.
    fn command(&mut self, line: &str) -> String {
        let mut given = None;
        let answer = match kind(line) {
            "alloc" => match self.module.alloc(&list(line, "cpus")) {
                Ok((cpu, vector)) => {
                    given = Some((cpu, vector));
                    format!(
                        "{{\"kind\":\"allocated\",\"cpu\":{},\"vector\":{}}}",
                        cpu, vector
                    )
                }
                Err(Error::Invalid) => "{\"kind\":\"failed\",\"error\":\"EINVAL\"}".into(),
                Err(Error::NoSpace) => "{\"kind\":\"failed\",\"error\":\"ENOSPC\"}".into(),
            },
            "free" => self.free(Some((number(line, "cpu"), number(line, "vector")))),
            "freeRef" => self.free(self.given.get(number(line, "ref")).copied().flatten()),
            "online" | "offline" => {
                self.module
                    .set_online(number(line, "cpu"), kind(line) == "online");
                "{\"kind\":\"done\"}".into()
            }
            "allocatedCount" => {
                let count = self.module.allocated_count(number(line, "cpu"));
                format!("{{\"kind\":\"count\",\"value\":{}}}", count)
            }
            _ => "{\"kind\":\"done\"}".into(),
        };
        self.given.push(given);
        answer
    }

    fn free(&mut self, pair: Option<(usize, usize)>) -> String {
        let answer = match pair {
            None => "skipped",
            Some((cpu, vector)) if self.module.free(cpu, vector) => "done",
            Some(_) => "warned",
        };
        format!("{{\"kind\":\"{}\"}}", answer)
    }
}

/// The answer to a command during which the module panicked.
static PANIC: Mutex<String> = Mutex::new(String::new());

fn report_panics() {
    panic::set_hook(Box::new(|info| {
        let plain = |c: char| {
            if c == '"' || c == '\\' || c.is_control() {
                ' '
            } else {
                c
            }
        };
        let message: String = info.to_string().chars().map(plain).collect();
        let place = info
            .location()
            .map_or(String::new(), |l| format!("{}:{}", l.file(), l.line()));
        *PANIC.lock().unwrap() = format!(
            "{{\"kind\":\"panic\",\"message\":\"{}\",\"place\":\"{}\"}}",
            message, place
        );
    }));
}

fn main() -> io::Result<()> {
    report_panics();
    let mut harness = Harness {
        config: String::new(),
        module: VectorAllocator::new(0, 0, &[]),
        given: Vec::new(),
        free_on_cpu0: std::env::args().any(|arg| arg == "free-on-cpu0"),
    };
    let stdout = io::stdout();
    let mut output = BufWriter::new(stdout.lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        let answer = match kind(&line) {
            "hello" => HELLO.replace('\n', ""),
            "config" => {
                harness.config = line;
                harness.reset()
            }
            "reset" => harness.reset(),
            "flush" => {
                output.flush()?;
                continue;
            }
            "bye" => break,
            _ => panic::catch_unwind(AssertUnwindSafe(|| harness.command(&line)))
                .unwrap_or_else(|_| PANIC.lock().unwrap().clone()),
        };
        writeln!(output, "{}", answer)?;
        if matches!(kind(&answer), "hello" | "ready" | "refused") {
            output.flush()?;
        }
    }
    output.flush()
}
