//! How do a group file and the directory come together? What differs, and the statements that make it one; and the directory's
//! groups as such a file. It must never know which groups there are.

use std::path::PathBuf;

use clap::Args;
use liaison_client::Station;
use liaison_keys::directory::group::{DefineGroup, GroupMember};
use liaison_keys::directory::{Body, MemberStatus};
use liaison_keys::names::{GroupId, Owner, StateCode, Subject};
use serde_json::json;

use crate::cli::names;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out;
use crate::regions::{self, FORMAT, Group, Regions};

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[arg(value_name = "FILE|-")]
    pub(super) file: PathBuf,
    #[arg(long = "group", value_name = "GROUP", num_args = 1.., value_parser = names::group)]
    groups: Vec<GroupId>,
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[arg(long = "group", value_name = "GROUP", num_args = 1.., value_parser = names::group)]
    groups: Vec<GroupId>,
    #[arg(long, conflicts_with = "groups")]
    shipped: bool,
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// One thing in which file and directory differ.
struct Difference {
    group: GroupId,
    what: What,
    done: Done,
}

enum What {
    Defined(DefineGroup),
    Member(StateCode, MemberStatus),
    /// The directory has it as a member, and the file does not name it: shown, and never removed by itself.
    NotInFile(StateCode),
    /// The file names it, and it is not in the network.
    NotEnrolled(StateCode),
    /// Nobody would keep the group.
    NoCoordinator(Owner),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    /// This station can say it.
    Here,
    /// Somebody else holds the key.
    Elsewhere,
    /// There is nothing to say.
    Nothing,
    /// It is in the directory now.
    Logged,
    /// The directory would not take it.
    Refused,
}

pub(super) async fn import(args: &ImportArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let text = io.read_text(&args.file)?;
    let file = Regions::read(&text).map_err(|error| {
        fail!(Exit::Data, "error-group-file", file = args.file.display()).with_lines(vec![error])
    })?;
    let mut differences = Vec::new();
    for group in wanted(&file, &args.groups)? {
        differences.extend(compare(group, &desk.station)?);
    }
    if differences.is_empty() {
        io.note(&say!("say-groups-same"));
        return Ok(Exit::Done);
    }
    let here = differences.iter().filter(|difference| difference.done == Done::Here).count();
    if args.dry_run || here == 0 {
        tell(&differences, io);
        io.note(&if args.dry_run { say!("say-dry-run") } else { say!("say-groups-elsewhere") });
        return Ok(Exit::Done);
    }
    io.confirm(&table(&differences, io), &say!("ask-groups", n = here))?;
    let mut refused = 0;
    for difference in differences.iter_mut().filter(|difference| difference.done == Done::Here) {
        let Some((subject, body)) = difference.says() else { continue };
        let logged = async {
            let made = desk.station.statement(subject, &body)?;
            desk.station.try_out(&made)?;
            desk.submit(&made).await
        };
        difference.done = match logged.await {
            Ok(_) => Done::Logged,
            Err(failure) if failure.passes() => return Err(failure),
            Err(failure) => {
                failure.report(io);
                refused += 1;
                Done::Refused
            }
        };
    }
    tell(&differences, io);
    Ok(if refused == 0 { Exit::Done } else { Exit::Refused })
}

fn wanted<'f>(file: &'f Regions, only: &[GroupId]) -> Result<Vec<&'f Group>, Failure> {
    let named = |group: &&Group| only.is_empty() || group.group().is_some_and(|id| only.contains(&id));
    let groups: Vec<&Group> = file.groups.iter().filter(named).collect();
    let has = |id: &&GroupId| groups.iter().any(|group| group.group().as_ref() == Some(id));
    match only.iter().find(|id| !has(id)) {
        Some(missing) => Err(fail!(Exit::NotFound, "error-not-in-group-file", group = missing)),
        None => Ok(groups),
    }
}

/// What has to be said for the directory to be as the file.
fn compare(group: &Group, station: &Station) -> Result<Vec<Difference>, Failure> {
    let at = station.directory()?;
    let id = group.group().ok_or_else(|| fail!(Exit::Data, "error-no-group", group = group.id))?;
    let mut differences = Vec::new();
    let mut differs = |what: What| {
        let done = done(&id, &what, station);
        differences.push(Difference { group: id.clone(), what, done });
    };
    let coordinator = group.coordinator.clone().unwrap_or_else(|| format!("org:{}", group.id));
    let coordinator =
        names::owner(&coordinator).map_err(|_| fail!(Exit::Data, "error-no-owner", owner = coordinator))?;
    let stands = at.group(&id).map(|(name, owner)| (name.to_owned(), owner.clone()));
    if stands.as_ref() != Some(&(group.name.clone(), coordinator.clone())) {
        if at.owner(&coordinator).is_none() {
            differs(What::NoCoordinator(coordinator));
            return Ok(differences);
        }
        differs(What::Defined(DefineGroup { name: group.name.clone(), coordinator: Some(coordinator) }));
    }
    let statuses = group.statuses();
    for (state, status) in &statuses {
        if at.enrolled(&Owner::State(*state)).is_none() {
            differs(What::NotEnrolled(*state));
        } else if at.membership(&id, *state).0 != Some(*status) {
            differs(What::Member(*state, *status));
        }
    }
    for state in at.states_of(&id) {
        let named = statuses.iter().any(|(code, _)| *code == state);
        if !named && matches!(at.membership(&id, state).0, Some(status) if status != MemberStatus::Removed) {
            differs(What::NotInFile(state));
        }
    }
    Ok(differences)
}

fn done(id: &GroupId, what: &What, station: &Station) -> Done {
    let Some((subject, body)) = says(id, what) else { return Done::Nothing };
    let complete = |subject, body: &Body| {
        station.statement(subject, body).is_ok_and(|statement| statement.missing().is_empty())
    };
    // Members of a group that is not defined yet: whoever would keep it.
    let coordinated = station.directory().is_ok_and(|at| at.group(id).is_some());
    let here = if coordinated || matches!(what, What::Defined(_)) { complete(subject, &body) } else { false };
    if here { Done::Here } else { Done::Elsewhere }
}

fn says(id: &GroupId, what: &What) -> Option<(Subject, Body)> {
    let body = match what {
        What::Defined(group) => Body::DefineGroup(group.clone()),
        What::Member(state, status) => Body::GroupMember(GroupMember { state: *state, status: *status }),
        What::NotInFile(_) | What::NotEnrolled(_) | What::NoCoordinator(_) => return None,
    };
    Some((Subject::Group(id.clone()), body))
}

impl Difference {
    fn says(&self) -> Option<(Subject, Body)> {
        says(&self.group, &self.what)
    }

    fn words(&self) -> String {
        match &self.what {
            What::Defined(group) => say!("group-defined", name = out::line(&group.name)),
            What::Member(state, status) => {
                say!("group-member", state = state.upper(), status = status.name())
            }
            What::NotInFile(state) => say!("group-not-in-file", state = state.upper()),
            What::NotEnrolled(state) => say!("group-not-enrolled", state = state.upper()),
            What::NoCoordinator(owner) => say!("group-no-coordinator", owner = owner.to_string()),
        }
    }
}

impl Done {
    fn name(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Elsewhere => "elsewhere",
            Self::Nothing => "nothing",
            Self::Logged => "logged",
            Self::Refused => "refused",
        }
    }

    fn words(self) -> String {
        match self {
            Self::Here => say!("group-done-here"),
            Self::Elsewhere => say!("group-done-elsewhere"),
            Self::Nothing => say!("group-done-nothing"),
            Self::Logged => say!("group-done-logged"),
            Self::Refused => say!("group-done-refused"),
        }
    }
}

fn tell(differences: &[Difference], io: &mut Io) {
    if io.json {
        for difference in differences {
            let said = json!({
                "group": difference.group, "what": difference.words(), "done": difference.done.name(),
            });
            io.say(&said.to_string());
        }
    } else {
        let table = table(differences, io);
        io.say(&table);
    }
}

fn table(differences: &[Difference], io: &Io) -> String {
    let head = ["label-group", "label-change", "label-done"].map(|key| say!(key)).to_vec();
    let row = |difference: &Difference| {
        vec![difference.group.slug().to_string(), difference.words(), difference.done.words()]
    };
    out::table(io.width, head, differences.iter().map(row).collect())
}

/// The directory's groups as a file, or the lists that come with this version.
pub(super) fn export(args: &ExportArgs, station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    let file = args.out.display().to_string();
    if args.shipped {
        io.write_new(&args.out, regions::TEXT.as_bytes(), false)?;
        io.tell(|| json!({"file": file}), |_| say!("say-groups-written", file = file.as_str()));
        return Ok(Exit::Done);
    }
    let at = station.directory()?;
    let directory = station.replica()?.directory();
    let named = |id: &&GroupId| args.groups.is_empty() || args.groups.contains(id);
    let groups = directory.groups().filter(named).filter_map(|id| {
        let (name, coordinator) = at.group(id)?;
        let of = |wanted: &[MemberStatus]| {
            let has = |state: &StateCode| {
                at.membership(id, *state).0.is_some_and(|status| wanted.contains(&status))
            };
            at.states_of(id).filter(has).map(StateCode::upper).collect::<Vec<String>>()
        };
        let suspended = of(&[MemberStatus::Suspended]).into_iter();
        let word = MemberStatus::Suspended.name().to_owned();
        Some(Group {
            id: id.slug().to_string(),
            name: name.to_owned(),
            coordinator: Some(coordinator.to_string()),
            members: of(&[MemberStatus::Member, MemberStatus::Suspended]),
            member_status: suspended.map(|state| (state, word.clone())).collect(),
            observers: of(&[MemberStatus::Observer]),
        })
    });
    let regions = Regions { format: FORMAT.to_owned(), groups: groups.collect(), ..Regions::default() };
    let text = serde_json::to_string_pretty(&regions).map_err(|_| fail!(Exit::Internal, "error-internal"))?;
    io.write_new(&args.out, format!("{text}\n").as_bytes(), false)?;
    io.tell(|| json!({"file": file}), |_| say!("say-groups-written", file = file.as_str()));
    Ok(Exit::Done)
}
