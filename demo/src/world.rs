//! Who is in the demonstration? A relay, a custodian, two regions and six fictional States, founded step by step as in
//! life: invited, enrolled after comparing fingerprints, delegated, nominated, certified. It must never know the story.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use liaison_client::authority::NewNetwork;
use liaison_client::{Clock, DialOptions, Online, Station};
use liaison_keys::directory::body::Relay as RelayEntry;
use liaison_keys::directory::group::{DefineGroup, GroupMember, Join};
use liaison_keys::directory::{Body, Category, MemberStatus, OfficeRecord, Rank, Statement};
use liaison_keys::keyfile::Cost;
use liaison_keys::names::{GroupId, OfficeId, Owner, StateCode, Subject};
use liaison_relay::{Config, InitOptions, Relay, found, init};

/// The passphrase of every station in the demonstration: they protect nothing.
pub const PASSPHRASE: &str = "exercise";
/// The two groups, with their members.
pub const GROUPS: [(&str, &str, [&str; 3]); 2] = [
    ("group:xr-north", "Northern Region", ["xa", "xb", "xc"]),
    ("group:xr-south", "Southern Region", ["xd", "xe", "xf"]),
];

/// The network, founded; every station is closed down on its disk and ready to be opened at a desk.
pub struct World {
    /// Where all of it lives: `relay` and `stations` below it.
    pub folder: PathBuf,
    /// The relay, running.
    pub relay: Relay,
    /// Where it listens.
    pub address: SocketAddr,
    /// Every office's station.
    pub stations: BTreeMap<OfficeId, Station>,
}

/// The custodian at its station, online.
struct Custodian {
    station: Station,
    online: Online,
}

impl World {
    /// Founds everything in a folder.
    ///
    /// # Errors
    /// Whatever went wrong, in words.
    pub async fn found(folder: &Path) -> Result<Self> {
        let address = free_address()?;
        let relay_folder = folder.join("relay");
        let name = "relay-1".parse()?;
        let mut options = InitOptions::new(name, address);
        options.addresses = vec![address.to_string()];
        let keys = init(&relay_folder, &options)?;
        let mut station = create(folder, "custodian")?;
        let relay = RelayEntry {
            name: keys.name.clone(),
            addresses: keys.addresses.clone(),
            transport: keys.transport,
            receipt: keys.receipt,
        };
        let founding = station.found(NewNetwork {
            id: "exercise".parse()?,
            fictional: true,
            relays: vec![relay],
            log: keys.log,
            custodian: (2, 2),
            profile: "full".parse()?,
        })?;
        found(&relay_folder, &founding, Clock::system().now_s())?;
        let relay = Relay::start(Config::new(&relay_folder, address)).await?;
        let online = Online::connect(&mut station, DialOptions::default()).await.context("the first door")?;
        let mut custodian = Custodian { station, online };
        let mut stations = BTreeMap::new();
        custodian.sets_itself_up().await.context("the custodian sets itself up")?;
        for (group, name, _) in GROUPS {
            let (office, station) = custodian
                .takes_in_region(folder, group, name)
                .await
                .with_context(|| format!("a region joins: {name}"))?;
            stations.insert(office, station);
        }
        for (group, _, members) in GROUPS {
            for state in members {
                stations.extend(
                    custodian
                        .takes_in_state(folder, state, group)
                        .await
                        .with_context(|| format!("a State joins: {state}"))?,
                );
            }
        }
        for (group, _, members) in GROUPS {
            name_members(&mut stations, group, &members).await.context("members are named")?;
        }
        let office = custodian.close().await?;
        stations.insert(office.0, office.1);
        Ok(Self { folder: folder.to_owned(), relay, address, stations })
    }
}

impl Custodian {
    async fn sets_itself_up(&mut self) -> Result<()> {
        let (station, online) = (&mut self.station, &mut self.online);
        online.sync(station).await?;
        let owner = Owner::custodian();
        let (_, statement) = station.enrol(&owner, "Secretariat (fictional)".into(), (1, 1), None)?;
        submit(station, online, &statement).await?;
        let statement = station.delegate(&owner)?;
        submit(station, online, &statement).await?;
        set_up_office(station, online, &custodian_office()?, "Directory desk", &[]).await?;
        // The invitation has served; from here on the device's own key opens the door.
        *online = Online::connect(station, DialOptions::default()).await?;
        online.exchange(station).await?;
        Ok(())
    }

    /// An organization that keeps a region's membership.
    async fn takes_in_region(
        &mut self,
        folder: &Path,
        group: &str,
        name: &str,
    ) -> Result<(OfficeId, Station)> {
        let group: GroupId = group.parse()?;
        let owner: Owner = format!("org:{}", group.slug()).parse()?;
        let (mut station, mut online) = self.enrols(folder, &owner, &format!("{name} Organization")).await?;
        let office: OfficeId = format!("{owner}/coordinator/1").parse()?;
        set_up_office(&mut station, &mut online, &office, "Coordinator", &[]).await?;
        online.close().await;
        self.online.sync(&mut self.station).await?;
        let definition = DefineGroup { name: name.to_owned(), coordinator: Some(owner) };
        let body = Body::DefineGroup(definition);
        let statement = self.station.statement(Subject::Group(group), &body)?;
        submit(&mut self.station, &mut self.online, &statement).await?;
        Ok((office, station))
    }

    /// A State with its two offices, each with a station of its own; the first one's holds the State's admin key.
    async fn takes_in_state(
        &mut self,
        folder: &Path,
        state: &str,
        group: &str,
    ) -> Result<Vec<(OfficeId, Station)>> {
        let owner: Owner = state.parse()?;
        let name = format!("State {} (fictional)", owner.display());
        let (mut first, mut online) = self.enrols(folder, &owner, &name).await?;
        let (diplomatic, operations): (OfficeId, OfficeId) =
            (format!("{state}/diplomatic/1").parse()?, format!("{state}/operations/1").parse()?);
        let body = Body::Join(Join { group: group.parse()? });
        let statement = first.statement(Subject::Owner(owner.clone()), &body)?;
        submit(&mut first, &mut online, &statement).await?;
        nominate(
            &mut first,
            &mut online,
            &operations,
            "National CERT duty desk",
            &["operations", "technical"],
        )
        .await?;
        set_up_office(
            &mut first,
            &mut online,
            &diplomatic,
            "Ministry of Foreign Affairs, cyber desk",
            &["diplomatic"],
        )
        .await?;
        // The second station has no way in yet: the directory comes to it in a file, and its certificate goes back in
        // one, to be signed with the admin's key.
        let mut online = reconnect(&mut first, online).await?;
        let mut second = create(folder, &format!("{state}-operations"))?;
        second.accept(&first.introduce()?)?;
        second.import_directory(&first.export_directory()?)?;
        let mut certificate = second.certify(&operations)?;
        first.sign(&mut certificate)?;
        submit(&mut first, &mut online, &certificate).await?;
        online.exchange(&mut first).await?;
        online.close().await;
        first_exchange(&mut second).await?;
        Ok(vec![(diplomatic, first), (operations, second)])
    }

    /// Invites an owner, whose new station makes its root; compares the fingerprint, and enrols it.
    async fn enrols(&mut self, folder: &Path, owner: &Owner, name: &str) -> Result<(Station, Online)> {
        let (signed, invitation) = self.station.invite(owner.clone())?;
        self.online.invite(&mut self.station, signed).await?;
        let mut station = create(folder, &home_name(owner))?;
        station.accept(&invitation.to_string().parse()?)?;
        let mut online = Online::connect(&mut station, DialOptions::default()).await?;
        online.sync(&mut station).await?;
        let (enrol, mut statement) = station.enrol(owner, name.to_owned(), (1, 1), None)?;
        let on_paper = station.fingerprint(owner, &enrol)?;
        // In life the digits come by note verbale, and a person compares them.
        anyhow::ensure!(on_paper == self.station.fingerprint(owner, &enrol)?, "the fingerprints differ");
        self.station.sign(&mut statement)?;
        submit(&mut self.station, &mut self.online, &statement).await?;
        online.sync(&mut station).await?;
        let statement = station.delegate(owner)?;
        submit(&mut station, &mut online, &statement).await?;
        Ok((station, online))
    }

    async fn close(mut self) -> Result<(OfficeId, Station)> {
        self.online.exchange(&mut self.station).await?;
        self.online.close().await;
        Ok((custodian_office()?, self.station))
    }
}

/// The coordinator names its members: with each State's own wish, the membership is whole.
async fn name_members(
    stations: &mut BTreeMap<OfficeId, Station>,
    group: &str,
    members: &[&str],
) -> Result<()> {
    let group: GroupId = group.parse()?;
    let office: OfficeId = format!("org:{}/coordinator/1", group.slug()).parse()?;
    let station = stations.get_mut(&office).context("no coordinator")?;
    let mut online = Online::connect(station, DialOptions::default()).await?;
    online.exchange(station).await?;
    for state in members {
        let member = GroupMember { state: state.parse::<StateCode>()?, status: MemberStatus::Member };
        let statement = station.statement(Subject::Group(group.clone()), &Body::GroupMember(member))?;
        submit(station, &mut online, &statement).await?;
    }
    online.close().await;
    Ok(())
}

async fn set_up_office(
    station: &mut Station,
    online: &mut Online,
    office: &OfficeId,
    unit: &str,
    categories: &[&str],
) -> Result<()> {
    nominate(station, online, office, unit, categories).await?;
    let statement = station.certify(office)?;
    submit(station, online, &statement).await
}

async fn nominate(
    station: &mut Station,
    online: &mut Online,
    office: &OfficeId,
    unit: &str,
    categories: &[&str],
) -> Result<()> {
    let mut categories: Vec<Category> =
        categories.iter().filter_map(|name| Category::from_name(name)).collect();
    categories.sort_unstable();
    let languages = vec!["en".to_owned()];
    let record = OfficeRecord::of_unit(categories, unit.to_owned(), Rank::Primary, languages);
    let statement = station.statement(Subject::Office(office.clone()), &Body::Nominate(record))?;
    submit(station, online, &statement).await
}

async fn submit(station: &mut Station, online: &mut Online, statement: &Statement) -> Result<()> {
    station.try_out(statement)?;
    online.submit(station, statement).await?;
    Ok(())
}

async fn reconnect(station: &mut Station, online: Online) -> Result<Online> {
    online.close().await;
    let mut online = Online::connect(station, DialOptions::default()).await?;
    online.exchange(station).await?;
    Ok(online)
}

async fn first_exchange(station: &mut Station) -> Result<()> {
    let mut online = Online::connect(station, DialOptions::default()).await?;
    online.exchange(station).await?;
    online.close().await;
    Ok(())
}

fn create(folder: &Path, name: &str) -> Result<Station> {
    let home = folder.join("stations").join(name);
    Ok(Station::create(&home, PASSPHRASE, Cost::MINIMUM, Clock::system())?)
}

/// Folder of an owner's first station.
pub fn home_name(owner: &Owner) -> String {
    match owner {
        Owner::State(state) => format!("{state}-diplomatic"),
        Owner::Organization(slug) => slug.to_string(),
    }
}

fn custodian_office() -> Result<OfficeId> {
    Ok("org:custodian/secretariat/1".parse()?)
}

/// A port that was free a moment ago, for both transports. None of those that the system gives to outgoing connections
/// (RFC 6335 calls them dynamic): a relay that is away for a moment would find its port taken by a station's.
fn free_address() -> Result<SocketAddr> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let somewhere = now.subsec_nanos().wrapping_add(std::process::id()) % PORTS;
    let ports =
        (0..PORTS).map(|more| FIRST_PORT.saturating_add((somewhere.saturating_add(more) % PORTS) as u16));
    let free = |port: &u16| {
        let address = SocketAddr::from(([127, 0, 0, 1], *port));
        TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
    };
    let port = ports.into_iter().find(free).context("no port is free")?;
    Ok(SocketAddr::from(([127, 0, 0, 1], port)))
}

const FIRST_PORT: u16 = 20_000;
const PORTS: u32 = 10_000;
