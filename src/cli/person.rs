//! Who uses the command line: it is told to those who see what was asked for.

/// `USER@HOST`, as far as the system says.
pub fn name() -> String {
    let variable = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(variable);
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let system = rustix::system::uname();
    match system.nodename().to_str() {
        Ok(host) if !host.is_empty() => format!("{user}@{host}"),
        _ => user,
    }
}
