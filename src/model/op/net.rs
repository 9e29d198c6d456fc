//! Operations on network namespaces: each is one request over netlink, named and worded as in
//! ip(8) and tc(8). They act in the network namespace of the process that carries them out.

use serde::{Deserialize, Serialize};

use super::Errno_;

operation!(
    /// Makes an interface, or changes one: `ip link add`, `ip link set`.
    Link {
        /// The interface.
        dev: String,
        /// Makes it, of this type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        add: Option<LinkKind>,
        /// With `add = "veth"`: the name of the other end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
        /// Whose network namespace the interface moves to, a process of the same box by name. With
        /// `peer`: the other end is made there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        netns: Option<String>,
        /// The bridge that it becomes a port of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        master: Option<String>,
        /// Up or down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<UpDown>,
    }
);
operation!(
    /// Gives an interface an address: `ip address add`.
    Addr {
        /// The interface.
        dev: String,
        /// With its prefix length: `10.9.0.1/24`.
        add: String,
    }
);
operation!(
    /// Adds a route to the main table: `ip route add`.
    Route {
        /// `default`, or a prefix such as `10.9.0.0/24`.
        add: String,
        /// The gateway.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<String>,
        /// The interface, where there is no gateway.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dev: Option<String>,
    }
);
operation!(
    /// Limits what an interface sends, by a token bucket filter: `tc qdisc add ... tbf`.
    Tbf {
        /// The interface.
        dev: String,
        /// Bits a second.
        rate: u64,
        /// Bytes that may go at once.
        burst: u32,
        /// Bytes that may wait; what comes when they do is dropped.
        limit: u32,
    }
);

/// What kind of interface `link` makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// Two ends of a cable: veth(4)
    Veth,
    /// A switch.
    Bridge,
    /// An interface that leads nowhere.
    Dummy,
}

impl LinkKind {
    /// Its name in ip-link(8) and for the kernel.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Veth => "veth",
            Self::Bridge => "bridge",
            Self::Dummy => "dummy",
        }
    }
}

/// What becomes of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpDown {
    /// `IFF_UP`
    Up,
    /// No `IFF_UP`
    Down,
}

/// An address or a prefix: `10.9.0.1/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// The address.
    pub address: core::net::IpAddr,
    /// How many of its first bits name the network.
    pub length: u8,
}

impl Prefix {
    /// From `ADDRESS/LENGTH`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: core::net::IpAddr = address.parse().ok()?;
        let length: u8 = length.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (length <= most).then_some(Self { address, length })
    }
}

/// Whether the kernel takes it as the name of an interface, and a shell as a plain word.
#[must_use]
pub fn is_interface(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    (1..=15).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(plain)
}

impl Link {
    /// What is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), String> {
        let names = [Some(&self.dev), self.peer.as_ref(), self.master.as_ref()];
        if let Some(odd) = names.into_iter().flatten().find(|name| !is_interface(name)) {
            return Err(format!(
                "`{odd}` is no name of an interface; expected at most 15 letters, digits and hyphens"
            ));
        }
        match (self.add, &self.peer) {
            (Some(LinkKind::Veth), None) => Err("a veth has two ends; expected `peer`".to_owned()),
            (Some(LinkKind::Bridge | LinkKind::Dummy) | None, Some(_)) => {
                Err("only `add = \"veth\"` has a `peer`".to_owned())
            }
            (None, None) if self.netns.is_none() && self.master.is_none() && self.set.is_none() => {
                Err("nothing to do; expected `add`, `netns`, `master` or `set`".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl Addr {
    /// What is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), String> {
        if !is_interface(&self.dev) {
            return Err(format!("`{}` is no name of an interface", self.dev));
        }
        Prefix::parse(&self.add)
            .map(|_| ())
            .ok_or_else(|| "expected an address with its prefix length: 10.9.0.1/24".to_owned())
    }
}

impl Route {
    /// What is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), String> {
        if self.add != "default" && Prefix::parse(&self.add).is_none() {
            return Err("expected `default` or a prefix such as 10.9.0.0/24".to_owned());
        }
        let odd = |via: &String| via.parse::<core::net::IpAddr>().is_err();
        if self.via.as_ref().is_some_and(odd) {
            return Err("expected an address as gateway".to_owned());
        }
        match (&self.via, &self.dev) {
            (None, None) => Err("expected `via` or `dev`".to_owned()),
            (_, Some(dev)) if !is_interface(dev) => {
                Err(format!("`{dev}` is no name of an interface"))
            }
            _ => Ok(()),
        }
    }
}

impl Tbf {
    /// What is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), String> {
        if !is_interface(&self.dev) {
            return Err(format!("`{}` is no name of an interface", self.dev));
        }
        // The kernel keeps times in a 32-bit number of ticks.
        let sane = (8_000..=8_000_000_000).contains(&self.rate)
            && (1600..=1 << 20).contains(&self.burst)
            && (self.burst..=1 << 24).contains(&self.limit);
        if sane {
            return Ok(());
        }
        Err(
            "expected a rate of 8000 to 8000000000 bits a second, a burst of 1600 bytes to 1 MiB, \
             and a limit of at least the burst"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_is_wrong_with_it() {
        let check = |json: &str| {
            let link: Link = serde_json::from_str(json).expect("a link");
            link.check().err().unwrap_or_default()
        };
        assert_eq!(check(r#"{"dev": "lo", "set": "up"}"#), "");
        assert_eq!(
            check(r#"{"dev": "va", "add": "veth", "peer": "eth0", "netns": "a"}"#),
            ""
        );
        assert!(check(r#"{"dev": "lo"}"#).contains("nothing to do"));
        assert!(check(r#"{"dev": "va", "add": "veth"}"#).contains("peer"));
        assert!(check(r#"{"dev": "br0", "add": "bridge", "peer": "x"}"#).contains("veth"));
        assert!(check(r#"{"dev": "a/b", "set": "up"}"#).contains("no name"));
        assert!(check(r#"{"dev": "sixteen-letters-", "set": "up"}"#).contains("no name"));
    }

    #[test]
    fn a_prefix_is_an_address_and_a_length_that_fits() {
        let length = |text: &str| Prefix::parse(text).map(|prefix| prefix.length);
        assert_eq!(length("10.9.0.1/24"), Some(24));
        assert_eq!(length("fd00::1/64"), Some(64));
        for odd in ["10.9.0.1", "10.9.0.1/33", "fd00::/129", "x/24", "10.9.0/24"] {
            assert_eq!(length(odd), None, "{odd}");
        }
    }
}
