//! Whose error was it, and how is it said? Each error of the libraries below finds its text here.
//! It must never know what the command was about to do.

use liaison_client::authority::AuthorityError;
use liaison_client::home::HomeError;
use liaison_client::prekeys::PrekeysError;
use liaison_client::replicate::ReplicateError;
use liaison_client::vault::VaultError;
use liaison_client::{ComposeError, NotResealed, OnlineError, StationError, WitnessError};
use liaison_keys::directory::Void;
use liaison_keys::keyfile::KeyFileError;
use liaison_proto::envelope::SealError;
use liaison_proto::frame::Code;
use liaison_proto::message::DraftError;
use liaison_proto::recipients::ScopeUnresolved;
use liaison_proto::rights::NotEntitled;
use liaison_proto::session::client::ClientError;
use liaison_proto::template::edit::EditError;

use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::out::line;

impl From<StationError> for Failure {
    fn from(error: StationError) -> Self {
        match error {
            StationError::Home(error) => error.into(),
            StationError::Vault(error) => error.into(),
            StationError::Prekeys(PrekeysError::Home(error)) => error.into(),
            StationError::Prekeys(PrekeysError::Foreign(file)) => {
                fail!(Exit::Internal, "error-prekeys", file = file.display())
            }
            StationError::NoNetwork => fail!(Exit::NotReady, "error-no-network"),
            StationError::OtherNetwork(network) => {
                fail!(Exit::Refused, "error-other-network", network = network)
            }
            StationError::NoDirectory => fail!(Exit::NotReady, "error-no-directory"),
            StationError::NotWitnessed => fail!(Exit::NotReady, "error-not-witnessed"),
            StationError::NotCertified => fail!(Exit::NotReady, "error-not-certified"),
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Exists(home) => fail!(Exit::Exists, "error-home-exists", home = home.display()),
            HomeError::Missing(home) => fail!(Exit::NotReady, "error-no-home", home = home.display()),
            HomeError::InUse(home) => {
                let holder = liaison_client::home::Home::holder(&home);
                let pid = holder.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
                fail!(Exit::NotReady, "error-home-in-use", home = home.display(), pid = pid)
            }
            HomeError::KeyFile(KeyFileError::Passphrase) => fail!(Exit::Refused, "error-passphrase"),
            HomeError::KeyFile(error) => fail!(Exit::Internal, "error-key-file").with_detail(error),
            HomeError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                fail!(Exit::Io, "error-disk-full")
            }
            HomeError::Io { path, source } => {
                fail!(Exit::Io, "error-file", file = path.display()).with_detail(source)
            }
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::DiskFull => fail!(Exit::Io, "error-disk-full"),
            VaultError::Open(error) => fail!(Exit::Internal, "error-vault-open").with_detail(error),
            VaultError::Log(error) => fail!(Exit::Io, "error-vault-write").with_detail(error),
            VaultError::Foreign { sequence } => {
                fail!(Exit::Internal, "error-vault-foreign", sequence = sequence)
            }
            VaultError::Damaged { count, first } => {
                fail!(Exit::Internal, "error-vault-damaged", count = count, first = first)
            }
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::Station(error) => error.into(),
            ComposeError::Scope(error) => unresolved(error),
            ComposeError::NotEntitled(error) => not_entitled(error),
            ComposeError::Seal(error) => unsealed(&error),
            ComposeError::Fiction(error) => {
                fail!(Exit::Data, "error-fiction", path = error.path, state = error.state.upper())
            }
            ComposeError::NoLiveKey => fail!(Exit::Unavailable, "error-no-live-key"),
            ComposeError::OldDirectory { hours } => {
                fail!(Exit::Unconfirmed, "error-old-directory", hours = hours)
            }
            ComposeError::StaleDirectory { days } => {
                fail!(Exit::Unavailable, "error-stale-directory", days = days)
            }
            ComposeError::OldPreview => fail!(Exit::Unconfirmed, "error-old-preview"),
            ComposeError::OtherRecipients => fail!(Exit::Unconfirmed, "error-other-recipients"),
            ComposeError::NoMessage(message) => fail!(Exit::NotFound, "error-no-message", message = message),
            ComposeError::Ambiguous(message) => fail!(Exit::NotFound, "error-ambiguous", message = message),
            ComposeError::Content(error) => {
                fail!(Exit::Data, "error-content").with_lines(vec![line(&error.to_string())])
            }
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

fn unresolved(error: ScopeUnresolved) -> Failure {
    match error {
        ScopeUnresolved::Signer => fail!(Exit::NotReady, "error-not-certified"),
        ScopeUnresolved::NoOffice(office) => fail!(Exit::NotFound, "error-no-office", office = office),
        ScopeUnresolved::NoGroup(group) => fail!(Exit::NotFound, "error-no-group", group = group),
        ScopeUnresolved::Nobody => fail!(Exit::NotFound, "error-nobody"),
        other => fail!(Exit::Internal, "error-internal").with_detail(other),
    }
}

fn not_entitled(error: NotEntitled) -> Failure {
    match error {
        NotEntitled::Kind => fail!(Exit::Refused, "error-not-entitled-kind"),
        NotEntitled::Group => fail!(Exit::Refused, "error-not-entitled-group"),
        NotEntitled::Off => fail!(Exit::Refused, "error-not-entitled-off"),
        NotEntitled::Category => fail!(Exit::Refused, "error-not-entitled-category"),
        NotEntitled::Custodian => fail!(Exit::Refused, "error-not-entitled-custodian"),
        NotEntitled::Scope => fail!(Exit::Refused, "error-not-entitled-scope"),
        other => fail!(Exit::Internal, "error-internal").with_detail(other),
    }
}

fn unsealed(error: &SealError) -> Failure {
    match error {
        SealError::Nobody => fail!(Exit::NotFound, "error-nobody"),
        SealError::TooMany { got, max } => fail!(Exit::Data, "error-too-many", got = got, max = max),
        SealError::TooLarge { got, max } => fail!(Exit::Data, "error-too-large", got = got, max = max),
        SealError::Lifetime => fail!(Exit::Data, "error-lifetime"),
        other => fail!(Exit::Internal, "error-internal").with_detail(other),
    }
}

impl From<OnlineError> for Failure {
    fn from(error: OnlineError) -> Self {
        match error {
            OnlineError::Dial(error) => fail!(Exit::Unavailable, "error-unreachable").with_detail(error),
            OnlineError::Link(error) => fail!(Exit::Unavailable, "error-cut").with_detail(error),
            OnlineError::Silent => fail!(Exit::Unavailable, "error-silent"),
            OnlineError::Identity(error) => fail!(Exit::Internal, "error-internal").with_detail(error),
            OnlineError::Session(ClientError::GoAway(code)) | OnlineError::Refused(code) => refused(code),
            OnlineError::Session(error) => fail!(Exit::Protocol, "error-relay-protocol").with_detail(error),
            OnlineError::Replicate(error) => error.into(),
            OnlineError::LoggedItsEnd { index } => {
                fail!(Exit::Unavailable, "error-logged-its-end", index = index)
            }
            OnlineError::NotLogged => fail!(Exit::Protocol, "error-not-logged"),
            OnlineError::Station(error) => error.into(),
            OnlineError::Compose(error) => error.into(),
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

impl From<ReplicateError> for Failure {
    fn from(error: ReplicateError) -> Self {
        match error {
            ReplicateError::WrongNetwork => fail!(Exit::Protocol, "error-wrong-log"),
            ReplicateError::SplitView => fail!(Exit::Protocol, "error-split-view"),
            ReplicateError::Checkpoint => fail!(Exit::Protocol, "error-bad-checkpoint"),
            ReplicateError::Unpaired => fail!(Exit::Protocol, "error-unpaired-checkpoint"),
            ReplicateError::Altered => fail!(Exit::Protocol, "error-altered-log"),
            ReplicateError::NotShown { size, shown } => {
                fail!(Exit::Protocol, "error-log-not-shown", size = size, shown = shown)
            }
            ReplicateError::LoggedAhead => fail!(Exit::Protocol, "error-logged-ahead"),
            ReplicateError::HeadAhead { hours } => {
                fail!(Exit::Unavailable, "error-head-ahead", hours = hours)
            }
            ReplicateError::TooLarge { .. } => fail!(Exit::Protocol, "error-log-too-large"),
            ReplicateError::NotAFile => fail!(Exit::Data, "error-not-a-directory"),
            ReplicateError::Station(error) => error.into(),
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

/// A relay's code, in words.
pub(crate) fn refused(code: Code) -> Failure {
    match code {
        Code::NotAdmitted => fail!(Exit::Refused, "error-relay-not-admitted"),
        Code::NotAllowed => fail!(Exit::Refused, "error-relay-not-allowed"),
        Code::Network => fail!(Exit::Refused, "error-relay-network"),
        Code::Version => fail!(Exit::Refused, "error-relay-version"),
        Code::Quota => fail!(Exit::Unavailable, "error-relay-quota"),
        Code::Busy => fail!(Exit::Unavailable, "error-relay-busy"),
        Code::Replaced => fail!(Exit::Unavailable, "error-relay-replaced"),
        Code::Ahead => fail!(Exit::Refused, "error-relay-ahead"),
        Code::Expired => fail!(Exit::Refused, "error-relay-expired"),
        Code::Void => fail!(Exit::Refused, "error-relay-void"),
        Code::Chain => fail!(Exit::Refused, "error-relay-chain"),
        Code::NotYet => fail!(Exit::Refused, "error-relay-not-yet"),
        other => fail!(Exit::Protocol, "error-relay-refused", code = format!("{other:?}")),
    }
}

impl From<AuthorityError> for Failure {
    fn from(error: AuthorityError) -> Self {
        match error {
            AuthorityError::Station(error) => error.into(),
            AuthorityError::Statement(error) => fail!(Exit::Data, "error-not-a-statement").with_detail(error),
            AuthorityError::Nobody(subject) => {
                fail!(Exit::Refused, "error-nobody-entitled", subject = subject)
            }
            AuthorityError::Void(void) => would_be_void(void),
            AuthorityError::NoKey => fail!(Exit::Refused, "error-no-key"),
            AuthorityError::Unreadable => fail!(Exit::Data, "error-unreadable-statement"),
            AuthorityError::OtherNetwork => fail!(Exit::Refused, "error-statement-network"),
            AuthorityError::NotCustodian => fail!(Exit::Refused, "error-not-custodian"),
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

impl From<NotResealed> for Failure {
    fn from(error: NotResealed) -> Self {
        match error {
            NotResealed::NotAsked | NotResealed::Ended => fail!(Exit::Data, "error-reseal-ended"),
            NotResealed::NotLive => fail!(Exit::Refused, "error-reseal-not-live"),
            NotResealed::OldDirectory => fail!(Exit::NotReady, "error-reseal-old-directory"),
            NotResealed::NoLiveKey => fail!(Exit::NotReady, "error-reseal-no-key"),
            NotResealed::Station(error) => error.into(),
            _ => fail!(Exit::Internal, "error-internal"),
        }
    }
}

impl From<WitnessError> for Failure {
    fn from(error: WitnessError) -> Self {
        match error {
            WitnessError::Already => fail!(Exit::Data, "error-witness-already"),
            WitnessError::Name => fail!(Exit::Usage, "error-witness-name"),
            WitnessError::NoEntry(entry) => fail!(Exit::NotFound, "error-no-entry", entry = entry),
            WitnessError::Station(error) => error.into(),
            _ => fail!(Exit::Internal, "error-internal"),
        }
    }
}

fn would_be_void(void: Void) -> Failure {
    match void {
        Void::Chain => fail!(Exit::Refused, "error-void-chain"),
        Void::Made => fail!(Exit::Refused, "error-void-made"),
        Void::Signature | Void::Signers => fail!(Exit::Refused, "error-void-signatures"),
        Void::Authority => fail!(Exit::Refused, "error-void-authority"),
        Void::Rule => fail!(Exit::Refused, "error-void-rule"),
        Void::Cap => fail!(Exit::Refused, "error-void-cap"),
        other => fail!(Exit::Refused, "error-void", reason = other),
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        match error {
            EditError::NoSuchField { path } => fail!(Exit::Data, "error-no-field", path = path),
            EditError::Wrong { path, found, expected } => {
                fail!(Exit::Data, "error-field", path = path, found = found, expected = expected)
            }
            EditError::NotALeaf { path, fields } => {
                fail!(Exit::Data, "error-field-group", path = path, fields = fields)
            }
            EditError::Position { path, len } => {
                fail!(Exit::Data, "error-field-position", path = path, n = len)
            }
            EditError::KindFirst { path } => fail!(Exit::Data, "error-kind-first", path = path),
            other => fail!(Exit::Internal, "error-internal").with_detail(other),
        }
    }
}

/// All mistakes of a draft at once.
pub(crate) fn mistakes(errors: &[DraftError]) -> Failure {
    let lines = errors.iter().map(|error| line(&mistake(error))).collect();
    fail!(Exit::Data, "error-draft").with_lines(lines)
}

fn mistake(error: &DraftError) -> String {
    match error {
        DraftError::Syntax(text) => say!("mistake-syntax", text = text.as_str()),
        DraftError::Wrong { path, found, expected } => {
            say!("mistake-wrong", path = path.as_str(), found = found.as_str(), expected = expected.as_str())
        }
        DraftError::Beside { path } => say!("mistake-beside", path = path.as_str()),
        DraftError::Twice { path, also } => say!("mistake-twice", path = path.as_str(), also = *also),
        DraftError::NoText { fields } => say!("mistake-no-text", fields = fields.as_str()),
        DraftError::Attachments { path } => say!("mistake-attachments", path = path.as_str()),
        DraftError::StopWord => say!("mistake-stop-word"),
        other => say!("mistake-other", text = other.to_string()),
    }
}
