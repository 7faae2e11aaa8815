//! A counterexample as a regression test: commands again, each answer compared with those that
//! are admitted.
use crate::json::{Print, Read, Reader};
use crate::session::{answers, Run};
use crate::system::{Subsystem, System};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// How a replay ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Replayed {
    /// Every answer was admitted, and the commands were those of the trace.
    Held,
    /// The answer to command number `index` (from 0) is right, but another than the recorded one,
    /// so that what the later commands were chosen to show does not come up. Proves nothing.
    Parted {
        /// Number of the command.
        index: usize,
        /// The answer, as JSON.
        got: String,
    },
    /// The answer to command number `index` (from 0) is not admitted.
    Broken {
        /// Number of the command.
        index: usize,
        /// The command, as the trace has it.
        command: String,
        /// The answer, as JSON.
        got: String,
        /// What would have been right, as JSON.
        admitted: Vec<String>,
    },
    /// The system does not take the configuration or does not answer a command. Proves nothing.
    NotRun {
        /// What it does not do.
        reason: String,
    },
}

impl Replayed {
    /// Panics, with the step, where an answer was not admitted. A trace that does not come up is
    /// told on standard error by tests, and is no failure: false.
    pub fn assert_held(&self) -> bool {
        match self {
            Replayed::Held => true,
            Replayed::Broken { .. } => panic!("{}", self),
            Replayed::Parted { .. } | Replayed::NotRun { .. } => {
                #[cfg(feature = "std")]
                std::eprintln!("{}", self);
                false
            }
        }
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Replayed::Held => f.write_str("every answer is admitted"),
            Replayed::Parted { index, got } => write!(
                f,
                "command number {} was answered {}, which is right, but not what was recorded: \
                 the rest of the trace proves nothing here",
                index, got
            ),
            Replayed::Broken { index, command, got, admitted } => write!(
                f,
                "command number {}, {}, was answered {}; admitted: {}",
                index,
                command,
                got,
                admitted.join(" or ")
            ),
            Replayed::NotRun { reason } => write!(f, "the trace was not run: {}", reason),
        }
    }
}

/// Runs commands on a new system. Each comes as JSON with the answers that are admitted there, as
/// JSON, the recorded one first; none: any answer will do. Answers are compared as values.
/// References to earlier results are resolved.
///
/// # Panics
/// When the trace itself cannot be read, or the system panics.
pub fn replay<S: System>(config_json: &str, steps: &[(&str, &[&str])]) -> Replayed {
    let config = whole::<<S::Area as Subsystem>::Config>("the configuration", config_json);
    let mut run = match S::start(&config) {
        Ok(system) => Run::<S>::new(system),
        Err(refused) => {
            let reason = format!("it refuses the configuration: {}", refused.0);
            return Replayed::NotRun { reason };
        }
    };
    let last = steps.len().saturating_sub(1);
    for (index, (command_json, admitted)) in steps.iter().enumerate() {
        let what = format!("command number {}", index);
        let command = whole::<<S::Area as Subsystem>::Command>(&what, command_json);
        let kind = S::Area::kind(&command);
        if !answers::<S>(kind) {
            let reason = format!("it does not answer {}", kind);
            return Replayed::NotRun { reason };
        }
        let response = match run.command(command) {
            Some(response) => response,
            None => {
                let got = "nothing, since it names a result that there is not".to_string();
                return Replayed::Parted { index, got };
            }
        };
        let what = format!("an answer to command number {}", index);
        let position = admitted
            .iter()
            .position(|json| whole::<<S::Area as Subsystem>::Response>(&what, json) == response);
        match position {
            Some(0) => {}
            Some(_) if index < last => {
                let got = json_of(&response);
                return Replayed::Parted { index, got };
            }
            None if !admitted.is_empty() => {
                return Replayed::Broken {
                    index,
                    command: command_json.to_string(),
                    got: json_of(&response),
                    admitted: admitted.iter().map(|json| json.to_string()).collect(),
                };
            }
            _ => {}
        }
    }
    Replayed::Held
}

fn json_of<T: Print>(value: &T) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = value.print(&mut text);
    text
}

fn whole<T: Read>(what: &str, json: &str) -> T {
    let mut reader = Reader::new(json);
    let read = T::read(&mut reader).and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(value) => value,
        Err(problem) => panic!("{} of the trace cannot be read: {}", what, problem),
    }
}
