//! The protocol, a line at a time, without input and output of its own.
use crate::json::{self, Print, Read, Reader};
use crate::system::{Subsystem, System};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};

const PROTOCOL: u32 = 1;

/// What the mover of lines does after a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Reads on; answers may wait.
    Continue,
    /// Writes out what was answered, then reads on.
    Flush,
    /// Writes out what was answered and ends.
    End,
}

/// A line that could not be answered: the fault of whoever wrote it, or of the declarations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<json::Error> for Error {
    fn from(error: json::Error) -> Self {
        Error(error.to_string())
    }
}

impl From<fmt::Error> for Error {
    fn from(_: fmt::Error) -> Self {
        Error("the answer could not be written".into())
    }
}

type Given<S> = <<S as System>::Area as Subsystem>::Given;
type Command<S> = <<S as System>::Area as Subsystem>::Command;

/// A system and its past since the last reset.
pub(crate) struct Run<S: System> {
    pub(crate) system: S,
    /// What each command was given.
    given: Vec<Option<Given<S>>>,
}

impl<S: System> Run<S> {
    pub(crate) fn new(system: S) -> Self {
        Run { system, given: Vec::new() }
    }

    /// The answer; none where the command names a result that there is not.
    pub(crate) fn command(
        &mut self,
        command: Command<S>,
    ) -> Option<<S::Area as Subsystem>::Response> {
        let command = match S::Area::reference(&command) {
            None => command,
            Some(number) => match self.given.get(number as usize).copied().flatten() {
                Some(given) => S::Area::resolve(command, given),
                None => {
                    self.given.push(None);
                    return None;
                }
            },
        };
        let response = self.system.command(&command);
        self.given.push(S::Area::given(&command, &response));
        Some(response)
    }
}

/// Whether the harness answers commands of this kind.
pub(crate) fn answers<S: System>(kind: &str) -> bool {
    let becomes = S::Area::REFERENCES
        .iter()
        .find(|(reference, _)| *reference == kind)
        .map_or(kind, |(_, becomes)| becomes);
    S::COMMANDS.contains(&becomes)
}

/// A harness at work: lines in, lines out.
pub struct Session<S: System> {
    config: Option<<S::Area as Subsystem>::Config>,
    run: Option<Run<S>>,
    /// The answer to everything until the next reset.
    panic: Option<String>,
}

impl<S: System> Default for Session<S> {
    fn default() -> Self {
        Session::new()
    }
}

impl<S: System> Session<S> {
    /// A session before its first line.
    pub fn new() -> Self {
        Session { config: None, run: None, panic: None }
    }

    /// Does what one line asks for and writes the answer, its line end included. When this fails
    /// the session cannot go on: the two sides no longer agree on what was answered.
    pub fn line<W: Write>(&mut self, line: &str, out: &mut W) -> Result<Next, Error> {
        let mut reader = Reader::new(line);
        let kind = reader.kind()?;
        match &*kind {
            "hello" => {
                self.hello(out)?;
                Ok(Next::Flush)
            }
            "config" => {
                let config = <S::Area as Subsystem>::Config::read(&mut reader)?;
                reader.end()?;
                self.config = None;
                let answer = self.start(&config);
                self.config = Some(config);
                match answer {
                    Ok(()) => out.write_str("{\"kind\":\"ready\"}\n")?,
                    Err(reason) => {
                        out.write_str("{\"kind\":\"refused\",\"reason\":")?;
                        reason.as_str().print(out)?;
                        out.write_str("}\n")?;
                    }
                }
                Ok(Next::Flush)
            }
            "reset" => {
                let config = self.config.take().ok_or_else(no_config)?;
                let answer = self.start(&config);
                self.config = Some(config);
                answer.map_err(|reason| {
                    Error(format!("a configuration was taken, now refused: {}", reason))
                })?;
                out.write_str("{\"kind\":\"ready\"}\n")?;
                Ok(Next::Flush)
            }
            "flush" => Ok(Next::Flush),
            "bye" => Ok(Next::End),
            "observe" => {
                if let Some(panic) = &self.panic {
                    out.write_str(panic)?;
                    return Ok(Next::Continue);
                }
                let run = self.run.as_ref().ok_or_else(no_config)?;
                let shown = run.system.observe().ok_or_else(|| {
                    Error("asked to observe, but System::observe shows nothing".into())
                })?;
                shown.print(out)?;
                out.write_char('\n')?;
                Ok(Next::Continue)
            }
            kind => {
                let command = <S::Area as Subsystem>::Command::read(&mut reader)?;
                reader.end()?;
                if !answers::<S>(kind) {
                    return Err(Error(format!("{} is not among System::COMMANDS", kind)));
                }
                self.command(command, out)?;
                Ok(Next::Continue)
            }
        }
    }

    /// Whoever caught a panic of the system tells it here. The system is dropped; the command under
    /// way, and all until the next reset, are answered with the panic. False: no system was
    /// running, so that the panic was in [`System::start`].
    pub fn panicked<W: Write>(&mut self, message: &str, place: &str, out: &mut W) -> bool {
        let mut line = String::from("{\"kind\":\"panic\",\"message\":");
        // Writing to a String does not fail.
        let _ = message.print(&mut line);
        line.push_str(",\"place\":");
        let _ = place.print(&mut line);
        line.push_str("}\n");
        let _ = out.write_str(&line);
        self.panic = Some(line);
        self.run.take().is_some()
    }

    fn start(&mut self, config: &<S::Area as Subsystem>::Config) -> Result<(), String> {
        self.run = None;
        self.panic = None;
        self.run = Some(Run::new(S::start(config).map_err(|refused| refused.0)?));
        Ok(())
    }

    fn command<W: Write>(&mut self, command: Command<S>, out: &mut W) -> Result<(), Error> {
        if let Some(panic) = &self.panic {
            return Ok(out.write_str(panic)?);
        }
        let run = self.run.as_mut().ok_or_else(no_config)?;
        match run.command(command) {
            Some(response) => response.print(out)?,
            None => out.write_str("{\"kind\":\"skipped\"}")?,
        }
        Ok(out.write_char('\n')?)
    }

    fn hello<W: Write>(&self, out: &mut W) -> Result<(), Error> {
        let mut line = String::new();
        let mut commands = Vec::new();
        for kind in S::COMMANDS {
            commands.push(*kind);
            let references = S::Area::REFERENCES.iter();
            commands.extend(references.filter(|pair| pair.1 == *kind).map(|pair| pair.0));
        }
        write!(line, "{{\"kind\":\"hello\",\"protocol\":{},\"subsystem\":", PROTOCOL)?;
        S::Area::PATH.print(&mut line)?;
        line.push_str(",\"name\":");
        S::NAME.print(&mut line)?;
        line.push_str(",\"level\":");
        S::LEVEL.name().print(&mut line)?;
        line.push_str(",\"refs\":true,\"observes\":");
        S::OBSERVES.print(&mut line)?;
        line.push_str(",\"commands\":");
        commands.print(&mut line)?;
        if !S::FIXED.is_empty() {
            line.push(',');
            line.push_str(S::FIXED);
        }
        line.push('}');
        let unknown =
            |what: &str, name: &str| Error(format!("{} names the unknown {}", what, name));
        if let Some(kind) = S::COMMANDS.iter().find(|k| !S::Area::COMMANDS.contains(k)) {
            return Err(unknown("System::COMMANDS", kind));
        }
        if let Some(name) = S::OBSERVES.iter().find(|n| !S::Area::OBSERVABLES.contains(n)) {
            return Err(unknown("System::OBSERVES", name));
        }
        let mut whole = Reader::new(&line);
        whole
            .skip()
            .and_then(|()| whole.end())
            .map_err(|problem| Error(format!("System::FIXED spoils the hello: {}", problem)))?;
        out.write_str(&line)?;
        Ok(out.write_char('\n')?)
    }
}

fn no_config() -> Error {
    Error("a command came before a configuration that was taken".into())
}
