//! The protocol, line by line, and replayed traces, with a small allocator of vectors.
use redbear_spec::irq::vector_matrix::allocator::{Area, Command, Config, Errno, Response};
use redbear_spec::{replay, Next, Refused, Replayed, Session, System};

/// Gives 32, 33, … on the first CPU asked for; `free` of 40 is a panic of a careless module.
struct Counter {
    next: u32,
    given: Vec<(u32, u32)>,
}

impl System for Counter {
    type Area = Area;
    const NAME: &'static str = "a \"counter\"";
    const COMMANDS: &'static [&'static str] = &["alloc", "assign", "free"];
    const FIXED: &'static str = "\"scope\":\"global\"";

    fn start(config: &Config) -> Result<Self, Refused> {
        if config.cpus > 2 {
            return Err("at most two CPUs".into());
        }
        Ok(Counter { next: config.start, given: vec![] })
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            Command::Alloc { cpus, .. } if cpus.is_empty() => {
                Response::Failed { error: Errno::Einval }
            }
            Command::Alloc { cpus, .. } => {
                let pair = (cpus[0], self.next);
                self.next += 1;
                self.given.push(pair);
                Response::Allocated { cpu: pair.0, vector: pair.1 }
            }
            Command::Assign { cpu, vector } => {
                self.given.push((*cpu, *vector));
                Response::Done
            }
            Command::Free { cpu, vector, .. } => {
                let before = self.given.len();
                self.given.retain(|pair| *pair != (*cpu, *vector));
                if self.given.len() < before {
                    Response::Done
                } else {
                    Response::Warned
                }
            }
            _ => unreachable!(),
        }
    }
}

const CONFIG: &str = r#"{"kind":"config","cpus":2,"bits":256,"start":32,"end":235,"system":[],"online":[0],"scope":"global","hotplug":true}"#;

fn session() -> (Session<Counter>, String) {
    (Session::new(), String::new())
}

#[test]
fn hello_declares_what_the_system_does() {
    let (mut session, mut out) = session();
    let hello = r#"{"kind":"hello","protocol":1,"subsystem":"irq/vector-matrix/allocator"}"#;
    assert_eq!(session.line(hello, &mut out), Ok(Next::Flush));
    assert_eq!(
        out,
        "{\"kind\":\"hello\",\"protocol\":1,\"subsystem\":\"irq/vector-matrix/allocator\",\
         \"name\":\"a \\\"counter\\\"\",\"level\":\"contract\",\"refs\":true,\"observes\":[],\
         \"commands\":[\"alloc\",\"assign\",\"free\",\"freeRef\"],\"scope\":\"global\"}\n"
    );
}

#[test]
fn references_are_resolved_counted_from_the_reset() {
    let (mut session, mut out) = session();
    let lines = [
        CONFIG,
        r#"{"kind":"alloc","cpus":[],"reserved":false}"#,
        r#"{"kind":"alloc","cpus":[1],"reserved":false}"#,
        r#"{"kind":"assign","cpu":0,"vector":50}"#,
        r#"{"kind":"freeRef","ref":0,"managed":false,"by":0}"#,
        r#"{"kind":"freeRef","ref":1,"managed":false,"by":0}"#,
        r#"{"kind":"freeRef","ref":1,"managed":false,"by":0}"#,
        r#"{"kind":"freeRef","ref":2,"managed":false,"by":0}"#,
        r#"{"kind":"freeRef","ref":99,"managed":false,"by":0}"#,
        r#"{"kind":"flush"}"#,
        r#"{"kind":"reset"}"#,
        r#"{"kind":"freeRef","ref":1,"managed":false,"by":0}"#,
    ];
    for line in lines {
        session.line(line, &mut out).unwrap();
    }
    let kinds: Vec<&str> = out.lines().map(|l| l.split('"').nth(3).unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "ready",
            "failed",
            "allocated",
            "done",
            "skipped",
            "done",
            "warned",
            "done",
            "skipped",
            "ready",
            "skipped"
        ]
    );
    assert_eq!(session.line(r#"{"kind":"bye"}"#, &mut out), Ok(Next::End));
}

#[test]
fn a_panic_answers_everything_until_the_reset() {
    let (mut session, mut out) = session();
    session.line(CONFIG, &mut out).unwrap();
    out.clear();
    assert!(session.panicked("it \"broke\"", "alloc.rs:7", &mut out));
    let alloc = r#"{"kind":"alloc","cpus":[1],"reserved":false}"#;
    session.line(alloc, &mut out).unwrap();
    let panic = r#"{"kind":"panic","message":"it \"broke\"","place":"alloc.rs:7"}"#;
    assert_eq!(out, format!("{}\n{}\n", panic, panic));
    out.clear();
    session.line(r#"{"kind":"reset"}"#, &mut out).unwrap();
    session.line(alloc, &mut out).unwrap();
    assert_eq!(out, "{\"kind\":\"ready\"}\n{\"kind\":\"allocated\",\"cpu\":1,\"vector\":32}\n");
}

#[test]
fn lines_that_make_no_sense_are_errors() {
    for (line, problem) in [
        (
            r#"{"kind":"alloc","cpus":[1],"reserved":false}"#,
            "a command came before a configuration that was taken",
        ),
        (r#"{"kind":"reset"}"#, "a command came before a configuration that was taken"),
        (r#"{"kind":"online","cpu":1}"#, "online is not among System::COMMANDS"),
        (r#"{"kind":"alloc","cpus":[1]}"#, "field reserved: it is missing"),
        (r#"{"kind":"config"}"#, "field cpus: it is missing"),
    ] {
        let (mut session, mut out) = session();
        assert_eq!(session.line(line, &mut out).unwrap_err().to_string(), problem);
        assert_eq!(out, "");
    }
    let (mut session, mut out) = session();
    session.line(CONFIG, &mut out).unwrap();
    let problem = session.line(r#"{"kind":"observe"}"#, &mut out).unwrap_err();
    assert_eq!(problem.to_string(), "asked to observe, but System::observe shows nothing");
    out.clear();
    session.line(&CONFIG.replace("\"cpus\":2", "\"cpus\":3"), &mut out).unwrap();
    assert_eq!(out, "{\"kind\":\"refused\",\"reason\":\"at most two CPUs\"}\n");
}

const ALLOC: &str = r#"{"kind":"alloc","cpus":[0,1],"reserved":false}"#;
const FREE: &str = r#"{"kind":"freeRef","ref":0,"managed":false,"by":0}"#;
const AT_0: &str = r#"{"kind":"allocated","cpu":0,"vector":32}"#;
const AT_1: &str = r#"{"vector":32, "cpu":1, "kind":"allocated"}"#;
const DONE: &str = r#"{"kind":"done"}"#;
const WARNED: &str = r#"{"kind":"warned"}"#;

#[test]
fn a_replay_holds_breaks_or_parts() {
    let run = |steps: &[(&str, &[&str])]| replay::<Counter>(CONFIG, steps);
    assert_eq!(run(&[(ALLOC, &[AT_0, AT_1]), (FREE, &[DONE])]), Replayed::Held);
    assert_eq!(run(&[(ALLOC, &[]), (FREE, &[])]), Replayed::Held);
    // The last answer may be any that is right; an earlier one may not.
    assert_eq!(run(&[(ALLOC, &[AT_1, AT_0])]), Replayed::Held);
    let parted = run(&[(ALLOC, &[AT_1, AT_0]), (FREE, &[DONE])]);
    assert_eq!(parted, Replayed::Parted { index: 0, got: AT_0.into() });
    assert!(!parted.assert_held());
    let broken = run(&[(ALLOC, &[AT_0]), (FREE, &[WARNED])]);
    assert_eq!(
        broken.to_string(),
        format!("command number 1, {}, was answered {}; admitted: {}", FREE, DONE, WARNED)
    );
    assert!(std::panic::catch_unwind(|| broken.assert_held()).is_err());
    let other = replay::<Counter>(CONFIG, &[(r#"{"kind":"online","cpu":1}"#, &[])]);
    assert_eq!(other, Replayed::NotRun { reason: "it does not answer online".into() });
    let big = CONFIG.replace("\"cpus\":2", "\"cpus\":3");
    let refused = replay::<Counter>(&big, &[]);
    let reason = "it refuses the configuration: at most two CPUs".into();
    assert_eq!(refused, Replayed::NotRun { reason });
}

#[test]
#[should_panic(expected = "command number 0 of the trace cannot be read: field cpu")]
fn a_trace_that_cannot_be_read_is_no_verdict() {
    let _ = replay::<Counter>(CONFIG, &[(r#"{"kind":"online","cpu":"1"}"#, &[])]);
}
