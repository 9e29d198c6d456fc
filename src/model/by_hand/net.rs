//! The network by hand: ip(8) and tc(8) of iproute2, and a few lines of Python for the listener and
//! the greeter, because netcat is a different program on every distribution.

use super::quoted;
use crate::model::op::Workload;
use crate::model::op::net::{Addr, Link, Route, Tbf, UpDown};
use crate::model::with::With;

pub(super) fn link_line(link: &Link) -> String {
    let (pid, remark) = match &link.netns {
        // By hand that process is a shell of the learner's, not the one that glassbox started.
        Some(name) => (
            " netns PID",
            format!("  # PID: echo $$ in the shell that is {name}"),
        ),
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
    let socket = format!("import socket; s=socket.socket(socket.{family})");
    let code = if workload == Workload::Listener {
        let word = python(with.text("word").unwrap_or_default());
        let leave = match with.text("then") {
            Some("unshare-net") => "; import os; os.unshare(os.CLONE_NEWNET)",
            _ => "",
        };
        format!(
            "{socket}; s.bind({place}); s.listen(){leave}; \
             [(c.send({word}.encode()), c.close()) for c, _ in iter(s.accept, 0)]"
        )
    } else {
        format!("{socket}; s.connect({place}); print(s.recv(256).decode())")
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

/// A Python string: `With` has no control characters.
fn python(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
