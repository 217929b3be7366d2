//! What does everybody do while a behaviour is at work? It must never know the behaviour.

use liaison_keys::directory::{Body, Category, OfficeRecord, Rank};
use liaison_keys::names::{OfficeId, Subject};
use liaison_proto::limits::DAY_S;

use crate::scene::{BYSTANDER, SENDER, Scene, VICTIM};

/// What everybody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Script {
    /// Three messages, taken, receipted and answered.
    Usual,
    /// The victim pulls, so many seconds pass, and it pulls again.
    Later(i64),
    /// The victim pulls at once, after ten days, and once more: the key of the first day is erased by then.
    Erased,
    /// Everybody connects once, so many seconds pass, everybody connects again, and then three messages are sent.
    Aged(i64),
    /// The bystander's State says something in the directory, and then three messages are sent.
    Grown,
    /// The victim's State says something in the directory, and then three messages are sent.
    Says,
}

impl Script {
    pub async fn play(self, scene: &mut Scene) {
        match self {
            Self::Usual => {
                scene.three_messages().await;
                scene.sessions(&[VICTIM, VICTIM]).await;
            }
            Self::Later(seconds) => {
                scene.three_messages().await;
                scene.sessions(&[VICTIM, BYSTANDER]).await;
                scene.time.pass(seconds);
                scene.sessions(&[VICTIM]).await;
            }
            Self::Erased => {
                scene.three_messages().await;
                scene.sessions(&[VICTIM, BYSTANDER]).await;
                scene.time.pass(10 * DAY_S.cast_signed());
                scene.sessions(&[VICTIM, VICTIM]).await;
            }
            Self::Aged(seconds) => {
                scene.sessions(&[SENDER, VICTIM, BYSTANDER]).await;
                scene.time.pass(seconds);
                scene.sessions(&[SENDER, VICTIM, BYSTANDER]).await;
                scene.three_messages().await;
                scene.sessions(&[VICTIM, VICTIM]).await;
            }
            Self::Grown => {
                scene.sessions(&[SENDER, VICTIM, BYSTANDER]).await;
                scene.says(BYSTANDER, "xc/policy/1").await;
                scene.three_messages().await;
                scene.sessions(&[VICTIM, VICTIM]).await;
            }
            Self::Says => {
                scene.sessions(&[SENDER, VICTIM, BYSTANDER]).await;
                scene.says(VICTIM, "xb/policy/1").await;
                scene.three_messages().await;
                scene.sessions(&[VICTIM, VICTIM]).await;
            }
        }
        scene.settle().await;
    }
}

impl Scene {
    /// A State names a new office, which has no device.
    async fn says(&mut self, name: &'static str, office: &str) {
        let categories = vec![Category::from_name("policy").unwrap()];
        let languages = vec!["en".to_owned()];
        let record = OfficeRecord::of_unit(categories, "Policy desk".to_owned(), Rank::Primary, languages);
        let office: OfficeId = office.parse().unwrap();
        let statement =
            self.station(name).statement(Subject::Office(office), &Body::Nominate(record)).unwrap();
        let said = match self.connect(name).await {
            Ok(mut online) => {
                let said = online.submit(self.station(name), &statement).await;
                self.hear(name, &mut online);
                if said.is_ok() {
                    online.close().await;
                }
                said.map(|_| ())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = said {
            self.ended(name, format!("{error:?}"));
        }
    }
}
