//! Who answers? Communication checks: asked by an ordinary message, answered by the stations themselves, and counted
//! (papers X §2, J 4; `docs/protocol.md` §6). It must never know how a report is shown.

use getrandom::SysRng;
use liaison_keys::directory::Rank;
use liaison_keys::names::{HeaderHash, OfficeId};
use liaison_proto::lane::Lane;
use liaison_proto::limits;
use liaison_proto::message::{Content, MessageRef, Status};
use liaison_proto::scope::Scope;
use liaison_proto::template::TemplateName;
use liaison_proto::value::{Fields, Value};
use rand_core::{Rng as _, UnwrapErr};

use crate::compose::{ComposeError, Letter};
use crate::inbox::InboxItem;
use crate::outbox::AtRelay;
use crate::station::{Station, StationError};

/// What a check has found so far. Times in milliseconds after the relay had it.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// The check.
    pub hh: HeaderHash,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    /// Milliseconds until the relay had it on disk; none while it waits.
    pub accepted_after_ms: Option<u64>,
    /// One row an office, in the order of their names.
    pub rows: Vec<CheckRow>,
    /// Devices that could not be asked, by office.
    pub not_asked: Vec<OfficeId>,
}

/// One office in a check.
#[derive(Clone, Debug)]
pub struct CheckRow {
    /// The office.
    pub office: OfficeId,
    /// Whether it is primary or back-up.
    pub rank: Rank,
    /// Milliseconds from making the check until its station's proof of delivery was here.
    pub delivered_after_ms: Option<u64>,
    /// Milliseconds from making the check until its answer was here, with the right challenge in it.
    pub answered_after_ms: Option<u64>,
    /// Whether a person answered.
    pub human: bool,
    /// An answer came with another challenge than was asked.
    pub wrong_echo: bool,
}

impl Station {
    /// A check with a fresh challenge. `answer` says whether stations answer by themselves or people do.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn check(
        &self,
        scope: Scope,
        lane: Lane,
        answer: Answer,
        expires: u64,
    ) -> Result<Letter, ComposeError> {
        let mut own = Fields::new();
        own.set("round", Value::text(self.clock().now_s().to_string()));
        own.set("challenge", Value::text(challenge()));
        own.set("answer", Value::text(answer.name()));
        let (template, status) = (template("comm-check/1")?, Status::Actual);
        let content = Content::compose(template.clone(), Fields::new(), own)?;
        let body = content.encode();
        let expires = Some(expires);
        Ok(Letter { template, body, status, lane, scope, expires, in_reply_to: None, case: None })
    }

    /// Checks that came in, wait for this station's own answer, and have not ended.
    #[must_use]
    pub fn checks_to_answer(&self) -> Vec<HeaderHash> {
        let now = self.clock().now_s();
        let items = self.memory().inbox.items.iter();
        let open = items.filter(|item| item.template.slug().as_str() == CHECK && now < item.expires);
        let ours = open.filter(|item| !item.asks_person && item.unproven_since.is_none() && !item.disputed);
        let unanswered = ours.filter(|item| !self.is_answered(item.hh));
        unanswered.filter(|item| self.answers_freely(&item.office)).map(|item| item.hh).collect()
    }

    /// The answer to a check: by the station itself, or by a person.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn check_answer(&self, hh: HeaderHash, by: Answer) -> Result<Letter, ComposeError> {
        let item =
            self.memory().inbox.item(hh).ok_or(ComposeError::NoMessage(MessageRef::Header(hh)))?.clone();
        let check = self.content(hh)?.ok_or(ComposeError::NoMessage(MessageRef::Header(hh)))?;
        let mut own = Fields::new();
        for (asked, answered) in [("round", "round"), ("challenge", "challenge_echo")] {
            if let Some(text) = check.own().text(asked) {
                own.set(answered, Value::text(text));
            }
        }
        own.set("answered_by", Value::text(self.own_rank()?.name()));
        own.set("human", Value::Bool(by == Answer::Human));
        own.set("data", Value::text("not-checked"));
        let template = template("comm-check-ack/1")?;
        let content = Content::compose(template.clone(), Fields::new(), own)?;
        Ok(Letter {
            template,
            body: content.encode(),
            status: item.status,
            lane: item.lane,
            scope: Scope::bilateral([item.office]).map_err(|_| ComposeError::NoLiveKey)?,
            expires: Some(item.expires),
            in_reply_to: Some(hh),
            case: item.case,
        })
    }

    /// What a check has found so far; none when this is no check of ours.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn check_report(&self, hh: HeaderHash) -> Result<Option<CheckReport>, StationError> {
        let Some(item) = self.memory().outbox.item(hh).filter(|item| item.template.slug().as_str() == CHECK)
        else {
            return Ok(None);
        };
        let challenge = self.content(hh)?.and_then(|check| check.own().text("challenge").map(str::to_owned));
        let own = self.office()?;
        let after = |at_ms: u64| at_ms.saturating_sub(item.created_ms);
        let mut rows = Vec::new();
        for office in item.addressed().into_iter().filter(|office| *office != own) {
            let answers = self.memory().inbox.items.iter().filter(|answer| is_answer(answer, hh, &office));
            let rank = self.directory()?.office(&office).map_or(Rank::Primary, |record| record.rank);
            let delivered_after_ms = item.offices.get(&office).map(|at| after(at.first_at_ms));
            let mut row = CheckRow {
                office: office.clone(),
                rank,
                delivered_after_ms,
                answered_after_ms: None,
                human: false,
                wrong_echo: false,
            };
            for answer in answers {
                let content = self.content(answer.hh)?;
                let own = content.as_ref().map(Content::own);
                let right = own.and_then(|own| own.text("challenge_echo")) == challenge.as_deref();
                row.wrong_echo |= !right;
                if right && row.answered_after_ms.is_none() {
                    row.answered_after_ms = Some(after(answer.at_ms));
                    row.human = own.and_then(|own| own.get("human")) == Some(&Value::Bool(true));
                }
            }
            rows.push(row);
        }
        let accepted_after_ms = match item.relay {
            AtRelay::Accepted(at_ms) => Some(after(at_ms)),
            AtRelay::Waits | AtRelay::Rejected(_) => None,
        };
        let directory = self.replica()?.directory();
        let not_asked = item.left_out.iter().filter_map(|out| directory.device(out.device));
        let not_asked = not_asked.map(|facts| facts.office.clone()).collect();
        Ok(Some(CheckReport { hh, created_ms: item.created_ms, accepted_after_ms, rows, not_asked }))
    }

    fn own_rank(&self) -> Result<Rank, StationError> {
        Ok(self.directory()?.office(&self.office()?).map_or(Rank::Primary, |record| record.rank))
    }

    fn is_answered(&self, hh: HeaderHash) -> bool {
        self.memory().outbox.items().any(|item| item.in_reply_to == Some(hh))
    }

    /// Automatic answers are few in a minute, and none goes to our own office: nobody can use up a State's quota by
    /// asking.
    fn answers_freely(&self, office: &OfficeId) -> bool {
        let since = self.clock().now_ms().saturating_sub(60_000);
        let recent = self.memory().outbox.items().rev().take_while(|item| item.created_ms >= since);
        let answers = recent.filter(|item| item.template.slug().as_str() == ANSWER);
        let to_it = answers.filter(|item| item.recipients.iter().any(|(_, to)| to == office)).count();
        to_it < limits::CHECK_ANSWERS_PER_MINUTE_MAX && self.memory().office().as_ref() != Some(office)
    }
}

impl CheckReport {
    /// Whether every office that was asked has answered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.answered_after_ms.is_some())
    }
}

/// Who answers a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The station, by itself.
    Auto,
    /// A person.
    Human,
}

impl Answer {
    /// The word in the message.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Human => "human",
        }
    }
}

fn is_answer(item: &InboxItem, hh: HeaderHash, office: &OfficeId) -> bool {
    item.in_reply_to == Some(hh) && item.office == *office && item.template.slug().as_str() == ANSWER
}

fn template(name: &str) -> Result<TemplateName, ComposeError> {
    name.parse().map_err(|_| ComposeError::NoLiveKey)
}

/// Four groups of three digits, sayable over any telephone in any language.
fn challenge() -> String {
    let group = |_| format!("{:03}", UnwrapErr(SysRng).next_u32() % 1_000);
    (0..4).map(group).collect::<Vec<_>>().join(" ")
}

const CHECK: &str = "comm-check";
const ANSWER: &str = "comm-check-ack";
