//! What a harness implements, and what it implements it for.
use crate::json::{Print, Read};
use alloc::string::String;
use core::fmt;

/// A subsystem of the suite: its words, and how its commands name earlier results. Implemented by
/// the type `Area` of each generated module.
pub trait Subsystem {
    /// Such as `irq/vector-matrix/allocator`.
    const PATH: &'static str;
    /// Every kind of command.
    const COMMANDS: &'static [&'static str];
    /// Every name that a harness may list in [`System::OBSERVES`].
    const OBSERVABLES: &'static [&'static str];
    /// Commands that name an earlier result, each with the command that it becomes.
    const REFERENCES: &'static [(&'static str, &'static str)];
    /// The settings of a run.
    type Config: Read;
    /// What a system is asked to do.
    type Command: Read + fmt::Debug;
    /// What it answers.
    type Response: Read + Print + PartialEq + fmt::Debug;
    /// What it shows of its state.
    type Observation: Print;
    /// What an answer gives that later commands may name.
    type Given: Copy;

    /// The kind of a command, as the suite writes it.
    fn kind(command: &Self::Command) -> &'static str;
    /// The number of the earlier command whose result this one names.
    fn reference(command: &Self::Command) -> Option<u32>;
    /// What this answer to this command gave.
    fn given(command: &Self::Command, response: &Self::Response) -> Option<Self::Given>;
    /// The command with its reference replaced by what was given.
    fn resolve(command: Self::Command, given: Self::Given) -> Self::Command;
}

/// What a system claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Any correct choice will do.
    Contract,
    /// Every choice is the one that Linux makes.
    Linux,
}

impl Level {
    /// As the protocol writes it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Contract => "contract",
            Level::Linux => "linux",
        }
    }
}

/// Why a system cannot run under a configuration. Such a configuration is shown as not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl<T: Into<String>> From<T> for Refused {
    fn from(reason: T) -> Self {
        Refused(reason.into())
    }
}

/// A system under test: the module to be judged, behind the commands of a subsystem.
pub trait System: Sized {
    /// `redbear_spec::<path of the subsystem>::Area`.
    type Area: Subsystem;
    /// What reports call it.
    const NAME: &'static str;
    /// The strictest level that it claims.
    const LEVEL: Level = Level::Contract;
    /// Kinds of commands that it answers; others are never given to it, and what needs them is
    /// shown as not judged. Kinds that name an earlier result (`freeRef`) come with the kind that
    /// they become (`free`).
    const COMMANDS: &'static [&'static str];
    /// What [`System::observe`] shows; clauses that need more are shown as not judged.
    const OBSERVES: &'static [&'static str] = &[];
    /// Fields of the configuration that it does not leave open, as JSON without the braces, such
    /// as `"\"scope\":\"global\""`.
    const FIXED: &'static str = "";

    /// A new system in its first state. Called for a configuration and again at every reset.
    fn start(config: &<Self::Area as Subsystem>::Config) -> Result<Self, Refused>;

    /// Does one command.
    fn command(
        &mut self,
        command: &<Self::Area as Subsystem>::Command,
    ) -> <Self::Area as Subsystem>::Response;

    /// The state as far as [`System::OBSERVES`] promises it.
    fn observe(&self) -> Option<<Self::Area as Subsystem>::Observation> {
        None
    }
}
