//! Reads values of a subsystem from standard input, one a line, and says what became of each: for
//! the test that the generated code takes what the suite's codecs take, and nothing else.
//!   echo irq/msi-message response
use redbear_spec::hardware::machine;
use redbear_spec::irq::{capability, domain, driver, lapic_timer, msi_message, vector_matrix};
use redbear_spec::json::{Print, Read, Reader};
use redbear_spec::Subsystem;
use std::io::{stdin, stdout, BufRead, BufWriter, Write};

fn whole<T: Read>(line: &str) -> Result<T, String> {
    let mut reader = Reader::new(line);
    let value = T::read(&mut reader).map_err(|problem| problem.to_string())?;
    reader.end().map_err(|problem| problem.to_string())?;
    Ok(value)
}

fn echo<A: Subsystem>(what: &str, line: &str) -> Result<String, String> {
    let mut text = String::new();
    match what {
        "config" => whole::<A::Config>(line).map(|_| text.push_str("read"))?,
        "command" => text.push_str(A::kind(&whole::<A::Command>(line)?)),
        _ => whole::<A::Response>(line)?.print(&mut text).map_err(|e| e.to_string())?,
    }
    Ok(text)
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let (path, what) = (arguments[1].as_str(), arguments[2].as_str());
    let mut out = BufWriter::new(stdout().lock());
    for line in stdin().lock().lines() {
        let line = line?;
        let echoed = match path {
            machine::Area::PATH => echo::<machine::Area>(what, &line),
            capability::Area::PATH => echo::<capability::Area>(what, &line),
            msi_message::Area::PATH => echo::<msi_message::Area>(what, &line),
            vector_matrix::allocator::Area::PATH => {
                echo::<vector_matrix::allocator::Area>(what, &line)
            }
            vector_matrix::assignment::Area::PATH => {
                echo::<vector_matrix::assignment::Area>(what, &line)
            }
            domain::Area::PATH => echo::<domain::Area>(what, &line),
            domain::interleaving::Area::PATH => echo::<domain::interleaving::Area>(what, &line),
            lapic_timer::Area::PATH => echo::<lapic_timer::Area>(what, &line),
            driver::Area::PATH => echo::<driver::Area>(what, &line),
            other => Err(format!("no such subsystem: {}", other)),
        };
        match echoed {
            Ok(text) => writeln!(out, "{}", text)?,
            Err(problem) => writeln!(out, "error: {}", problem)?,
        }
    }
    out.flush()
}
