//! Whom can I ask? Offices by State, region, category, language, age of the entry, or any word; all from one's own copy.
//! It must never know how an entry is made.

use clap::Args;
use liaison_client::Station;
use liaison_keys::directory::{At, Category, OfficeRecord};
use liaison_keys::names::{GroupId, OfficeId, Owner};
use liaison_proto::freshness::Freshness;
use liaison_proto::profile;

use super::entry::{self, fresh, is_there};
use super::owner_name;
use crate::cli::{names, network};
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::{self, Paint};
use crate::regions::SHIPPED;
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    #[arg(long = "owner", value_name = "OWNER", value_parser = names::owner)]
    owner: Option<Owner>,
    #[arg(long, value_parser = names::group)]
    group: Option<GroupId>,
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    #[arg(long, value_parser = names::category)]
    category: Option<Category>,
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    #[arg(long)]
    due: bool,
    #[arg(long)]
    awake: bool,
    #[arg(long)]
    contacts: bool,
}

pub(super) fn run(args: &ListArgs, station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    let at = station.directory()?;
    if let Some(group) = args.group.as_ref().filter(|group| at.group(group).is_none()) {
        return Err(fail!(Exit::NotFound, "error-no-group", group = group));
    }
    let region = args.region.as_ref().map(|name| {
        let states = SHIPPED.region(name);
        states.ok_or_else(|| fail!(Exit::NotFound, "error-no-region", region = name))
    });
    let region = region.transpose()?;
    let in_region = |office: &OfficeId| {
        let state = office.owner.state();
        region.as_ref().is_none_or(|states| state.is_some_and(|state| states.contains(&state)))
    };
    let wanted = Wanted::new(args, at);
    let awake = |office: &OfficeId| {
        let there = || station.card(office).and_then(|card| is_there(&card, wanted.now));
        !args.awake || there() == Some(true)
    };
    let found = at
        .offices()
        .filter(|(office, record)| wanted.takes(office, record) && in_region(office) && awake(office));
    let offices: Vec<_> = found.collect();
    if io.json {
        for (office, record) in offices {
            io.say(&entry::json(office, record, at, station).to_string());
        }
        return Ok(Exit::Done);
    }
    io.note(network::banner(station, io).trim_end());
    if let Some(missing) = profile::building_up(at) {
        let (have, wanted) = (profile::states_with_an_office(at), profile::settings(at).operational_states);
        let shown = say!("say-building-up", have = have, wanted = wanted, missing = missing);
        io.note(&io.paint(Paint::Warn, &shown));
    }
    if offices.is_empty() {
        io.note(&say!("say-directory-empty"));
        return Ok(Exit::Done);
    }
    let table =
        if args.contacts { contacts(&offices, at, station, io) } else { table(&offices, at, wanted.now, io) };
    io.say(&table);
    Ok(Exit::Done)
}

/// What was asked for.
struct Wanted<'a> {
    args: &'a ListArgs,
    at: At<'a>,
    now: u64,
    members: Option<Vec<Owner>>,
    words: Vec<String>,
}

impl<'a> Wanted<'a> {
    fn new(args: &'a ListArgs, at: At<'a>) -> Self {
        let members = args.group.as_ref().map(|group| at.members(group).map(Owner::State).collect());
        let words = args.words.iter().map(|word| word.to_lowercase()).collect();
        Self { args, at, now: at.time(), members, words }
    }

    fn takes(&self, office: &OfficeId, record: &OfficeRecord) -> bool {
        let args = self.args;
        let in_group = self.members.as_ref().is_none_or(|members| members.contains(&office.owner));
        let fits = |category: Category| {
            record.categories.contains(&category) || record.categories.contains(&Category::Single)
        };
        let speaks = |language: &String| record.languages.iter().any(|tag| speaks(tag, language));
        in_group
            && args.owner.as_ref().is_none_or(|owner| office.owner == *owner)
            && args.category.is_none_or(fits)
            && args.language.as_ref().is_none_or(speaks)
            && (!args.due || fresh(office, self.at, self.now).freshness != Freshness::Confirmed)
            && self.has_words(office, record)
    }

    /// Every word stands somewhere in the entry.
    fn has_words(&self, office: &OfficeId, record: &OfficeRecord) -> bool {
        let name = self.at.owner(&office.owner).map(|facts| facts.name.as_str()).unwrap_or_default();
        let categories =
            record.categories.iter().map(|category| category.name()).collect::<Vec<_>>().join(" ");
        let organisation = record.organisation.as_deref().unwrap_or_default();
        let text = format!("{office} {name} {} {organisation} {categories}", record.unit).to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }
}

/// `zh-Hans` is spoken to who asks for `zh`.
fn speaks(tag: &str, wanted: &str) -> bool {
    let main = tag.split('-').next().unwrap_or(tag);
    tag.eq_ignore_ascii_case(wanted) || main.eq_ignore_ascii_case(wanted)
}

fn table(offices: &[(&OfficeId, &OfficeRecord)], at: At<'_>, now: u64, io: &Io) -> String {
    let head = [
        "label-office",
        "label-owner",
        "label-unit",
        "label-categories",
        "label-rank",
        "label-languages",
        "label-key-since",
        "label-confirmed",
    ];
    let rows = offices.iter().map(|(office, record)| {
        let since = at.contacts_of(office).map(|contact| contact.certified.time).max();
        vec![
            office.to_string(),
            owner_name(&office.owner, at),
            out::line(&record.unit),
            record.categories.iter().map(|category| category.name()).collect::<Vec<_>>().join(", "),
            record.rank.name().to_owned(),
            out::line(&record.languages.join(", ")),
            since.map_or_else(|| say!("word-no-key"), when::day),
            fresh(office, at, now).words(),
        ]
    });
    out::table(io.width, head.map(|key| say!(key)).to_vec(), rows.collect())
}

/// The page that hangs beside the telephone.
fn contacts(offices: &[(&OfficeId, &OfficeRecord)], at: At<'_>, station: &Station, io: &Io) -> String {
    let head = [
        "label-office",
        "label-owner",
        "label-unit",
        "label-phone",
        "label-email",
        "label-local-time",
        "label-confirmed",
    ];
    let now = at.time();
    let rows = offices.iter().map(|(office, record)| {
        let card = station.card(office).unwrap_or_default();
        let phone = card.phones.first().map(|phone| phone.written.as_ref().unwrap_or(&phone.number).clone());
        let zone = card.availability.as_ref().map(|times| times.time_zone.as_str());
        let local = zone.and_then(|zone| when::local(now, zone)).map(|(_, _, clock)| clock);
        vec![
            office.to_string(),
            owner_name(&office.owner, at),
            out::line(&record.unit),
            out::line(&phone.unwrap_or_default()),
            out::line(card.emails.first().map(|email| email.address.as_str()).unwrap_or_default()),
            local.unwrap_or_default(),
            fresh(office, at, now).words(),
        ]
    });
    out::table(io.width, head.map(|key| say!(key)).to_vec(), rows.collect())
}
