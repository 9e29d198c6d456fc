//! The network by hand: ip(8) and tc(8) of iproute2, and a few lines of Python for the listener and
//! the greeter, because netcat is a different program on every distribution.

use super::quoted;
use crate::model::op::Workload;
use crate::model::op::net::{Addr, Link, Route, Tbf, UpDown};
use crate::model::with::With;

/// `netns` is how to learn the number of the shell in whose network namespace something is to be.
pub(super) fn link_line(link: &Link, netns: Option<&str>) -> String {
    let (pid, remark) = match netns {
        Some(number) => (" netns PID", format!("  # PID: {number}")),
        None => ("", String::new()),
    };
    let mut words = match (link.add, &link.peer) {
        (Some(kind), Some(peer)) => {
            let kind = kind.name();
            format!("ip link add {} type {kind} peer name {peer}{pid}", link.dev)
        }
        (Some(kind), None) => format!("ip link add {} type {}", link.dev, kind.name()),
        (None, _) => format!("ip link set {}{pid}", link.dev),
    };
    let mut more = String::new();
    if let Some(master) = &link.master {
        more = format!(" master {master}");
    }
    if let Some(set) = link.set {
        more.push_str(match set {
            UpDown::Up => " up",
            UpDown::Down => " down",
        });
    }
    // ip(8) takes neither a bridge nor up while it makes a link.
    if link.add.is_some() && !more.is_empty() {
        more = format!(" && ip link set {}{more}", link.dev);
    }
    words.push_str(&more);
    words + &remark
}

pub(super) fn addr_line(addr: &Addr) -> String {
    format!("ip address add {} dev {}", addr.add, addr.dev)
}

pub(super) fn route_line(route: &Route) -> String {
    let via = route.via.as_ref().map(|via| format!(" via {via}"));
    let dev = route.dev.as_ref().map(|dev| format!(" dev {dev}"));
    let (via, dev) = (via.unwrap_or_default(), dev.unwrap_or_default());
    format!("ip route add {}{via}{dev}", route.add)
}

pub(super) fn tbf_line(tbf: &Tbf) -> String {
    let Tbf {
        dev,
        rate,
        burst,
        limit,
        ..
    } = tbf;
    format!("tc qdisc add dev {dev} root tbf rate {rate}bit burst {burst}b limit {limit}b")
}

/// A listener or a greeter.
pub(super) fn program_line(workload: Workload, with: &With) -> String {
    let (family, place) = place(
        with,
        if workload == Workload::Listener {
            ""
        } else {
            "127.0.0.1"
        },
    );
    let listens = workload == Workload::Listener;
    let more = if listens { "" } else { ",time" };
    let socket = format!("import socket{more}; s=socket.socket(socket.{family})");
    let code = if workload == Workload::Listener {
        let answer = answer(with);
        let leave = match with.text("then") {
            Some("unshare-net") => "; import ctypes; ctypes.CDLL(None).unshare(0x40000000)",
            _ => "",
        };
        format!(
            "{socket}; s.bind({place}); s.listen(){leave}; \
             [(c.sendall({answer}), c.close()) for c, _ in iter(s.accept, 0)]"
        )
    } else {
        // As the greeter does: of a long answer, how long it took.
        format!(
            "{socket}; s.connect({place}); t=time.time(); r=s.makefile().read(); \
             print(r if len(r)<257 else \"%d ms\" % (1000*(time.time()-t)))"
        )
    };
    let background = if workload == Workload::Listener {
        " &"
    } else {
        ""
    };
    format!("python3 -c {}{background}", quoted(&code))
}

fn place(with: &With, anywhere: &str) -> (&'static str, String) {
    if let Some(path) = with.text("path") {
        return ("AF_UNIX", python(path));
    }
    if let Some(name) = with.text("abstract") {
        return ("AF_UNIX", format!("\"\\0\"+{}", python(name)));
    }
    let address = with.text("address").unwrap_or(anywhere);
    let port = with.number("port").unwrap_or_default();
    ("AF_INET", format!("({},{port})", python(address)))
}

/// The bytes that a listener answers with.
fn answer(with: &With) -> String {
    let word = python(with.text("word").unwrap_or_default());
    let mut answer = format!("{word}.encode()");
    if let Some(size) = with.number("size") {
        answer = format!("({answer}*{size})[:{size}]");
    }
    if let Some(forward) = with.text("forward") {
        let place = format!("({},{})", python(forward), with.number("to").unwrap_or(80));
        answer = format!("{answer}+socket.create_connection({place}).recv(65536)");
    }
    answer
}

/// A Python string: `With` has no control characters.
pub(super) fn python(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::with::Value;

    fn link(json: &str) -> String {
        let link: Link = serde_json::from_str(json).expect("a link");
        let number = link.netns.as_ref().map(|name| format!("that of {name}"));
        link_line(&link, number.as_deref())
    }

    #[test]
    fn links_are_those_of_ip() {
        assert_eq!(link(r#"{"dev": "lo", "set": "up"}"#), "ip link set lo up");
        assert_eq!(
            link(r#"{"dev": "br0", "add": "bridge", "set": "up"}"#),
            "ip link add br0 type bridge && ip link set br0 up"
        );
        assert_eq!(
            link(
                r#"{"dev": "toa", "add": "veth", "peer": "eth0", "netns": "a", "master": "br0", "set": "up"}"#
            ),
            "ip link add toa type veth peer name eth0 netns PID && ip link set toa master br0 up  \
             # PID: that of a"
        );
        assert_eq!(
            link(r#"{"dev": "eth0", "netns": "b"}"#),
            "ip link set eth0 netns PID  # PID: that of b"
        );
    }

    #[test]
    fn the_other_requests_too() {
        let addr = serde_json::from_str(r#"{"dev": "eth0", "add": "10.9.0.2/24"}"#);
        assert_eq!(
            addr_line(&addr.expect("an address")),
            "ip address add 10.9.0.2/24 dev eth0"
        );
        let route = serde_json::from_str(r#"{"add": "default", "via": "10.9.0.1"}"#);
        assert_eq!(
            route_line(&route.expect("a route")),
            "ip route add default via 10.9.0.1"
        );
        let tbf = r#"{"dev": "eth0", "rate": 1000000, "burst": 4000, "limit": 30000}"#;
        assert_eq!(
            tbf_line(&serde_json::from_str(tbf).expect("a limit")),
            "tc qdisc add dev eth0 root tbf rate 1000000bit burst 4000b limit 30000b"
        );
    }

    #[test]
    fn a_word_cannot_leave_its_quotes() {
        let hostile = r#"a"b\c'; rm -rf"#;
        let with = With::from([
            ("port", Value::Number(80)),
            ("word", Value::Text(hostile.to_owned())),
        ]);
        let line = program_line(Workload::Listener, &with);
        assert!(
            line.starts_with("python3 -c '") && line.ends_with("' &"),
            "{line}"
        );
        assert!(line.contains(r#""a\"b\\c'\''; rm -rf".encode()"#), "{line}");
    }
}
