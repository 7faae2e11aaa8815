//! What a kernel does when it can not go on.

/// Stops the machine; on a host, the process.
pub fn bug(what: &str) -> ! {
    eprintln!("kernel BUG: {}", what);
    std::process::abort()
}
