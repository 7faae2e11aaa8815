//! A harness that misbehaves in the way its argument names, at its fourth command: for the tests
//! of the suite, which must make one clear outcome of each.
use redbear_spec::irq::vector_matrix::allocator::{Area, Command, Config, Response};
use redbear_spec::{serve, Refused, System};
use std::io::{stdout, Write};

const AT: u32 = 3;

struct Misbehaving {
    mode: String,
    commands: u32,
}

/// Panics once more when it is dropped for its first panic.
impl Drop for Misbehaving {
    fn drop(&mut self) {
        if self.mode == "panic-in-drop" && self.commands > AT {
            panic!("the drop failed too");
        }
    }
}

fn raw(bytes: &[u8]) {
    let mut out = stdout();
    // Whoever reads may have had enough.
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    // Dropped after the call, so that no optimisation makes a loop of it.
    let frame = depth.to_string();
    deeper(depth + 1) + frame.len() as u64
}

impl Misbehaving {
    fn misdeed(&self) {
        match self.mode.as_str() {
            "abort" => std::process::abort(),
            "exit" => std::process::exit(0),
            "loop" => loop {
                std::thread::yield_now();
            },
            "overflow" => {
                deeper(0);
            }
            "gigabyte" => {
                let piece = [b'7'; 1 << 16];
                for _ in 0..(1 << 14) {
                    raw(&piece);
                }
            }
            "half" => {
                raw(b"{\"kind\":\"do");
                std::process::exit(0);
            }
            "endless" => loop {
                raw(b"{\"kind\":\"done\"}\n");
            },
            "noise" => loop {
                raw(b"spurious interrupt\n");
            },
            "stderr" => loop {
                eprintln!("spurious interrupt");
            },
            "print" => println!("alloc: 3 commands"),
            "panic" | "panic-in-drop" => panic!("no vector \"33\"\nin the matrix"),
            "panic-with-value" => std::panic::panic_any(7),
            "panic-in-thread" => std::thread::spawn(|| panic!("in a thread")).join().unwrap(),
            _ => {}
        }
    }
}

impl System for Misbehaving {
    type Area = Area;
    const NAME: &'static str = "misbehave";
    const COMMANDS: &'static [&'static str] = &["reserve"];

    fn start(_: &Config) -> Result<Self, Refused> {
        let mode = std::env::args().nth(1).unwrap_or_default();
        match mode.as_str() {
            "panic-in-start" => panic!("nothing to start"),
            "refuse" => Err("only on Tuesdays".into()),
            _ => Ok(Misbehaving { mode, commands: 0 }),
        }
    }

    fn command(&mut self, _: &Command) -> Response {
        self.commands += 1;
        if self.commands == AT + 1 {
            self.misdeed();
        }
        Response::Done
    }
}

fn main() {
    serve::<Misbehaving>()
}
