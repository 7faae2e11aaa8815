//! The strict reader: what it takes, and what it says of the rest.
use redbear_spec::irq::msi_message;
use redbear_spec::irq::vector_matrix::allocator::{Command, Config, Errno, Response, Scope};
use redbear_spec::irq::vector_matrix::assignment;
use redbear_spec::json::{Print, Read, Reader};

fn read<T: Read>(text: &str) -> Result<T, String> {
    let mut reader = Reader::new(text);
    T::read(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|problem| problem.to_string())
}

fn print<T: Print + ?Sized>(value: &T) -> String {
    let mut text = String::new();
    value.print(&mut text).unwrap();
    text
}

fn string(text: &str) -> Result<String, String> {
    let mut reader = Reader::new(text);
    let read = reader.string().map(|value| value.into_owned());
    read.and_then(|value| reader.end().map(|()| value)).map_err(|problem| problem.to_string())
}

fn skip(text: &str) -> Result<(), String> {
    let mut reader = Reader::new(text);
    reader.skip().and_then(|()| reader.end()).map_err(|problem| problem.to_string())
}

#[test]
fn commands_in_any_order_of_fields_and_with_blanks() {
    let alloc = Command::Alloc { cpus: vec![0, 3], reserved: false };
    for text in [
        r#"{"kind":"alloc","cpus":[0,3],"reserved":false}"#,
        r#" { "reserved" : false , "cpus" : [ 0 , 3 ] , "kind" : "alloc" } "#,
        "{\"cpus\":[0,3],\r\n\t\"k\\u0069nd\":\"all\\u006fc\",\"reserved\":false}\n",
    ] {
        assert_eq!(read(text), Ok(alloc.clone()), "{}", text);
    }
    assert_eq!(read(r#"{"kind":"reserve"}"#), Ok(Command::Reserve));
    let empty = Command::Alloc { cpus: vec![], reserved: true };
    assert_eq!(read(r#"{"kind":"alloc","cpus":[],"reserved":true}"#), Ok(empty));
}

#[test]
fn a_configuration_as_a_line_of_the_protocol_or_alone() {
    let fields = r#""cpus":2,"bits":256,"start":32,"end":235,"system":[50,128],"online":[0],"scope":"per-cpu","hotplug":true"#;
    for text in [format!("{{{}}}", fields), format!("{{\"kind\":\"config\",{}}}", fields)] {
        let config: Config = read(&text).unwrap();
        assert_eq!((config.cpus, config.end, config.scope), (2, 235, Scope::PerCpu));
        assert_eq!((config.system, config.online), (vec![50, 128], vec![0]));
    }
}

#[test]
fn what_is_wrong_is_named_with_its_field() {
    for (text, problem) in [
        (
            r#"{"kind":"free","cpu":9000,"vector":1,"managed":false,"by":0}"#,
            r#"field cpu: found 9000,"vector":1,"managed…, expected a whole number 0..8191"#,
        ),
        (
            r#"{"kind":"alloc","cpus":[0,-1],"reserved":false}"#,
            r#"field cpus.1: found -1],"reserved":false}, expected a whole number 0..8191"#,
        ),
        (r#"{"kind":"alloc","cpus":[0]}"#, "field reserved: it is missing"),
        (
            r#"{"kind":"alloc","cpus":[0],"reserved":false,"colour":1}"#,
            "field colour: there is no such field",
        ),
        (r#"{"kind":"reserve","cpu":1}"#, "field cpu: there is no such field"),
        (r#"{"kind":"online","cpu":1,"cpu":1}"#, "field cpu: it stands twice"),
        (r#"{"cpu":1}"#, "field kind: it is missing"),
        (r#"{"kind":7}"#, "field kind: found 7}, expected a string"),
        (
            r#"{"kind":"alloc","cpus":0,"reserved":false}"#,
            r#"field cpus: found 0,"reserved":false}, expected a list"#,
        ),
        (
            r#"{"kind":"alloc","cpus":[0],"reserved":"no"}"#,
            r#"field reserved: found "no"}, expected true or false"#,
        ),
        (r#"{"kind":"reserve"} {}"#, "found {}, expected nothing more"),
        (r#"{"kind":"reserve""#, "found the end, expected ',' or '}'"),
        (r#"{"kind":"online","cpu":1"#, "found the end, expected ',' or '}'"),
        ("", "found the end, expected an object"),
        ("[1]", "found [1], expected an object"),
    ] {
        assert_eq!(read::<Command>(text), Err(problem.to_string()), "{}", text);
    }
    let unknown = read::<Command>(r#"{"kind":"allok"}"#).unwrap_err();
    assert!(unknown.starts_with("found \"allok\", expected one of assignSystem, online"));
    let errno = read::<Response>(r#"{"kind":"failed","error":"EPERM"}"#).unwrap_err();
    assert_eq!(errno, "field error: found \"EPERM\", expected one of EINVAL, ENOSPC, EBUSY");
}

#[test]
fn whole_numbers_alone() {
    let value =
        |text: &str| read::<Response>(&format!("{{\"kind\":\"count\",\"value\":{}}}", text));
    for (text, number) in
        [("0", 0), ("-0", 0), ("-2147483648", -(1 << 31)), ("4294967296", 1 << 32)]
    {
        assert_eq!(value(text), Ok(Response::Count { value: number }));
    }
    for text in [
        "01",
        "-01",
        "1.0",
        "1e3",
        "+1",
        "-",
        "--1",
        "0x10",
        "NaN",
        "null",
        "\"1\"",
        "4294967297",
        "-2147483649",
        "99999999999999999999999999",
        "１",
    ] {
        let problem = value(text).unwrap_err();
        assert!(problem.contains("expected a whole number -2147483648..4294967296"), "{}", problem);
    }
}

#[test]
fn words_are_hex_strings() {
    use msi_message::{Command as Message, Response as Answer};
    let word = |text: &str| {
        read::<Message>(&format!("{{\"kind\":\"enableRemapping\",\"table\":{}}}", text))
    };
    let largest = Message::EnableRemapping { table: u64::MAX };
    assert_eq!(word("\"0xffffffffffffffff\""), Ok(largest));
    assert_eq!(word("\"0x0\""), Ok(Message::EnableRemapping { table: 0 }));
    for text in
        ["\"0x\"", "\"0xFF\"", "\"ff\"", "\"0x10000000000000000\"", "16", "\"0x+f\"", "\"\""]
    {
        let problem = word(text).unwrap_err();
        assert!(problem.contains("expected a string such as \"0xfee00000\""), "{}", problem);
    }
    let irte = Answer::Irte { lo: 0xfee0_0000, hi: u64::MAX };
    let text = print(&irte);
    assert_eq!(text, r#"{"kind":"irte","lo":"0xfee00000","hi":"0xffffffffffffffff"}"#);
    assert_eq!(read(&text), Ok(irte));
}

#[test]
fn strings_with_escapes() {
    assert_eq!(
        string(r#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z""#),
        Ok("a\"\\/\u{8}\u{c}\n\r\té😀z".into())
    );
    assert_eq!(string("\"é😀\""), Ok("é😀".into()));
    assert_eq!(string("\"é\\n😀\""), Ok("é\n😀".into()));
    for text in [
        "\"",
        "\"\\",
        "\"\\u12\"",
        "\"\\u12é\"",
        "\"\\x41\"",
        "\"\\é\"",
        "\"\\ud83d\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ude00\"",
        "\"a\u{1}\"",
        "\"\\n\u{1}\"",
        "\"\n\"",
        "\"\\u+123\"",
    ] {
        assert!(string(text).is_err(), "{:?} was read", text);
    }
}

#[test]
fn any_value_is_passed_over_strictly() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-1.5e+3",
        "0.5",
        "1E9",
        "\"x\\u0000\"",
        "[]",
        "{}",
        r#"[1,{"a":[null,{"b":"]}"}]}]"#,
    ] {
        assert_eq!(skip(text), Ok(()), "{}", text);
    }
    for text in [
        "nul",
        "truee",
        "01",
        "1.",
        ".5",
        "-",
        "1e",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "'x'",
        "[1",
        "{\"a\":1",
        "1 1",
        "undefined",
    ] {
        assert!(skip(text).is_err(), "{} was passed over", text);
    }
    assert!(skip(&"[".repeat(1 << 20)).unwrap_err().contains("nested deeper than 64"));
}

#[test]
fn cut_anywhere_a_line_is_an_error_and_never_a_panic() {
    let line = r#"{"kind":"setup","irq":1,"count":2,"cpus":[0,1],"policy":"managed","maskable":true,"node":3}"#;
    assert!(read::<assignment::Command>(line).is_ok());
    for end in 0..line.len() {
        assert!(read::<assignment::Command>(&line[..end]).is_err(), "{}", &line[..end]);
    }
    // One character replaced by another of every kind.
    for at in 0..line.len() {
        for c in ["\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "é", "\n", " ", "x", "\u{0}"]
        {
            let _ =
                read::<assignment::Command>(&format!("{}{}{}", &line[..at], c, &line[at + 1..]));
        }
    }
}

#[test]
fn what_may_be_left_out_and_what_may_be_null() {
    use assignment::{Command as Vectors, Policy, Response as Answer};
    let text = r#"{"kind":"setup","irq":1,"count":2,"cpus":[],"policy":"reserve","maskable":true}"#;
    let setup = |node| Vectors::Setup {
        irq: 1,
        count: 2,
        cpus: vec![],
        policy: Policy::Reserve,
        maskable: true,
        node,
    };
    assert_eq!(read(text), Ok(setup(None)));
    assert_eq!(read(&text.replace('}', ",\"node\":0}")), Ok(setup(Some(0))));
    assert!(read::<Vectors>(&text.replace('}', ",\"node\":null}")).is_err());
    let at = Answer::At { cpu: 1, vector: 33, prev_cpu: None, prev_vector: None };
    assert_eq!(print(&at), r#"{"kind":"at","cpu":1,"vector":33}"#);
    assert_eq!(read(&print(&at)), Ok(at));
    let released = Answer::Released { vectors: vec![Some(33), None] };
    assert_eq!(print(&released), r#"{"kind":"released","vectors":[33,null]}"#);
    assert_eq!(read(&print(&released)), Ok(released));
}

#[test]
fn what_is_printed_is_what_the_suite_writes() {
    assert_eq!(print(&Response::Done), r#"{"kind":"done"}"#);
    let failed = Response::Failed { error: Errno::Enospc };
    assert_eq!(print(&failed), r#"{"kind":"failed","error":"ENOSPC"}"#);
    assert_eq!(
        print(&Response::Count { value: i64::MIN }),
        r#"{"kind":"count","value":-9223372036854775808}"#
    );
    assert_eq!(print("a\"\\\n\u{1b}[31m\u{7f}é"), r#""a\"\\\u000a\u001b[31m\u007fé""#);
    let shown = assignment::Observation {
        irqs: Some(vec![assignment::Irq { irq: 4, pending: Some(None), ..Default::default() }]),
        cpus: Some(vec![assignment::Cpu {
            cpu: 0,
            slots: Some(vec![
                assignment::Slot { vector: 33, content: assignment::Content::Number(4) },
                assignment::Slot { vector: 34, content: assignment::Content::Shutdown },
            ]),
            ..Default::default()
        }]),
        ..Default::default()
    };
    assert_eq!(
        print(&shown),
        r#"{"irqs":[{"irq":4,"pending":null}],"cpus":[{"cpu":0,"slots":[{"vector":33,"content":4},{"vector":34,"content":"shutdown"}]}]}"#
    );
}
